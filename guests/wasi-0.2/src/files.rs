//! The preopened directories, and short ways to what most cases do with files.

use crate::streams::read_all;
use crate::wasi::filesystem::preopens::get_directories;
use crate::wasi::filesystem::types::{Descriptor, DescriptorFlags, ErrorCode, OpenFlags, PathFlags};

/// What `file.txt` of the fixture has in it.
pub const HELLO: &[u8] = b"hello, world\n";

/// An offset that a stream may start from, and where no file system has room for three bytes more.
pub const TOO_FAR: u64 = i64::MAX as u64 - 1;

/// The preopened directory of this name.
pub fn preopen(name: &str) -> Descriptor {
    let directories = get_directories();
    let names: Vec<String> = directories.iter().map(|(_, name)| name.clone()).collect();
    let found = directories.into_iter().find(|(_, other)| other == name);
    found.unwrap_or_else(|| panic!("there is no preopened {name}, but {names:?}")).0
}

/// The preopened directory `/`, which may be written.
pub fn root() -> Descriptor {
    preopen("/")
}

/// Open what is there, for reading.
#[track_caller]
pub fn open(directory: &Descriptor, path: &str) -> Descriptor {
    let opened = directory.open_at(PathFlags::empty(), path, OpenFlags::empty(), DescriptorFlags::READ);
    opened.unwrap_or_else(|error| panic!("open-at {path}: {error:?}"))
}

/// Open what is there, for reading and writing.
#[track_caller]
pub fn open_writable(directory: &Descriptor, path: &str) -> Descriptor {
    let flags = DescriptorFlags::READ | DescriptorFlags::WRITE;
    let opened = directory.open_at(PathFlags::empty(), path, OpenFlags::empty(), flags);
    opened.unwrap_or_else(|error| panic!("open-at {path} for writing: {error:?}"))
}

/// Make a file with this in it; answers it, open for reading and writing.
#[track_caller]
pub fn create(directory: &Descriptor, path: &str, content: &[u8]) -> Descriptor {
    let flags = DescriptorFlags::READ | DescriptorFlags::WRITE;
    let created = directory.open_at(PathFlags::empty(), path, OpenFlags::CREATE | OpenFlags::EXCLUSIVE, flags);
    let file = created.unwrap_or_else(|error| panic!("open-at {path}, which is to be made: {error:?}"));
    let mut written = 0;
    while written < content.len() {
        written += file.write(&content[written..], written as u64).expect("a write to a new file") as usize;
    }
    file
}

/// Open a directory, such that what is in it can be changed.
#[track_caller]
pub fn open_directory(directory: &Descriptor, path: &str) -> Descriptor {
    let flags = DescriptorFlags::READ | DescriptorFlags::MUTATE_DIRECTORY;
    let opened = directory.open_at(PathFlags::empty(), path, OpenFlags::DIRECTORY, flags);
    opened.unwrap_or_else(|error| panic!("open-at {path}, a directory: {error:?}"))
}

/// All that is in a file.
#[track_caller]
pub fn content(directory: &Descriptor, path: &str) -> Vec<u8> {
    read_all(&open(directory, path).read_via_stream(0).expect("a stream from the start of a file"))
}

/// The names in a directory, sorted.
#[track_caller]
pub fn names(directory: &Descriptor) -> Vec<String> {
    let entries = directory.read_directory().expect("a stream of entries");
    let mut names = Vec::new();
    while let Some(entry) = entries.read_directory_entry().expect("an entry") {
        names.push(entry.name);
    }
    names.sort();
    names
}

/// Whether there is something of this name, even a link that leads nowhere.
pub fn exists(directory: &Descriptor, path: &str) -> bool {
    directory.stat_at(PathFlags::empty(), path).is_ok()
}

/// Check that something failed, and how. `codes` are those that the text allows.
#[track_caller]
pub fn fails<T>(result: Result<T, ErrorCode>, codes: &[ErrorCode]) {
    match result {
        Ok(_) => panic!("it succeeded, where one of {codes:?} was expected"),
        Err(code) => assert!(codes.contains(&code), "it failed with {code:?}, where one of {codes:?} was expected"),
    }
}
