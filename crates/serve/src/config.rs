//! The file that says which components answer for which hosts and paths: TOML.
//!
//! ```toml
//! [[component]]
//! file = "shop.wasm"             # where it is, from this file
//! host = "shop.example.com"      # or "*.example.com", or an address; any host, if there is none
//! path = "/api"                  # it and what is below; "/" if there is none
//! name = "shop"                  # in logs; the file's name, if there is none
//! reuse = 100                    # requests for each instance; as on the command line, if there is none
//! env = { CURRENCY = "PEN" }     # beside those of the command line
//! ```

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use tambo::{Error, ErrorKind};

use crate::host;

/// A component to be served.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ComponentConfig {
    /// What it is called in logs.
    pub name: String,
    /// The file.
    pub file: PathBuf,
    /// The host that it answers for: a name, `*.` and a name, an address, or any.
    pub host: Option<String>,
    /// The path that it answers for, with all that is below it.
    pub path: String,
    /// How many requests an instance answers; 0 and 1 are the same.
    pub reuse: Option<u32>,
    /// Variables of its environment.
    pub environment: Vec<(String, String)>,
}

impl ComponentConfig {
    /// A component that answers for everything.
    pub fn of_file(file: impl Into<PathBuf>) -> Self {
        let file = file.into();
        let name = file.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        Self { name, file, host: None, path: "/".to_owned(), reuse: None, environment: Vec::new() }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    #[serde(default)]
    component: Vec<Table>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    file: PathBuf,
    name: Option<String>,
    host: Option<String>,
    path: Option<String>,
    reuse: Option<u32>,
    #[serde(default)]
    env: BTreeMap<String, String>,
}

/// Read such a file's text. Files of components are found from `directory`.
pub(crate) fn parse(text: &str, directory: &Path) -> Result<Vec<ComponentConfig>, Error> {
    let document: Document = toml::from_str(text).map_err(|error| malformed(error.to_string().trim()))?;
    if document.component.is_empty() {
        return Err(malformed("there is no [[component]]"));
    }
    let components = document.component.into_iter().map(|table| table.into_config(directory));
    let components = components.collect::<Result<Vec<_>, _>>()?;
    for (index, component) in components.iter().enumerate() {
        check(component)?;
        if let Some(other) = components[..index].iter().find(|other| is_same_route(other, component)) {
            let (host, path) = (component.host.as_deref().unwrap_or("any host"), &component.path);
            let (one, two) = (&other.name, &component.name);
            return Err(malformed(&format!("{one} and {two} would both answer for {host} and {path}")));
        }
    }
    Ok(components)
}

fn is_same_route(one: &ComponentConfig, two: &ComponentConfig) -> bool {
    one.host == two.host && one.path.trim_end_matches('/') == two.path.trim_end_matches('/')
}

impl Table {
    fn into_config(self, directory: &Path) -> Result<ComponentConfig, Error> {
        let found = ComponentConfig::of_file(directory.join(self.file));
        let name = self.name.unwrap_or(found.name);
        let host_of = |text: String| {
            host::of_route(&text).ok_or_else(|| {
                malformed(&format!(
                    "{name}: the host {text:?} is none: write a name without port, `*.` and a name, or an address"
                ))
            })
        };
        let host = self.host.map(host_of).transpose()?;
        Ok(ComponentConfig {
            name,
            file: found.file,
            host,
            path: self.path.unwrap_or(found.path),
            reuse: self.reuse,
            environment: self.env.into_iter().collect(),
        })
    }
}

fn check(component: &ComponentConfig) -> Result<(), Error> {
    let (path, name) = (&component.path, &component.name);
    if !path.starts_with('/') {
        return Err(malformed(&format!("{name}: the path {path:?} does not begin with /")));
    }
    if let Some(no_part) = path.chars().find(|char| !char.is_ascii_graphic() || r#"?#"<>\^`{|}"#.contains(*char)) {
        return Err(malformed(&format!(
            "{name}: the path {path:?} has a {no_part:?}, which no path of a request has: encode it as a URL has it"
        )));
    }
    if name.chars().any(char::is_control) {
        return Err(malformed(&format!("the name {name:?} has a control character")));
    }
    for (variable, value) in &component.environment {
        if variable.is_empty() || variable.contains(['=', '\0']) || value.contains('\0') {
            return Err(malformed(&format!("{name}: {variable:?} is no name of a variable, or has no possible value")));
        }
    }
    Ok(())
}

fn malformed(what: &str) -> Error {
    Error::new(ErrorKind::File, format!("malformed: {what}")).with_hint("docs/serve.md shows what may be in it")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_names_components() {
        let text = "[[component]]\nfile = 'shop.wasm'\nhost = 'Shop.example'\npath = '/api'\nreuse = 5\nenv = { A = 'b' }\n\
                    [[component]]\nfile = '/x/rest.wasm'";
        let read = parse(text, Path::new("/srv")).unwrap();
        let shop = ComponentConfig {
            name: "shop".into(),
            file: "/srv/shop.wasm".into(),
            host: Some("shop.example".into()),
            path: "/api".into(),
            reuse: Some(5),
            environment: vec![("A".into(), "b".into())],
        };
        assert_eq!(read, [shop, ComponentConfig::of_file("/x/rest.wasm")]);
    }

    #[test]
    fn mistakes_are_told() {
        for (text, told) in [
            ("", "no [[component]]"),
            ("[[component]]", "missing field `file`"),
            ("[[component]]\nfile = 'a'\nfiles = 'b'", "unknown field"),
            ("[[component]]\nfile = 'a'\npath = 'api'", "does not begin with /"),
            ("[[component]]\nfile = 'a'\npath = '/a?b'", "has a '?'"),
            ("[[component]]\nfile = 'a'\npath = '/ü'", "has a 'ü'"),
            ("[[component]]\nfile = 'a'\nhost = 'a:80'", "without port"),
            ("[[component]]\nfile = 'a'\nhost = '*example.com'", "\"*example.com\" is none"),
            ("[[component]]\nfile = 'a'\nhost = 'a.*'", "is none"),
            ("[[component]]\nfile = 'a'\nhost = 'a b'", "is none"),
            ("[[component]]\nfile = 'a'\nname = \"a\\nb\"", "control character"),
            ("[[component]]\nfile = 'a'\nenv = { 'A=B' = '' }", "\"A=B\" is no name"),
            ("[[component]]\nfile = 'a'\n[[component]]\nfile = 'b'", "a and b would both answer for any host and /"),
            (
                "[[component]]\nfile = 'a'\nhost = '::1'\npath = '/x/'\n[[component]]\nfile = 'b'\nhost = '[0::1]'\npath = '/x'",
                "both answer for [::1] and /x",
            ),
        ] {
            let error = parse(text, Path::new("/")).unwrap_err();
            assert!(error.message().contains(told), "{text}: {}", error.message());
        }
    }
}
