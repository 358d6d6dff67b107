//! What a descriptor is: a node of the kernel, with the flags that 0.2 adds to it.
//!
//! The kernel opens for more than a guest asked for, where it must (to truncate is to write): so the flags are checked here.

use std::io::{IoSlice, IoSliceMut};
use std::rc::Rc;

use tambo_component_linker::bindings::Space;
use tambo_kernel::ahead::{Ahead, piece};
use tambo_kernel::fs::{Directory, File, FileKind, Node, OpenFlags, SetTime, Stat, Sync};
use tambo_kernel::input::Input;
use tambo_kernel::open_file::OpenFile;
use tambo_kernel::output::Output;
use tambo_kernel::wait::Interest;
use tambo_kernel::{Error, Host, Result};

use super::values;
use crate::bindings::wasi::filesystem::types::DescriptorFlags;
use crate::io::copy;

pub(super) struct Opened {
    node: Node,
    flags: DescriptorFlags,
    /// Opened beneath a directory that lets its contents be changed.
    mutable: bool,
    ahead: Ahead,
}

impl Opened {
    /// What was opened through a directory that is `mutable` or not. What was opened beneath a mutable directory is as
    /// mutable, whether the guest asked for it or not (RATIONALE.md); only directories have the flag.
    pub(super) fn beneath(mutable: bool, node: Node, flags: DescriptorFlags) -> Self {
        let mut flags = flags - DescriptorFlags::MUTATE_DIRECTORY;
        if mutable && matches!(node, Node::Directory(_)) {
            flags |= DescriptorFlags::MUTATE_DIRECTORY;
        }
        Self { node, flags, mutable, ahead: Ahead::default() }
    }

    pub(super) fn flags(&self) -> DescriptorFlags {
        self.flags
    }

    /// Whether what is opened through it may be changed.
    pub(super) fn is_mutable(&self) -> bool {
        self.mutable
    }

    /// The directory. [`Error::NotDirectory`] if it is something else.
    pub(super) fn directory(&self) -> Result<&Rc<dyn Directory>> {
        match &self.node {
            Node::Directory(directory) => Ok(directory),
            Node::File(_) | Node::Stream(_) => Err(Error::NotDirectory),
        }
    }

    /// The file with positions. [`Error::BadDescriptor`] for a directory, [`Error::InvalidSeek`] for a stream.
    pub(super) fn file(&self) -> Result<&Rc<dyn File>> {
        match &self.node {
            Node::File(file) => Ok(file),
            Node::Directory(_) => Err(Error::BadDescriptor),
            Node::Stream(_) => Err(Error::InvalidSeek),
        }
    }

    pub(super) fn kind(&self) -> FileKind {
        match &self.node {
            Node::File(file) => file.kind(),
            Node::Directory(_) => FileKind::Directory,
            Node::Stream(stream) => stream.kind(),
        }
    }

    pub(super) fn stat(&self) -> Result<Stat> {
        match &self.node {
            Node::File(file) => file.stat(),
            Node::Directory(directory) => directory.stat(),
            Node::Stream(stream) => stream.stat(),
        }
    }

    pub(super) fn set_times(&self, accessed: SetTime, modified: SetTime) -> Result<()> {
        match &self.node {
            Node::File(file) => file.set_times(accessed, modified),
            Node::Directory(directory) => directory.set_times(accessed, modified),
            Node::Stream(_) => Err(Error::Unsupported),
        }
    }

    /// [`Error::IsDirectory`]; [`Error::BadDescriptor`] if it is not open for reading.
    fn check_readable(&self) -> Result<()> {
        match &self.node {
            Node::Directory(_) => Err(Error::IsDirectory),
            _ if self.flags.contains(DescriptorFlags::READ) => Ok(()),
            _ => Err(Error::BadDescriptor),
        }
    }

    /// [`Error::ReadOnly`] if nothing may be changed where it was opened; [`Error::BadDescriptor`] for a directory, or if
    /// it is not open for writing.
    pub(super) fn check_writable(&self) -> Result<()> {
        match &self.node {
            _ if !self.mutable => Err(Error::ReadOnly),
            Node::Directory(_) => Err(Error::BadDescriptor),
            _ if self.flags.contains(DescriptorFlags::WRITE) => Ok(()),
            _ => Err(Error::BadDescriptor),
        }
    }

