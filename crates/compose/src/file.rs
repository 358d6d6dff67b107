//! The composition file: TOML.
//!
//! ```toml
//! export = "app"                          # everything that `app` exports; or a table `[exports]`
//!
//! [instances.app]
//! component = "app.wasm"
//! [instances.app.with]
//! "demo:log/api@1.0.0" = "log"            # the export of the same name
//! "demo:log/extra" = "log#demo:log/more"  # another one
//!
//! [instances.log]
//! component = "log.wasm"
//!
//! [exports]
//! "demo:app/run" = "app"
//! ```

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::{ComposeError, Composition, Export, Instance, Source};

/// A composition file as read, with the files that it names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    /// What it asks for.
    pub composition: Composition,
    /// The files of the components, as the file writes them, by [`Instance::component`].
    pub components: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    export: Option<String>,
    instances: BTreeMap<String, Table>,
    #[serde(default)]
    exports: BTreeMap<String, String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    component: String,
    #[serde(default)]
    with: BTreeMap<String, String>,
}

/// Read a composition file.
pub fn parse(text: &str) -> Result<File, ComposeError> {
    let document: Document =
        toml::from_str(text).map_err(|error| ComposeError::new(format!("malformed: {}", error.to_string().trim())))?;
    let mut components: Vec<String> = Vec::new();
    let mut instances = Vec::new();
    for (name, table) in document.instances {
        let known = components.iter().position(|file| *file == table.component);
        let component = known.unwrap_or_else(|| {
            components.push(table.component);
            components.len() - 1
        });
        let with = table.with.into_iter().map(|(import, given)| (import, source(&given))).collect();
        instances.push(Instance { name, component, with });
    }
    let all = document.export.into_iter().map(Export::All);
    let single = document.exports.into_iter().map(|(name, given)| Export::One { name, source: source(&given) });
    let exports: Vec<Export> = all.chain(single).collect();
    if exports.is_empty() {
        return Err(ComposeError::new("the composition exports nothing")
            .with_hint("export = \"INSTANCE\" exports everything of an instance, [exports] single names"));
    }
    Ok(File { composition: Composition { instances, exports }, components })
}

/// `instance`, or `instance#export`.
fn source(text: &str) -> Source {
    match text.split_once('#') {
        Some((instance, export)) => Source { instance: instance.to_owned(), export: Some(export.to_owned()) },
        None => Source { instance: text.to_owned(), export: None },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_names_instances_and_what_they_get() {
        let file = parse(
            "export = 'app'\n[instances.app]\ncomponent = 'a.wasm'\nwith = { 'x:y/z' = 'log', f = 'log#g' }\n\
             [instances.log]\ncomponent = 'l.wasm'\n[instances.log2]\ncomponent = 'l.wasm'\n[exports]\nh = 'log#i'\n",
        )
        .unwrap();
        assert_eq!(file.components, ["a.wasm", "l.wasm"]);
        let source = |export: Option<&str>| Source { instance: "log".to_owned(), export: export.map(str::to_owned) };
        let with = [("f".to_owned(), source(Some("g"))), ("x:y/z".to_owned(), source(None))];
        assert_eq!(file.composition.instances[0].with, with);
        assert_eq!(file.composition.instances[2].component, 1);
        let single = Export::One { name: "h".to_owned(), source: source(Some("i")) };
        assert_eq!(file.composition.exports, [Export::All("app".to_owned()), single]);
    }

    #[test]
    fn a_file_that_says_nothing_or_something_unknown_is_refused() {
        assert!(parse("[instances.a]\ncomponent = 'a'\n").unwrap_err().message.contains("exports nothing"));
        let error = parse("export = 'a'\n[instances.a]\ncomponent = 'a'\nwiht = {}\n").unwrap_err();
        assert!(error.message.contains("wiht"), "{error}");
    }
}
