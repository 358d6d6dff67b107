//! What a descriptor is: an object of the kernel, with the flags and rights that 0.1 adds to it.

use std::io::{IoSlice, IoSliceMut};
use std::rc::Rc;

use tambo_kernel::fs::{Directory, Entries, FileKind, OpenFlags, Stat};
use tambo_kernel::net::{Connection, Listener};
use tambo_kernel::open_file::OpenFile;
use tambo_kernel::stream::{Stream, Wait};
use tambo_kernel::wait::Pollable;
use tambo_kernel::{Error, Result};

use crate::abi::{FdFlags, Rights};
use crate::rights;

/// The object behind a descriptor.
pub(crate) enum Object {
    Stream(Rc<dyn Stream>),
    File(OpenFile),
    Directory(OpenDirectory),
    Listener(Rc<dyn Listener>),
    Connection(Rc<dyn Connection>),
}

/// A directory and the walk over its entries, which lasts from one `fd_readdir` to the next.
pub(crate) struct OpenDirectory {
    pub(crate) directory: Rc<dyn Directory>,
    pub(crate) walk: Option<Box<dyn Entries>>,
}

/// What `fd_prestat_get` tells of a descriptor that was there when the guest started.
pub(crate) enum Prestat {
    Directory(Box<str>),
    Listener,
}

pub(crate) struct Descriptor {
    pub(crate) object: Object,
    pub(crate) prestat: Option<Prestat>,
    flags: FdFlags,
    access: OpenFlags,
    denied: Rights,
    inheriting: Rights,
}

impl Descriptor {
    /// A descriptor with all rights that make sense for it.
    pub(crate) fn new(object: Object, access: OpenFlags, flags: FdFlags) -> Self {
        Self { object, prestat: None, flags, access, denied: Rights::empty(), inheriting: Rights::all() }
    }

    /// The same, as far as what it was opened through lets it.
    pub(crate) fn inherit(mut self, rights: Rights) -> Self {
        self.denied = Rights::all() - rights;
        self.inheriting = rights;
        self
    }

    pub(crate) fn preopened(mut self, prestat: Prestat) -> Self {
        self.prestat = Some(prestat);
        self
    }

    /// [`Error::NotCapable`] if the guest gave up any of these rights.
    #[inline]
    pub(crate) fn require(&self, rights: Rights) -> Result<()> {
        if self.denied.intersects(rights) { Err(Error::NotCapable) } else { Ok(()) }
    }

    /// What is opened through it inherits at most these.
    pub(crate) fn inheriting(&self) -> Rights {
        self.inheriting
    }

    /// The base and inheriting rights, as the guest sees them.
    pub(crate) fn rights(&self) -> (Rights, Rights) {
        let (base, inheriting) = rights::natural(&self.object, self.access);
        (base - self.denied, inheriting & self.inheriting)
    }

    /// Give up all rights but these. [`Error::NotCapable`] if that would add any.
    pub(crate) fn restrict(&mut self, base: u64, inheriting: u64) -> Result<()> {
        let (had_base, had_inheriting) = self.rights();
        if base & !had_base.bits() != 0 || inheriting & !had_inheriting.bits() != 0 {
            return Err(Error::NotCapable);
        }
        self.denied |= had_base - Rights::from_bits_truncate(base);
        self.inheriting -= had_inheriting - Rights::from_bits_truncate(inheriting);
        Ok(())
    }

    pub(crate) fn flags(&self) -> FdFlags {
        self.flags
    }

    /// Replace the flags. [`Error::Unsupported`] for what the file below cannot change.
    pub(crate) fn set_flags(&mut self, flags: FdFlags) -> Result<()> {
        if let Object::File(file) = &mut self.object {
            file.set_flags(open_flags(flags))?;
        }
        self.flags = flags;
        Ok(())
    }

    /// Whether a call answers `again` instead of waiting. Never for a file, which POSIX calls always ready: its cold
    /// pages are no reason that a guest expects.
    #[inline]
    pub(crate) fn is_nonblocking(&self) -> bool {
        self.flags.contains(FdFlags::NONBLOCK) && !matches!(self.object, Object::File(_))
    }

    /// The directory. [`Error::NotDirectory`] if it is something else.
    pub(crate) fn directory(&self) -> Result<&Rc<dyn Directory>> {
        match &self.object {
            Object::Directory(open) => Ok(&open.directory),
            _ => Err(Error::NotDirectory),
        }
    }

    /// The connection. [`Error::NotConnected`] for a listener, [`Error::NotSocket`] for what is no socket.
    pub(crate) fn connection(&self) -> Result<&Rc<dyn Connection>> {
        match &self.object {
            Object::Connection(connection) => Ok(connection),
            Object::Listener(_) => Err(Error::NotConnected),
            _ => Err(Error::NotSocket),
        }
    }
}

