//! Guest programs for tests and examples, built from `guests/` on first use.
//!
//! [`rust`], [`c`] and [`wat()`] answer the path of a compiled module under `target/guests`, named by a hash of the
//! sources and of the way they are built, so that what is there is never stale. A missing toolchain is an error that
//! names the Debian packages; nothing is skipped. Processes that build at once take turns (see [`cache`]).

mod adapted;
mod c_guest;
pub mod cache;
mod component_guest;
mod error;
mod rust_guest;
pub mod tools;
mod wat_guest;

use std::path::PathBuf;

pub use adapted::adapt;
pub use error::Error;

/// What a guest is written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Language {
    /// A package of the workspace `guests/rust`.
    Rust,
    /// A file `guests/c/NAME.c`; its `// flags:` line is for the compiler.
    C,
    /// A file `guests/wat/NAME.wat`.
    Wat,
    /// A folder `guests/components/NAME` with a Rust package or `NAME.c`, which implements the world of that name; what
    /// comes out is a component.
    Component,
    /// A package of the workspace `guests/wasi-0.2`: a command of WASI 0.2, part of the conformance suite.
    Conformance,
}

impl Language {
    /// All languages.
    pub const ALL: [Self; 5] = [Self::Rust, Self::C, Self::Wat, Self::Component, Self::Conformance];

    /// The name of its folder in `guests/` and in the cache.
    pub fn folder(self) -> &'static str {
        match self {
            Self::Rust => "rust",
            Self::C => "c",
            Self::Wat => "wat",
            Self::Component => "components",
            Self::Conformance => "wasi-0.2",
        }
    }
}

/// The module of a Rust guest.
///
/// # Panics
///
/// If it cannot be built; the message says why and what to do.
pub fn rust(name: &str) -> PathBuf {
    built(Language::Rust, name)
}

/// The module of a C guest. Panics like [`rust`].
pub fn c(name: &str) -> PathBuf {
    built(Language::C, name)
}

/// The module of a text guest. Panics like [`rust`].
pub fn wat(name: &str) -> PathBuf {
    built(Language::Wat, name)
}

/// A guest component. Panics like [`rust`].
pub fn component(name: &str) -> PathBuf {
    built(Language::Component, name)
}

/// The component that the command at a path becomes, by the adapter from 0.1 to 0.2. Panics like [`rust`].
pub fn adapted(module: &std::path::Path) -> PathBuf {
    adapted::build(module).unwrap_or_else(|error| panic!("guest {}, adapted: {error}", module.display()))
}

/// A program of the conformance suite of WASI 0.2. Panics like [`rust`].
pub fn conformance(name: &str) -> PathBuf {
    built(Language::Conformance, name)
}

fn built(language: Language, name: &str) -> PathBuf {
    build(language, name).unwrap_or_else(|error| panic!("guest {}/{name}: {error}", language.folder()))
}

/// The module of a guest, built if it is not there yet.
pub fn build(language: Language, name: &str) -> Result<PathBuf, Error> {
    match language {
        Language::Rust => rust_guest::build(name),
        Language::C => c_guest::build(name),
        Language::Wat => wat_guest::build(name),
        Language::Component => component_guest::build(name),
        Language::Conformance => component_guest::build_conformance(name),
    }
}

/// The names of all guests in a language, sorted.
pub fn names(language: Language) -> Result<Vec<String>, Error> {
    let mut names = Vec::new();
    for path in cache::entries(&cache::sources(language))? {
        let is_guest = match language {
            Language::Rust | Language::Conformance => path.join("Cargo.toml").is_file(),
            Language::Component => path.join("Cargo.toml").is_file() || component_source(&path).is_file(),
            Language::C | Language::Wat => path.extension().is_some_and(|extension| extension == language.folder()),
        };
        if let Some(stem) = path.file_stem().filter(|_| is_guest) {
            names.push(stem.to_string_lossy().into_owned());
        }
    }
    Ok(names)
}

/// Where the C source of a component would be.
fn component_source(folder: &std::path::Path) -> PathBuf {
    let name = folder.file_name().unwrap_or_default().to_string_lossy();
    folder.join(format!("{name}.c"))
}
