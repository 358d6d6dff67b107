//! Text guests: one file each, encoded in this process.

use std::fs;
use std::path::PathBuf;

use crate::{Error, Language, cache, names};

pub(crate) fn build(name: &str) -> Result<PathBuf, Error> {
    let source = cache::sources(Language::Wat).join(format!("{name}.wat"));
    if !source.is_file() {
        return Err(Error::Unknown(names(Language::Wat)?));
    }
    let key = cache::key(&[&source], "wat")?;
    cache::module(Language::Wat, &key, name, |folder| {
        let wasm = wat::parse_file(&source).map_err(|error| Error::Build(error.to_string()))?;
        let target = folder.join(format!("{name}.wasm"));
        fs::write(&target, wasm).map_err(|error| Error::File(target, error))
    })
}
