//! The files under version control, and what a broken rule looks like.

use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use proc_macro2::TokenStream;

/// One Rust source file.
pub(crate) struct Source {
    /// Relative to the root.
    pub(crate) path: String,
    pub(crate) text: String,
    pub(crate) tokens: TokenStream,
}

impl Source {
    pub(crate) fn new(path: impl Into<String>, text: impl Into<String>) -> Self {
        let (path, text) = (path.into(), text.into());
        let tokens = text.parse().unwrap_or_else(|error| panic!("{path}: not Rust: {error}"));
        Self { path, text, tokens }
    }

    pub(crate) fn violation(&self, line: usize, rule: &'static str, what: impl Into<String>) -> Violation {
        Violation { place: format!("{}:{line}", self.path), rule, what: what.into() }
    }
}

/// A rule that is broken: where, which, and what to do.
#[derive(Debug)]
pub(crate) struct Violation {
    pub(crate) place: String,
    pub(crate) rule: &'static str,
    pub(crate) what: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}: {}", self.place, self.rule, self.what)
    }
}

pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).unwrap().to_owned()
}

pub(crate) fn read(path: &str) -> String {
    let path = root().join(path);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Every `.rs` file that git tracks and that is there.
pub(crate) fn sources() -> Vec<Source> {
    let output = Command::new("git").arg("-C").arg(root()).args(["ls-files", "-z", "--", "*.rs"]).output().unwrap();
    assert!(output.status.success(), "git ls-files: {}", String::from_utf8_lossy(&output.stderr));
    let list = String::from_utf8(output.stdout).unwrap();
    let paths: Vec<&str> = list.split_terminator('\0').filter(|path| root().join(path).is_file()).collect();
    assert!(!paths.is_empty(), "git tracks no Rust file: run this in a clone, not in an unpacked archive");
    paths.into_iter().map(|path| Source::new(path, read(path))).collect()
}
