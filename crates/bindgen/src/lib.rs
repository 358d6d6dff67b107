//! Typed Rust bindings from WIT, for hosts of components.
//!
//! A world goes in; out comes Rust: for each interface that the host gives, a trait to implement and a function that puts
//! it into a `Linker`; for what the component exports, a client; and the types of both. The code names the typed ABI
//! of the component model, and nothing else; it has no `unsafe`. What it looks like is in `docs/bindgen.md`.
//!
//! [`generate`] is for macros, [`generate_source`] for build scripts and readers.

mod client;
mod declare;
mod docs;
mod error;
mod filling;
mod host;
mod module;
mod names;
mod options;
mod scope;
mod source;
mod type_names;
mod types;
mod used;
mod world;

use std::path::PathBuf;

use proc_macro2::TokenStream;

pub use error::Error;
pub use options::{Options, Source};

/// What was generated.
#[derive(Debug)]
pub struct Bindings {
    /// Items.
    pub tokens: TokenStream,
    /// The files that they were made from.
    pub files: Vec<PathBuf>,
}

/// Generate bindings for a world.
pub fn generate(options: &Options) -> Result<Bindings, Error> {
    let loaded = source::load(options)?;
    let tokens = world::generate(&loaded.resolve, loaded.world, options)?;
    Ok(Bindings { tokens, files: loaded.files })
}

/// Generate bindings for a world as formatted source.
#[cfg(feature = "source")]
pub fn generate_source(options: &Options) -> Result<String, Error> {
    let tokens = generate(options)?.tokens;
    let file = syn::parse2(tokens).map_err(|error| Error::new(format!("bug in tambo, please report it: {error}")))?;
    Ok(prettyplease::unparse(&file))
}
