//! A file system in memory with the semantics of POSIX: links and open files count, names resolve beneath a directory,
//! files have holes that cost nothing.
//!
//! What differs from a disk: reading does not move access times, and directories have the size 0.
//!
//! # Bounds
//!
//! The *capacity* counts pages of file data (4 KiB each) and the bytes of link targets; the number of *nodes* bounds
//! files, directories and links, and as many names may point at them. A file that was removed counts until the last
//! handle on it is gone. Beyond a bound there is [`Error::NoSpace`].

mod children;
mod data;
mod directory;
mod entries;
mod file;
mod node;
mod walk;

use std::io::{IoSlice, IoSliceMut};
use std::rc::Rc;

use tambo_kernel::clock::WallClock;
use tambo_kernel::fs::{Directory, File, FileKind, Node as Opened, OpenFlags, check_path};
use tambo_kernel::stream::Wait;
use tambo_kernel::{Error, Result};

use directory::MemoryDirectory;
use node::{Node, Shared};

/// A file system in memory. Clones are the same file system.
#[derive(Clone)]
pub struct MemoryFs {
    root: Rc<Node>,
}

impl MemoryFs {
    /// An empty file system for at most this many bytes and this many files, directories and links.
    pub fn new(clock: Rc<dyn WallClock>, capacity: u64, nodes: u64) -> Self {
        Self { root: Node::root(Shared::new(clock, capacity, nodes)) }
    }

    /// Give it a device number of its own; without, it is 1. Programs take two files for the same one if device and
    /// inode number are the same, so the file systems that one guest sees should have different ones.
    #[must_use]
    pub fn with_device(self, device: u64) -> Self {
        self.root.shared.device.set(device);
        self
    }

    /// Its root, to be granted.
    pub fn root(&self) -> Rc<dyn Directory> {
        Rc::new(MemoryDirectory(self.root.clone()))
    }

    /// How many bytes of the capacity are in use.
    pub fn used(&self) -> u64 {
        self.root.shared.used()
    }

    /// Create or replace a file. Its directory must exist.
    pub fn write_file(&self, path: &str, mut bytes: &[u8]) -> Result<()> {
        let flags = OpenFlags::WRITE | OpenFlags::CREATE | OpenFlags::TRUNCATE | OpenFlags::FOLLOW;
        let file = self.open_file(path, flags)?;
        let mut offset = 0;
        while !bytes.is_empty() {
            let count = file.write_at(&[IoSlice::new(bytes)], offset, Wait::Block)?;
            bytes = &bytes[count..];
            offset += count as u64;
        }
        Ok(())
    }

    /// Read a whole file. [`Error::FileTooLarge`] if its holes make it larger than the file system.
    pub fn read_file(&self, path: &str) -> Result<Vec<u8>> {
        let file = self.open_file(path, OpenFlags::READ | OpenFlags::FOLLOW)?;
        let size = file.stat()?.size;
        if size > self.root.shared.capacity() {
            return Err(Error::FileTooLarge);
        }
        let mut bytes = vec![0; usize::try_from(size).map_err(|_| Error::FileTooLarge)?];
        let count = file.read_at(&mut [IoSliceMut::new(&mut bytes)], 0, Wait::Block)?;
        bytes.truncate(count);
        Ok(bytes)
    }

    /// Create a directory and those above it, as far as they do not exist.
    pub fn create_dir_all(&self, path: &str) -> Result<()> {
        check_path(path)?;
        let root = self.root();
        let ends = path.match_indices('/').map(|(index, _)| index).chain([path.len()]);
        for end in ends.filter(|&end| !path[..end].ends_with('/')) {
            match root.create_directory_at(&path[..end]) {
                Err(Error::Exist) if root.stat_at(&path[..end], true)?.kind == FileKind::Directory => {}
                outcome => outcome?,
            }
        }
        Ok(())
    }

    fn open_file(&self, path: &str, flags: OpenFlags) -> Result<Rc<dyn File>> {
        match self.root().open(path, flags)? {
            Opened::File(file) => Ok(file),
            Opened::Directory(_) => Err(Error::IsDirectory),
            Opened::Stream(_) => Err(Error::InvalidSeek),
        }
    }
}