    /// Its bytes from an offset on; a stream's, from where it stands.
    pub(super) fn input(&self, offset: u64) -> Result<Input> {
        self.check_readable()?;
        match &self.node {
            Node::Stream(stream) => Ok(Input::of_stream(stream.clone())),
            _ => Ok(Input::of_file(OpenFile::at(self.file()?.clone(), OpenFlags::READ, offset)?)),
        }
    }

    /// A sink that writes from an offset on, or to the end if there is none; a stream has no offsets.
    pub(super) fn output(&self, offset: Option<u64>) -> Result<Output> {
        self.check_writable()?;
        let flags = OpenFlags::WRITE | values::sync_flags(self.flags);
        match (&self.node, offset) {
            (Node::Stream(stream), _) => Ok(Output::of_stream(stream.clone())),
            (_, None) => Ok(Output::of_file(OpenFile::new(self.file()?.clone(), flags | OpenFlags::APPEND))),
            (_, Some(offset)) => Ok(Output::of_file(OpenFile::at(self.file()?.clone(), flags, offset)?)),
        }
    }

    /// Begin to read at an offset: into the guest's memory, if it is known what comes. Parks the host.
    pub(super) fn begin_read(&self, host: &mut Host, length: u64, offset: u64) -> Result<FileRead> {
        self.check_readable()?;
        let file = self.file()?;
        if let Some(count) = self.ahead.sure(host, &**file, offset, length)? {
            return Ok(FileRead::Ahead { file: file.clone(), offset, count });
        }
        let mut bytes = vec![0; piece(length)];
        let count = read_at(host, file, offset, &mut bytes)?;
        bytes.truncate(count);
        Ok(FileRead::Taken(bytes))
    }

    /// Write at an offset, as much as the host writes at once. Parks the host.
    pub(super) fn write(&self, host: &mut Host, bytes: &[u8], offset: u64) -> Result<u64> {
        self.check_writable()?;
        let file = self.file()?;
        let bytes = bytes.get(..host.budget.transfer).unwrap_or(bytes);
        match file.write_at(&[IoSlice::new(bytes)], offset, host.wait_for(false)) {
            Ok(count) => Ok(count as u64),
            Err(Error::WouldBlock) => host.park_on(file.clone(), Interest::Write),
            Err(error) => Err(error),
        }
    }

    /// Bring it to the device; nothing if it is not open for writing. Parks the host.
    pub(super) fn sync(&self, host: &mut Host, what: Sync) -> Result<()> {
        match &self.node {
            Node::Directory(directory) => directory.sync(what),
            _ if !self.flags.contains(DescriptorFlags::WRITE) => Ok(()),
            Node::Stream(stream) => stream.sync(),
            Node::File(file) => match file.sync(what, host.wait_for(false)) {
                Err(Error::WouldBlock) => host.park_on(file.clone(), Interest::Write),
                outcome => outcome,
            },
        }
    }

    /// Whether both are the same object of a file system.
    pub(super) fn is_same_object(&self, other: &Self) -> bool {
        match (self.stat(), other.stat()) {
            (Ok(stat), Ok(other)) => stat.is_same_object(&other),
            _ => false,
        }
    }
}

/// A read that has begun.
pub enum FileRead {
    /// The file has that much there.
    Ahead {
        /// The file.
        file: Rc<dyn File>,
        /// Where.
        offset: u64,
        /// How much.
        count: usize,
    },
    /// These are the bytes.
    Taken(Vec<u8>),
}

impl FileRead {
    /// How many bytes there are.
    pub(super) fn len(&self) -> usize {
        match self {
            Self::Ahead { count, .. } => *count,
            Self::Taken(bytes) => bytes.len(),
        }
    }

    /// Write them to the guest's memory; how many they were. Parks the host.
    #[inline]
    pub(super) fn fill(&self, host: &mut Host, space: &mut Space<'_>) -> Result<usize> {
        match self {
            Self::Ahead { file, offset, .. } => read_at(host, file, *offset, space.bytes()),
            Self::Taken(bytes) => Ok(copy(bytes, space)),
        }
    }
}

/// Parks the host.
#[inline]
fn read_at(host: &mut Host, file: &Rc<dyn File>, offset: u64, bytes: &mut [u8]) -> Result<usize> {
    match file.read_at(&mut [IoSliceMut::new(bytes)], offset, host.wait_for(false)) {
        Err(Error::WouldBlock) => host.park_on(file.clone(), Interest::Read),
        outcome => outcome,
    }
}
