//! A folder of the host and a grant of a part of it, for each resolver.

use std::io::IoSliceMut;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use tambo_kernel::fs::{Directory, File, Node, OpenFlags};
use tambo_kernel::stream::{Stream, Wait};
use tambo_kernel::{Error, Result};
use tambo_kernel_os::{Resolver, open_directory_with};

pub(crate) const READ: OpenFlags = OpenFlags::READ;
pub(crate) const FOLLOW: OpenFlags = OpenFlags::READ.union(OpenFlags::FOLLOW);
pub(crate) const RW: OpenFlags = OpenFlags::READ.union(OpenFlags::WRITE);
pub(crate) const CREATE: OpenFlags = RW.union(OpenFlags::CREATE);

/// A temporary folder; `box` in it is granted, and everything beside `box` is outside.
pub(crate) struct Case {
    folder: tempfile::TempDir,
    pub(crate) root: Rc<dyn Directory>,
}

/// Runs a test with each resolver.
#[track_caller]
pub(crate) fn each(test: impl Fn(&Case)) {
    for resolver in [Resolver::Openat2, Resolver::Walk] {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("box")).unwrap();
        let root = open_directory_with(&folder.path().join("box"), resolver).unwrap();
        test(&Case { folder, root });
    }
}

impl Case {
    /// A host path outside.
    pub(crate) fn outside(&self, path: &str) -> PathBuf {
        self.folder.path().join(path)
    }

    /// A host path inside.
    pub(crate) fn inside(&self, path: &str) -> PathBuf {
        self.folder.path().join("box").join(path)
    }

    pub(crate) fn write(&self, path: &str, bytes: &[u8]) {
        std::fs::write(self.inside(path), bytes).unwrap();
    }

    pub(crate) fn mkdir(&self, path: &str) {
        std::fs::create_dir_all(self.inside(path)).unwrap();
    }

    /// A link with any target, as only the host can make it.
    pub(crate) fn link(&self, target: impl AsRef<Path>, path: &str) {
        symlink(target, self.inside(path)).unwrap();
    }

    pub(crate) fn file(&self, path: &str, flags: OpenFlags) -> Rc<dyn File> {
        match self.root.open(path, flags).unwrap() {
            Node::File(file) => file,
            _ => panic!("{path} is no file"),
        }
    }

    pub(crate) fn directory(&self, path: &str) -> Rc<dyn Directory> {
        directory(self.root.open(path, READ | OpenFlags::DIRECTORY))
    }

    /// The content of a file, links followed.
    pub(crate) fn read(&self, path: &str) -> Result<Vec<u8>> {
        match self.root.open(path, FOLLOW)? {
            Node::File(file) => Ok(read_all(&*file)),
            _ => Err(Error::IsDirectory),
        }
    }
}

pub(crate) fn directory(node: Result<Node>) -> Rc<dyn Directory> {
    match node.unwrap() {
        Node::Directory(directory) => directory,
        _ => panic!("not a directory"),
    }
}

pub(crate) fn stream(node: Result<Node>) -> Rc<dyn Stream> {
    match node.unwrap() {
        Node::Stream(stream) => stream,
        _ => panic!("not a stream"),
    }
}

pub(crate) fn read_all(file: &dyn File) -> Vec<u8> {
    let mut all = Vec::new();
    let mut piece = [0; 8192];
    loop {
        let count = file.read_at(&mut [IoSliceMut::new(&mut piece)], all.len() as u64, Wait::Block).unwrap();
        if count == 0 {
            return all;
        }
        all.extend_from_slice(&piece[..count]);
    }
}

/// The error of an outcome that has no `Debug`.
#[track_caller]
pub(crate) fn refused<T>(outcome: Result<T>, expected: Error) {
    assert_eq!(outcome.err(), Some(expected));
}

/// Random enough, and the same every time.
pub(crate) struct Dice(pub(crate) u64);

impl Dice {
    pub(crate) fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % sides
    }
}
