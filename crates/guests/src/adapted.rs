//! Commands of WASI 0.1 as components of 0.2, by the adapter that toolchains put around them.

use std::fs;
use std::path::{Path, PathBuf};

use wasi_preview1_component_adapter_provider::{
    WASI_SNAPSHOT_PREVIEW1_ADAPTER_NAME as NAME, WASI_SNAPSHOT_PREVIEW1_COMMAND_ADAPTER as ADAPTER,
};
use wit_component::ComponentEncoder;

use crate::{Error, Language, cache};

/// The component that a command becomes.
pub fn adapt(module: &[u8]) -> Result<Vec<u8>, Error> {
    let mut encoder = ComponentEncoder::default();
    let component = encoder.validate(true).module(module);
    let component = component.and_then(|encoder| encoder.adapter(NAME, ADAPTER)).and_then(|encoder| encoder.encode());
    component.map_err(|error| Error::Build(format!("{error:#}")))
}

/// The same for a module that was built, kept beside those that are built as components.
pub(crate) fn build(module: &Path) -> Result<PathBuf, Error> {
    let at = |path: &Path| {
        let path = path.to_owned();
        |error| Error::File(path, error)
    };
    let bytes = fs::read(module).map_err(at(module))?;
    let name = module.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    let key = format!("{}-adapted", cache::key(&[module], "adapter")?);
    cache::module(Language::Component, &key, &name, |folder| {
        let target = folder.join(format!("{name}.wasm"));
        fs::write(&target, adapt(&bytes)?).map_err(at(&target))
    })
}
