//! Files and directories, as contracts.
//!
//! A path is Unicode, relative to a directory object and resolved *beneath* it: neither `..`, nor an absolute path, nor
//! a symbolic link leads outside ([`Error::NotPermitted`]). Names are separated by `/`; nothing else is special.

use std::any::Any;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::{IoSlice, IoSliceMut};
use std::rc::Rc;

use bitflags::bitflags;

use crate::clock::Timestamp;
use crate::stream::{Stream, Wait};
use crate::wait::Pollable;
use crate::{Error, Result};

/// What an object of a file system is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum FileKind {
    /// None of the others, or not known.
    #[default]
    Unknown,
    /// A block device.
    BlockDevice,
    /// A character device, such as a terminal.
    CharacterDevice,
    /// A directory.
    Directory,
    /// A pipe.
    Fifo,
    /// A regular file.
    Regular,
    /// A symbolic link.
    SymbolicLink,
    /// A datagram socket.
    DatagramSocket,
    /// A stream socket.
    StreamSocket,
}

/// Attributes of a file-system object.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stat {
    /// The file system it is in.
    pub device: u64,
    /// Its number there.
    pub inode: u64,
    /// What it is.
    pub kind: FileKind,
    /// Number of hard links.
    pub links: u64,
    /// Size in bytes; of a symbolic link, the length of its target.
    pub size: u64,
    /// Last access.
    pub accessed: Timestamp,
    /// Last change of the data.
    pub modified: Timestamp,
    /// Last change of the attributes.
    pub changed: Timestamp,
}

impl Stat {
    /// Whether both are attributes of one object. What has no number is like nothing else.
    pub fn is_same_object(&self, other: &Stat) -> bool {
        (self.device, self.inode) == (other.device, other.inode) && self.inode != 0
    }

    /// A hash of what identifies the object, and one of that and of what changes with its data. Both are the same in every
    /// process, so that guests can keep them.
    pub fn metadata_hash(&self) -> (u64, u64) {
        let mut hasher = DefaultHasher::new();
        (self.device, self.inode).hash(&mut hasher);
        let identity = hasher.finish();
        (self.size, self.modified).hash(&mut hasher);
        (identity, hasher.finish())
    }
}

/// A time to be set.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SetTime {
    /// Leave it.
    #[default]
    Keep,
    /// Set it to the time of the change.
    Now,
    /// Set it to this.
    At(Timestamp),
}

/// What to bring to the device.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sync {
    /// The data, and what is needed to read it back.
    Data,
    /// Everything.
    All,
}

/// How a file's bytes will be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Advice {
    /// Nothing special.
    Normal,
    /// From low offsets to high.
    Sequential,
    /// In no order.
    Random,
    /// Soon.
    WillNeed,
    /// Not soon.
    DontNeed,
    /// Once.
    NoReuse,
}

bitflags! {
    /// How to open.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
    pub struct OpenFlags: u32 {
        /// For reading.
        const READ = 1;
        /// For writing.
        const WRITE = 1 << 1;
        /// Create it if it does not exist.
        const CREATE = 1 << 2;
        /// Fail with [`Error::Exist`] if it exists; with `CREATE`.
        const EXCLUSIVE = 1 << 3;
        /// Fail with [`Error::NotDirectory`] if it is not a directory.
        const DIRECTORY = 1 << 4;
        /// Empty it.
        const TRUNCATE = 1 << 5;
        /// Follow a symbolic link in the last place; else such a link is [`Error::Loop`].
        const FOLLOW = 1 << 6;
        /// Every write goes to the end.
        const APPEND = 1 << 7;
        /// Every write waits until the data is on the device.
        const DATA_SYNC = 1 << 8;
        /// Every write waits until data and attributes are on the device.
        const SYNC = 1 << 9;
    }
}

/// What opening gives.
pub enum Node {
    /// A regular file, or a device with positions.
    File(Rc<dyn File>),
    /// A directory.
    Directory(Rc<dyn Directory>),
    /// A pipe, terminal or other thing without positions.
    Stream(Rc<dyn Stream>),
}

/// An open file with positions. It keeps none of its own: [`OpenFile`](crate::open_file::OpenFile) does.
pub trait File: Pollable {
    /// What it is: regular, or a device.
    fn kind(&self) -> FileKind;

