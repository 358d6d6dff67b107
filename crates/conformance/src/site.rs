//! Where a case runs: copies of the fixture, and beside them what no guest may reach.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::{MetadataExt, symlink};
use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::case::{Access, Case};
use crate::{Error, folder, read_json};

/// What is where: paths with what they are.
#[derive(Debug, Deserialize)]
pub(crate) struct Fixture(BTreeMap<String, Entry>);

#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Entry {
    /// A file with this in it.
    File(String),
    /// A symbolic link.
    Symlink { symlink: String },
    /// Something that is empty.
    Empty { kind: Kind },
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Kind {
    Directory,
    Fifo,
}

/// The folders of one case.
pub(crate) struct Site {
    root: tempfile::TempDir,
    /// The preopened directories, in the order of the case's.
    pub(crate) directories: Vec<PathBuf>,
    /// What must not change, and how it was.
    untouchable: Vec<(PathBuf, Vec<String>)>,
}

const SECRET: &str = "what no guest may read\n";

impl Fixture {
    pub(crate) fn read() -> Result<Self, Error> {
        read_json(&folder().join("fixture.json"))
    }

    fn make(&self, root: &Path) -> std::io::Result<()> {
        fs::create_dir(root)?;
        for (path, entry) in &self.0 {
            let path = root.join(path);
            fs::create_dir_all(path.parent().unwrap_or(root))?;
            match entry {
                Entry::File(content) => fs::write(path, content)?,
                Entry::Symlink { symlink: target } => symlink(target, path)?,
                Entry::Empty { kind: Kind::Directory } => fs::create_dir(path)?,
                Entry::Empty { kind: Kind::Fifo } => make_fifo(&path)?,
            }
        }
        Ok(())
    }
}

fn make_fifo(path: &Path) -> std::io::Result<()> {
    let mode = rustix::fs::Mode::RUSR | rustix::fs::Mode::WUSR;
    Ok(rustix::fs::mknodat(rustix::fs::CWD, path, rustix::fs::FileType::Fifo, mode, 0)?)
}

impl Site {
    pub(crate) fn new(fixture: &Fixture, case: &Case) -> Result<Self, Error> {
        let failed = |error: std::io::Error| Error::new(format!("the fixture of {}: {error}", case.name));
        let root = tempfile::tempdir().map_err(failed)?;
        let outside = root.path().join("outside");
        let prepared = fs::create_dir(&outside).and_then(|()| fs::write(outside.join("secret.txt"), SECRET));
        prepared.map_err(failed)?;
        let mut directories = Vec::new();
        let mut untouchable = vec![outside];
        for (number, access) in case.spec.dirs.iter().flat_map(|dirs| dirs.values()).enumerate() {
            let directory = root.path().join(number.to_string());
            fixture.make(&directory).map_err(failed)?;
            if *access == Access::ReadOnly {
                untouchable.push(directory.clone());
            }
            directories.push(directory);
        }
        let mut seen = Vec::new();
        for path in untouchable {
            let state = state(&path).map_err(failed)?;
            seen.push((path, state));
        }
        Ok(Self { root, directories, untouchable: seen })
    }

    pub(crate) fn root(&self) -> &Path {
        self.root.path()
    }

    /// What was changed that must not change, if anything was.
    pub(crate) fn damage(&self) -> Option<String> {
        self.untouchable.iter().find_map(|(path, before)| {
            let after = match state(path) {
                Ok(after) => after,
                Err(error) => return Some(format!("{} cannot be read any more: {error}", path.display())),
            };
            let changed = after.iter().filter(|line| !before.contains(line));
            let lost = before.iter().filter(|line| !after.contains(line));
            let lines: Vec<&str> = changed.chain(lost).map(String::as_str).collect();
            (!lines.is_empty()).then(|| format!("the guest changed {}:\n{}", path.display(), lines.join("\n")))
        })
    }
}

/// Everything in a folder, one line each, sorted: but for times of access, which reading may change.
fn state(folder: &Path) -> std::io::Result<Vec<String>> {
    let mut lines = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        lines.push(line(&folder, "")?);
        for entry in fs::read_dir(&folder)? {
            let path = entry?.path();
            let kind = fs::symlink_metadata(&path)?.file_type();
            match () {
                () if kind.is_dir() => folders.push(path),
                () if kind.is_symlink() => lines.push(line(&path, &fs::read_link(&path)?.to_string_lossy())?),
                () if kind.is_file() => lines.push(line(&path, &String::from_utf8_lossy(&fs::read(&path)?))?),
                () => lines.push(line(&path, "")?),
            }
        }
    }
    lines.sort();
    Ok(lines)
}

fn line(path: &Path, content: &str) -> std::io::Result<String> {
    let data = fs::symlink_metadata(path)?;
    let (mode, links, size) = (data.mode(), data.nlink(), data.size());
    let (seconds, nanoseconds) = (data.mtime(), data.mtime_nsec());
    Ok(format!("{} mode {mode:o} links {links} size {size} at {seconds}.{nanoseconds:09} {content:?}", path.display()))
}
