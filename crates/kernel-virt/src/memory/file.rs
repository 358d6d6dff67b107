//! An open file: a node and what the handle may do.

use std::cell::{Cell, RefCell};
use std::io::{IoSlice, IoSliceMut};
use std::rc::Rc;

use tambo_kernel::fs::{Advice, File, FileKind, OpenFlags, SetTime, Stat, Sync};
use tambo_kernel::stream::Wait;
use tambo_kernel::wait::{Interest, Pollable, Source};
use tambo_kernel::{Error, Result};

use super::data::{Data, MAX_SIZE};
use super::node::{Body, Node};

pub(super) struct MemoryFile {
    node: Rc<Node>,
    flags: Cell<OpenFlags>,
}

impl MemoryFile {
    /// A handle on a node that is a file.
    pub(super) fn new(node: Rc<Node>, flags: OpenFlags) -> Self {
        Self { node, flags: Cell::new(flags) }
    }

    /// The bytes, for reading or for writing. [`Error::BadDescriptor`] if it is not open for that.
    fn data(&self, right: OpenFlags) -> Result<&RefCell<Data>> {
        match &self.node.body {
            Body::File(data) if self.flags.get().contains(right) => Ok(data),
            _ => Err(Error::BadDescriptor),
        }
    }

    fn write(&self, buffers: &[IoSlice<'_>], offset: Option<u64>) -> Result<usize> {
        let data = self.data(OpenFlags::WRITE)?;
        if buffers.iter().all(|buffer| buffer.is_empty()) {
            return Ok(0);
        }
        let now = self.node.shared.now()?;
        let mut data = data.borrow_mut();
        let mut at = offset.unwrap_or(data.size());
        if at >= MAX_SIZE {
            return Err(Error::FileTooLarge);
        }
        let start = at;
        for buffer in buffers {
            let count = data.write(buffer, at, &self.node.shared);
            at += count as u64;
            if count < buffer.len() {
                break;
            }
        }
        if at == start {
            return Err(Error::NoSpace);
        }
        self.node.touch(now);
        Ok((at - start) as usize)
    }
}

impl Pollable for MemoryFile {
    fn source(&self, _: Interest) -> Source<'_> {
        Source::Ready
    }
}

impl File for MemoryFile {
    fn kind(&self) -> FileKind {
        FileKind::Regular
    }

    fn read_at(&self, buffers: &mut [IoSliceMut<'_>], offset: u64, _: Wait) -> Result<usize> {
        let data = self.data(OpenFlags::READ)?.borrow();
        if offset > MAX_SIZE {
            return Err(Error::Invalid);
        }
        let mut total = 0;
        for buffer in buffers {
            let count = data.read(buffer, offset + total as u64);
            total += count;
            if count < buffer.len() {
                break;
            }
        }
        Ok(total)
    }

    fn write_at(&self, buffers: &[IoSlice<'_>], offset: u64, _: Wait) -> Result<usize> {
        let at_end = self.flags.get().contains(OpenFlags::APPEND);
        self.write(buffers, if at_end { None } else { Some(offset) })
    }

    fn append(&self, buffers: &[IoSlice<'_>], _: Wait) -> Result<usize> {
        self.write(buffers, None)
    }

    fn stat(&self) -> Result<Stat> {
        Ok(self.node.stat())
    }

    fn set_size(&self, size: u64) -> Result<()> {
        let data = self.data(OpenFlags::WRITE)?;
        let now = self.node.shared.now()?;
        data.borrow_mut().set_size(size, &self.node.shared)?;
        self.node.touch(now);
        Ok(())
    }

    fn set_times(&self, accessed: SetTime, modified: SetTime) -> Result<()> {
        self.node.set_times(accessed, modified)
    }

    fn sync(&self, _: Sync, _: Wait) -> Result<()> {
        Ok(())
    }

    fn allocate(&self, offset: u64, len: u64) -> Result<()> {
        let data = self.data(OpenFlags::WRITE)?;
        let now = self.node.shared.now()?;
        data.borrow_mut().allocate(offset, len, &self.node.shared)?;
        self.node.touch(now);
        Ok(())
    }

    fn advise(&self, offset: u64, len: u64, _: Advice) -> Result<()> {
        offset.checked_add(len).map(|_| ()).ok_or(Error::Invalid)
    }

    /// Nothing is slower than memory, so `DATA_SYNC` and `SYNC` change nothing.
    fn set_flags(&self, flags: OpenFlags) -> Result<()> {
        let rights = self.flags.get() - OpenFlags::APPEND;
        self.flags.set(rights | (flags & OpenFlags::APPEND));
        Ok(())
    }
}