/// The kernel's word for what 0.1's flags ask of a file.
pub(crate) fn open_flags(flags: FdFlags) -> OpenFlags {
    let mut open = OpenFlags::empty();
    open.set(OpenFlags::APPEND, flags.contains(FdFlags::APPEND));
    open.set(OpenFlags::DATA_SYNC, flags.contains(FdFlags::DSYNC));
    open.set(OpenFlags::SYNC, flags.intersects(FdFlags::SYNC | FdFlags::RSYNC));
    open
}

impl Object {
    pub(crate) fn directory(directory: Rc<dyn Directory>) -> Self {
        Self::Directory(OpenDirectory { directory, walk: None })
    }

    pub(crate) fn kind(&self) -> FileKind {
        match self {
            Self::Stream(stream) => stream.kind(),
            Self::File(file) => file.file.kind(),
            Self::Directory(_) => FileKind::Directory,
            Self::Listener(_) | Self::Connection(_) => FileKind::StreamSocket,
        }
    }

    pub(crate) fn stat(&self) -> Result<Stat> {
        match self {
            Self::Stream(stream) => stream.stat(),
            Self::File(file) => file.file.stat(),
            Self::Directory(open) => open.directory.stat(),
            Self::Connection(connection) => connection.stat(),
            Self::Listener(_) => Ok(Stat { kind: FileKind::StreamSocket, ..Stat::default() }),
        }
    }

    /// What to wait for. [`Error::BadDescriptor`] for a directory, which nobody waits for.
    pub(crate) fn pollable(&self) -> Result<Rc<dyn Pollable>> {
        Ok(match self {
            Self::Stream(stream) => stream.clone(),
            Self::File(file) => file.file.clone(),
            Self::Listener(listener) => listener.clone(),
            Self::Connection(connection) => connection.clone(),
            Self::Directory(_) => return Err(Error::BadDescriptor),
        })
    }

    /// Whether it can be read at all: [`Error::IsDirectory`], [`Error::NotConnected`] for a listener,
    /// [`Error::BadDescriptor`] for a file that is not open for it.
    #[inline]
    pub(crate) fn check_readable(&self) -> Result<()> {
        match self {
            Self::Stream(_) | Self::Connection(_) => Ok(()),
            Self::File(file) if file.flags().contains(OpenFlags::READ) => Ok(()),
            Self::File(_) => Err(Error::BadDescriptor),
            Self::Directory(_) => Err(Error::IsDirectory),
            Self::Listener(_) => Err(Error::NotConnected),
        }
    }

    /// Whether it can be written at all: as for reading, but [`Error::BadDescriptor`] for a directory.
    #[inline]
    pub(crate) fn check_writable(&self) -> Result<()> {
        match self {
            Self::Stream(_) | Self::Connection(_) => Ok(()),
            Self::File(file) if file.flags().contains(OpenFlags::WRITE) => Ok(()),
            Self::File(_) | Self::Directory(_) => Err(Error::BadDescriptor),
            Self::Listener(_) => Err(Error::NotConnected),
        }
    }

    /// Read where it stands. The caller has asked [`check_readable`](Object::check_readable).
    #[inline(always)]
    pub(crate) fn read(&mut self, buffers: &mut [IoSliceMut<'_>], wait: Wait) -> Result<usize> {
        match self {
            Self::File(file) => file.read(buffers, wait),
            other => other.read_stream(buffers, wait),
        }
    }

    /// Out of the way of files: with the calls of all kinds in one place none of them is inlined.
    #[inline(never)]
    fn read_stream(&mut self, buffers: &mut [IoSliceMut<'_>], wait: Wait) -> Result<usize> {
        match self {
            Self::Stream(stream) => stream.read(buffers, wait),
            Self::File(file) => file.read(buffers, wait),
            Self::Connection(connection) => connection.read(buffers, wait),
            Self::Directory(_) | Self::Listener(_) => Err(Error::BadDescriptor),
        }
    }

    /// Write where it stands. The caller has asked [`check_writable`](Object::check_writable).
    #[inline(always)]
    pub(crate) fn write(&mut self, buffers: &[IoSlice<'_>], wait: Wait) -> Result<usize> {
        match self {
            Self::File(file) => file.write(buffers, wait),
            other => other.write_stream(buffers, wait),
        }
    }

    #[inline(never)]
    fn write_stream(&mut self, buffers: &[IoSlice<'_>], wait: Wait) -> Result<usize> {
        match self {
            Self::Stream(stream) => stream.write(buffers, wait),
            Self::File(file) => file.write(buffers, wait),
            Self::Connection(connection) => connection.write(buffers, wait),
            Self::Directory(_) | Self::Listener(_) => Err(Error::BadDescriptor),
        }
    }

    /// The file with positions. [`Error::BadDescriptor`] for a directory, [`Error::InvalidSeek`] for all others.
    #[inline]
    pub(crate) fn file(&self) -> Result<&OpenFile> {
        match self {
            Self::File(file) => Ok(file),
            Self::Directory(_) => Err(Error::BadDescriptor),
            Self::Stream(_) | Self::Listener(_) | Self::Connection(_) => Err(Error::InvalidSeek),
        }
    }
}