    /// Read at an offset, into the buffers in order; 0 at the end. [`Error::BadDescriptor`] if not open for reading,
    /// [`Error::Invalid`] if the offset is beyond what a file can have.
    fn read_at(&self, buffers: &mut [IoSliceMut<'_>], offset: u64, wait: Wait) -> Result<usize>;

    /// Write at an offset, from the buffers in order; at the end if opened for appending. [`Error::BadDescriptor`] if
    /// not open for writing, [`Error::FileTooLarge`].
    fn write_at(&self, buffers: &[IoSlice<'_>], offset: u64, wait: Wait) -> Result<usize>;

    /// Write at the end, wherever that is at the moment of the write.
    fn append(&self, buffers: &[IoSlice<'_>], wait: Wait) -> Result<usize>;

    /// Its attributes.
    fn stat(&self) -> Result<Stat>;

    /// Cut or extend with zeros. [`Error::BadDescriptor`] if not open for writing ([`Error::Invalid`] is allowed too).
    fn set_size(&self, size: u64) -> Result<()>;

    /// Set its times.
    fn set_times(&self, accessed: SetTime, modified: SetTime) -> Result<()>;

    /// Bring it to the device. May take long: with [`Wait::Try`] it may answer [`Error::WouldBlock`] and go on; readiness
    /// to write then tells when to ask again.
    fn sync(&self, what: Sync, wait: Wait) -> Result<()>;

    /// Make sure that `offset..offset + len` has space and is within the size.
    fn allocate(&self, offset: u64, len: u64) -> Result<()>;

    /// Say how a range will be used; 0 as `len` means to the end.
    fn advise(&self, offset: u64, len: u64, advice: Advice) -> Result<()>;

    /// Change how writes behave: `APPEND`, `DATA_SYNC` and `SYNC` of the flags count. [`Error::Unsupported`] for what
    /// this file cannot change.
    fn set_flags(&self, flags: OpenFlags) -> Result<()>;
}

/// One entry of a directory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry<'a> {
    /// Its name; `.` and `..` are entries too.
    pub name: &'a str,
    /// Its number; 0 if not known.
    pub inode: u64,
    /// What it is, if the directory knows.
    pub kind: FileKind,
    /// Where to [`seek`](Entries::seek) to go on *after* this entry; never 0.
    pub next: u64,
}

/// A walk over the entries of a directory, which stays valid while the directory changes: an entry that is there
/// throughout is seen once. Names that are not Unicode are left out.
pub trait Entries {
    /// The next entry, or none at the end.
    fn next_entry(&mut self) -> Result<Option<Entry<'_>>>;

    /// Step back, so that the next [`next_entry`](Entries::next_entry) gives again the entry that was given last.
    fn step_back(&mut self);

    /// The next entry that is neither `.` nor `..`, or none at the end.
    fn next_child(&mut self) -> Result<Option<Entry<'_>>> {
        loop {
            match self.next_entry()? {
                None => return Ok(None),
                Some(entry) if matches!(entry.name, "." | "..") => {}
                Some(_) => break,
            }
        }
        // What was seen cannot be given from within a loop.
        self.step_back();
        self.next_entry()
    }

    /// Go to a position that an entry named, or to the start with 0. Cheap if it is where the walk stands.
    fn seek(&mut self, position: u64) -> Result<()>;
}

/// An open directory. Every path method resolves beneath it (see the module).
pub trait Directory {
    /// Open what is at `path`. Besides what the flags say: [`Error::NoEntry`], [`Error::IsDirectory`] for a directory
    /// with `WRITE`, [`Error::NotDirectory`] for a file with a trailing slash, [`Error::Loop`].
    fn open(&self, path: &str, flags: OpenFlags) -> Result<Node>;

    /// The attributes of what is at `path`.
    fn stat_at(&self, path: &str, follow: bool) -> Result<Stat>;

    /// Set the times of what is at `path`.
    fn set_times_at(&self, path: &str, follow: bool, accessed: SetTime, modified: SetTime) -> Result<()>;

    /// Create a directory. [`Error::Exist`].
    fn create_directory_at(&self, path: &str) -> Result<()>;

    /// Remove an empty directory. [`Error::NotEmpty`], [`Error::NotDirectory`]; [`Error::Invalid`] for `.`.
    fn remove_directory_at(&self, path: &str) -> Result<()>;

    /// Remove anything but a directory. [`Error::IsDirectory`]; [`Error::NotDirectory`] with a trailing slash.
    fn unlink_at(&self, path: &str) -> Result<()>;

    /// The target of a symbolic link. [`Error::Invalid`] if it is none.
    fn read_link_at(&self, path: &str) -> Result<String>;

    /// Make a symbolic link. The target is any relative path; an absolute one is [`Error::NotPermitted`].
    fn symlink_at(&self, target: &str, path: &str) -> Result<()>;

    /// Give what is at `path` a further name, `new_path` beneath `target`, a [`link_target`](Directory::link_target) of
    /// the same implementation, else [`Error::CrossDevice`].
    fn link_at(&self, path: &str, follow: bool, target: &dyn Directory, new_path: &str) -> Result<()>;

    /// Move what is at `path` to `new_path` beneath `target`, replacing what is there if it is of the same kind.
    /// `target` as for [`link_at`](Directory::link_at).
    fn rename_at(&self, path: &str, target: &dyn Directory, new_path: &str) -> Result<()>;

    /// The directory itself, for the implementation to recognise its own kind in `link_at` and `rename_at`. A wrapper
    /// that forbids new names answers with its error instead: [`Error::ReadOnly`].
    fn link_target(&self) -> Result<&dyn Any>;

    /// Whether it refuses every change of what is beneath it with [`Error::ReadOnly`], as do all that are opened through it.
    fn is_read_only(&self) -> bool {
        false
    }

    /// Its own attributes.
    fn stat(&self) -> Result<Stat>;

    /// Set its own times.
    fn set_times(&self, accessed: SetTime, modified: SetTime) -> Result<()>;

    /// Bring it to the device.
    fn sync(&self, what: Sync) -> Result<()>;

    /// A walk over its entries, from the start.
    fn entries(&self) -> Result<Box<dyn Entries>>;
}

/// The checks on a path that every implementation shares: not empty ([`Error::NoEntry`]), no NUL ([`Error::Invalid`];
/// [`Error::IllegalByteSequence`] is for what is not Unicode at all), not absolute ([`Error::NotPermitted`]).
pub fn check_path(path: &str) -> Result<()> {
    if path.is_empty() {
        return Err(Error::NoEntry);
    }
    if path.as_bytes().contains(&0) {
        return Err(Error::Invalid);
    }
    if path.starts_with('/') {
        return Err(Error::NotPermitted);
    }
    Ok(())
}
