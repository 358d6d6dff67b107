//! From files to a resolved world.

use std::path::{Path, PathBuf};

use wit_parser::{Resolve, UnresolvedPackageGroup, WorldId};

use crate::{Error, Options, Source};

/// What was read.
pub(crate) struct Loaded {
    pub(crate) resolve: Resolve,
    pub(crate) world: WorldId,
    /// A build depends on these.
    pub(crate) files: Vec<PathBuf>,
}

pub(crate) fn load(options: &Options) -> Result<Loaded, Error> {
    let mut files = Vec::new();
    let (main, own_deps) = match &options.source {
        Source::Inline(text) => {
            let group = UnresolvedPackageGroup::parse("inline.wit", text)
                .map_err(|(map, error)| Error::new(error.render(&map)))?;
            (group, None)
        }
        Source::Path(path) => (package(path, &mut files)?, Some(path.join("deps")).filter(|deps| deps.is_dir())),
    };
    let mut deps = Vec::new();
    for folder in own_deps.iter().chain(&options.deps) {
        for entry in entries(folder)? {
            if entry.is_dir() || is_wit(&entry) {
                deps.push(package(&entry, &mut files)?);
            }
        }
    }
    let mut resolve = Resolve::default();
    resolve.features.extend(options.features.iter().cloned());
    let package = match resolve.push_groups(main, deps) {
        Ok(package) => package,
        Err(error) => return Err(Error::new(error.render(&resolve.source_map))),
    };
    let world = resolve.select_world(&[package], options.world.as_deref()).map_err(display)?;
    Ok(Loaded { resolve, world, files })
}

/// A package that is a file or a folder.
fn package(path: &Path, files: &mut Vec<PathBuf>) -> Result<UnresolvedPackageGroup, Error> {
    if path.is_dir() {
        files.extend(entries(path)?.into_iter().filter(|entry| is_wit(entry)));
        return UnresolvedPackageGroup::parse_dir(path).map_err(display);
    }
    files.push(path.to_owned());
    let text = std::fs::read_to_string(path).map_err(|error| display(error).about(path.display()))?;
    UnresolvedPackageGroup::parse(path, &text).map_err(|(map, error)| Error::new(error.render(&map)))
}

/// What is in a folder, sorted.
fn entries(folder: &Path) -> Result<Vec<PathBuf>, Error> {
    let entries = std::fs::read_dir(folder).and_then(|entries| entries.map(|entry| Ok(entry?.path())).collect());
    let mut entries: Vec<PathBuf> = entries.map_err(|error: std::io::Error| display(error).about(folder.display()))?;
    entries.sort();
    Ok(entries)
}

fn is_wit(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "wit")
}

/// With all its causes.
fn display(error: impl std::fmt::Display) -> Error {
    Error::new(format!("{error:#}"))
}
