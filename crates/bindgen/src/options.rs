//! What to generate, and how names of WIT in the options are matched.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::path::PathBuf;

use proc_macro2::TokenStream;

use crate::Error;

/// Where the WIT comes from.
#[derive(Clone, Debug)]
pub enum Source {
    /// A file, or a folder that is one package, with its dependencies in `deps`.
    Path(PathBuf),
    /// Text.
    Inline(String),
}

/// What to generate. Types, interfaces and functions are named as in `wasi:filesystem/types/error-code`,
/// `wasi:filesystem/types` and `wasi:io/poll/pollable.block`; with or without a version.
#[derive(Clone, Debug)]
pub struct Options {
    /// The package with the world.
    pub source: Source,
    /// Folders of other packages that it may use: each has a file or a folder for each package.
    pub deps: Vec<PathBuf>,
    /// The world; not needed if there is only one.
    pub world: Option<String>,
    /// Features whose `@unstable` items are wanted.
    pub features: Vec<String>,
    /// Functions of the host that may have to wait.
    pub waiting: Vec<String>,
    /// Functions of the host that write a list of bytes into the guest's memory in place; they may wait, too.
    pub filling: Vec<String>,
    /// For a type: the Rust type that stands for it, with the traits of the typed ABI. For a resource: the Rust type by which
    /// its handles are told apart. For an interface: the module that was generated for it elsewhere.
    pub with: Vec<(String, String)>,
    /// For an enum or flags: a Rust enum with the same cases, or a `bitflags` type with the same flags, which know nothing
    /// of the typed ABI.
    pub foreign: Vec<(String, String)>,
    /// For the error type of results: what the host's functions fail with instead. `TryFrom`, with `Trap` as its error, makes
    /// the one into the other.
    pub errors: Vec<(String, String)>,
    /// The module with what generated code names.
    pub runtime: String,
}

impl Options {
    /// For a source, with the defaults for everything else.
    pub fn new(source: Source) -> Self {
        Self {
            source,
            deps: Vec::new(),
            world: None,
            features: Vec::new(),
            waiting: Vec::new(),
            filling: Vec::new(),
            with: Vec::new(),
            foreign: Vec::new(),
            errors: Vec::new(),
            runtime: "::tambo::component::bindings".to_owned(),
        }
    }
}

/// A list of options by name of WIT, which knows what of it was used.
pub(crate) struct Keyed {
    option: &'static str,
    entries: Vec<(String, String)>,
    used: RefCell<BTreeSet<usize>>,
}

impl Keyed {
    pub(crate) fn new(option: &'static str, entries: &[(String, String)]) -> Self {
        let entries = entries.iter().map(|(key, value)| (normal(key), value.clone())).collect();
        Self { option, entries, used: RefCell::default() }
    }

    pub(crate) fn get(&self, key: &str) -> Option<&str> {
        let key = normal(key);
        let index = self.entries.iter().position(|(given, _)| *given == key)?;
        self.used.borrow_mut().insert(index);
        Some(&self.entries[index].1)
    }

    /// As a path, seen from a module so deep below the place of the bindings.
    pub(crate) fn path(&self, key: &str, depth: usize) -> Result<Option<TokenStream>, Error> {
        self.get(key).map(|path| parse_path(path, depth).map_err(|error| error.about(key))).transpose()
    }

    /// What names nothing is a mistake.
    pub(crate) fn check_used(&self) -> Result<(), Error> {
        let used = self.used.borrow();
        match self.entries.iter().enumerate().find(|(index, _)| !used.contains(index)) {
            None => Ok(()),
            Some((_, (key, _))) => Err(Error::new(format!(
                "the option `{}` names {key:?}, which the bindings have no use for",
                self.option
            ))),
        }
    }
}

/// A Rust path of the options, seen from a module so deep below the place where it was written.
pub(crate) fn parse_path(path: &str, depth: usize) -> Result<TokenStream, Error> {
    let path = path.trim();
    let up = "super::".repeat(depth);
    let path = match path.strip_prefix("self::") {
        Some(rest) => format!("{up}{rest}"),
        None if path.starts_with("super::") => format!("{up}{path}"),
        None => path.to_owned(),
    };
    path.parse().map_err(|error| Error::new(format!("{path:?} is no Rust path: {error}")))
}

/// Without version, `[method]` and the like.
fn normal(name: &str) -> String {
    let (mut normal, mut rest) = (String::new(), name.trim());
    while let Some((before, version)) = rest.split_once('@') {
        normal.push_str(before);
        rest = version.find(['/', '#']).map_or("", |end| &version[end..]);
    }
    normal.push_str(rest);
    let mut normal = normal.replace('#', "/");
    while let Some((open, close)) = normal.find('[').zip(normal.find(']')) {
        normal.replace_range(open..=close, "");
    }
    normal
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_compared_without_versions_and_kinds() {
        let names = ["a:b/c@0.2.0#[method]d.e", "a:b/c/d.e", "a:b/c@1.0.0/d.e", "a:b/c#d.e"];
        assert!(names.iter().all(|name| normal(name) == "a:b/c/d.e"));
        assert_eq!(normal("a:b/c@0.2.0"), "a:b/c");
    }

    #[test]
    fn relative_paths_are_seen_from_below() {
        let path = |path, depth| parse_path(path, depth).map(|path| path.to_string().replace(' ', ""));
        assert_eq!(path("super::x::Y", 2).ok().as_deref(), Some("super::super::super::x::Y"));
        assert_eq!(path("self::Y", 1).ok().as_deref(), Some("super::Y"));
        assert_eq!(path("crate::Y<Z>", 3).ok().as_deref(), Some("crate::Y<Z>"));
    }

    #[test]
    fn what_names_nothing_is_found() {
        let keyed = Keyed::new("with", &[("a:b/c".to_owned(), "x".to_owned())]);
        assert!(keyed.check_used().is_err_and(|error| error.to_string().contains("a:b/c")));
        assert_eq!(keyed.get("a:b/c@1.0.0"), Some("x"));
        assert!(keyed.check_used().is_ok());
    }
}
