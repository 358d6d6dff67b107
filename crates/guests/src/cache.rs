//! Where guests and their modules lie, what names a module, and how concurrent builds stay out of each other's way.
//!
//! # State
//!
//! A module at its path under `target/guests/<language>/<hash>/` is complete and never changes: it was renamed into
//! place. So a reader that finds it needs no lock. Whoever does not find it takes the lock file, looks again, and
//! builds.

use std::fs::{self, File};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};

use crate::{Error, Language};

/// The root of the checkout.
fn root() -> &'static Path {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.ancestors().nth(2).unwrap_or(here)
}

/// The folder of the sources of a language.
pub fn sources(language: Language) -> PathBuf {
    root().join("guests").join(language.folder())
}

/// The folder of the declarations of WASI.
pub fn wit() -> PathBuf {
    root().join("wit")
}

/// The folder that everything built goes to.
pub fn folder() -> PathBuf {
    root().join("target/guests")
}

/// The entries of a folder, sorted, hidden ones left out.
pub fn entries(folder: &Path) -> Result<Vec<PathBuf>, Error> {
    let at = |error| Error::File(folder.to_owned(), error);
    let mut paths = Vec::new();
    for entry in fs::read_dir(folder).map_err(at)? {
        let entry = entry.map_err(at)?;
        if !entry.file_name().as_encoded_bytes().starts_with(b".") {
            paths.push(entry.path());
        }
    }
    paths.sort();
    Ok(paths)
}

/// A name for what comes out of these files or folders, built this way.
pub fn key(inputs: &[&Path], recipe: &str) -> Result<String, Error> {
    let mut hasher = DefaultHasher::new();
    recipe.hash(&mut hasher);
    for input in inputs {
        hash_tree(input, &mut hasher)?;
    }
    Ok(format!("{:016x}", hasher.finish()))
}

fn hash_tree(path: &Path, hasher: &mut DefaultHasher) -> Result<(), Error> {
    if path.is_dir() {
        return entries(path)?.iter().try_for_each(|entry| hash_tree(entry, hasher));
    }
    path.strip_prefix(root()).unwrap_or(path).hash(hasher);
    fs::read(path).map_err(|error| Error::File(path.to_owned(), error))?.hash(hasher);
    Ok(())
}

/// The module `name` of a language under this key. If it is not there, `build` is called, by one process at a time,
/// with an empty folder to put modules in: it may put more than this one there.
pub fn module(
    language: Language,
    key: &str,
    name: &str,
    build: impl FnOnce(&Path) -> Result<(), Error>,
) -> Result<PathBuf, Error> {
    let folder = folder().join(language.folder()).join(key);
    let module = folder.join(format!("{name}.wasm"));
    if module.is_file() {
        return Ok(module);
    }
    let _lock = lock()?;
    if !module.is_file() {
        let fresh = Scratch::new(&folder.with_extension("new"))?;
        build(&fresh.0)?;
        fs::create_dir_all(&folder).map_err(|error| Error::File(folder.clone(), error))?;
        for built in entries(&fresh.0)? {
            let Some(file_name) = built.file_name() else { continue };
            let target = folder.join(file_name);
            fs::rename(&built, &target).map_err(|error| Error::File(target, error))?;
        }
    }
    if module.is_file() { Ok(module) } else { Err(Error::Build(format!("nothing was built at {}", module.display()))) }
}

/// Held until it is dropped, at the end of the process at the latest.
fn lock() -> Result<File, Error> {
    let path = folder().join("lock");
    let locked = || {
        fs::create_dir_all(folder())?;
        let file = File::options().create(true).truncate(false).write(true).open(&path)?;
        file.lock()?;
        Ok(file)
    };
    locked().map_err(|error| Error::File(path.clone(), error))
}

/// An empty folder that goes away.
struct Scratch(PathBuf);

impl Scratch {
    fn new(path: &Path) -> Result<Self, Error> {
        let made = || {
            if path.exists() {
                fs::remove_dir_all(path)?;
            }
            fs::create_dir_all(path)
        };
        made().map_err(|error| Error::File(path.to_owned(), error))?;
        Ok(Self(path.to_owned()))
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // What stays behind is replaced by the next build.
        let _ = fs::remove_dir_all(&self.0);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};
    use std::thread;

    use super::*;

    #[test]
    fn builders_at_once_take_turns_and_build_once() {
        let builds = AtomicU32::new(0);
        let key = format!("test-{}", std::process::id());
        let ask = || {
            module(Language::Wat, &key, "a", |folder| {
                builds.fetch_add(1, Ordering::SeqCst);
                fs::write(folder.join("a.wasm"), "a").map_err(|error| Error::File(folder.to_owned(), error))
            })
        };
        thread::scope(|scope| {
            let asked: Vec<_> = (0..8).map(|_| scope.spawn(|| fs::read(ask().unwrap()).unwrap())).collect();
            assert!(asked.into_iter().all(|thread| thread.join().unwrap() == b"a"));
        });
        fs::remove_dir_all(folder().join("wat").join(&key)).unwrap();
        assert_eq!(builds.load(Ordering::SeqCst), 1);
    }

    #[test]
    fn a_failed_build_leaves_nothing() {
        let key = format!("test-failed-{}", std::process::id());
        let failing = |folder: &Path| {
            fs::write(folder.join("a.wasm"), "half").unwrap();
            Err(Error::Build("no".to_owned()))
        };
        assert!(module(Language::Wat, &key, "a", failing).is_err());
        let left = entries(&folder().join("wat")).unwrap();
        assert!(!left.iter().any(|path| path.to_string_lossy().contains(&key)), "{left:?}");
    }

    #[test]
    fn keys_follow_content_and_recipe() {
        let here = Path::new(file!()).file_name().unwrap();
        let (this, other) = (root().join("crates/guests/src").join(here), root().join("crates/guests/src/lib.rs"));
        let one = key(&[&this], "a").unwrap();
        assert_eq!(one, key(&[&this], "a").unwrap());
        assert_ne!(one, key(&[&this], "b").unwrap());
        assert_ne!(one, key(&[&other], "a").unwrap());
    }
}
