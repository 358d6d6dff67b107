//! A name for the state of the component compiler, so that what one build compiled is not taken by another one, whose
//! images mean something else. Where the sources are not beside this crate, its version alone tells builds apart.

use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io;
use std::path::Path;

const COMPILER: [&str; 5] =
    ["component-types", "component-plan", "component-abi", "component-image", "component-runtime"];

fn main() -> io::Result<()> {
    println!("cargo:rerun-if-changed=build.rs");
    let mut hasher = DefaultHasher::new();
    for part in COMPILER {
        let sources = Path::new("..").join(part).join("src");
        if sources.is_dir() {
            println!("cargo:rerun-if-changed={}", sources.display());
            hash(&sources, &mut hasher)?;
        }
    }
    println!("cargo:rustc-env=TAMBO_COMPONENT_COMPILER={:016x}", hasher.finish());
    Ok(())
}

fn hash(path: &Path, hasher: &mut DefaultHasher) -> io::Result<()> {
    if path.is_file() {
        path.hash(hasher);
        fs::read(path)?.hash(hasher);
        return Ok(());
    }
    let mut entries = fs::read_dir(path)?.map(|entry| Ok(entry?.path())).collect::<io::Result<Vec<_>>>()?;
    entries.sort();
    entries.iter().try_for_each(|entry| hash(entry, hasher))
}
