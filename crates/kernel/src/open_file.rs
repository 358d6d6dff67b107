//! An open file and its position: what a descriptor of a regular file is.

use std::io::{IoSlice, IoSliceMut, SeekFrom};
use std::rc::Rc;

use crate::fs::{File, OpenFlags};
use crate::stream::Wait;
use crate::{Error, Result};

/// A file with a position of ours, so that reads and writes name their offset and the system keeps no state for us.
pub struct OpenFile {
    /// The file.
    pub file: Rc<dyn File>,
    flags: OpenFlags,
    position: Position,
}

/// After an append the position is the end of the file, which is looked up only if somebody asks.
#[derive(Clone, Copy)]
enum Position {
    At(u64),
    End,
}

impl OpenFile {
    /// A file that was opened with these flags, at its start.
    pub fn new(file: Rc<dyn File>, flags: OpenFlags) -> Self {
        Self { file, flags, position: Position::At(0) }
    }

    /// The same, at a position. [`Error::Invalid`] for one that no file can have.
    pub fn at(file: Rc<dyn File>, flags: OpenFlags, position: u64) -> Result<Self> {
        let mut open = Self::new(file, flags);
        open.seek(SeekFrom::Start(position))?;
        Ok(open)
    }

    /// The flags it was opened with, as changed since.
    pub fn flags(&self) -> OpenFlags {
        self.flags
    }

    /// Change `APPEND`, `DATA_SYNC` and `SYNC`; the other flags stay. [`Error::Unsupported`] as for
    /// [`File::set_flags`].
    pub fn set_flags(&mut self, flags: OpenFlags) -> Result<()> {
        let mutable = OpenFlags::APPEND | OpenFlags::DATA_SYNC | OpenFlags::SYNC;
        let next = (self.flags - mutable) | (flags & mutable);
        if next != self.flags {
            self.file.set_flags(next)?;
            self.flags = next;
        }
        Ok(())
    }

    /// Read at the position and move it.
    #[inline]
    pub fn read(&mut self, buffers: &mut [IoSliceMut<'_>], wait: Wait) -> Result<usize> {
        let position = self.tell()?;
        let count = self.file.read_at(buffers, position, wait)?;
        self.position = Position::At(position + count as u64);
        Ok(count)
    }

    /// Write at the position and move it; with `APPEND`, write at the end.
    #[inline]
    pub fn write(&mut self, buffers: &[IoSlice<'_>], wait: Wait) -> Result<usize> {
        if self.flags.contains(OpenFlags::APPEND) {
            let count = self.file.append(buffers, wait)?;
            self.position = Position::End;
            return Ok(count);
        }
        let position = self.tell()?;
        let count = self.file.write_at(buffers, position, wait)?;
        self.position = Position::At(position + count as u64);
        Ok(count)
    }

    /// The position.
    #[inline]
    pub fn tell(&self) -> Result<u64> {
        match self.position {
            Position::At(position) => Ok(position),
            Position::End => self.end(),
        }
    }

    #[cold]
    fn end(&self) -> Result<u64> {
        Ok(self.file.stat()?.size)
    }

    /// Move the position. [`Error::Invalid`] before the start or beyond what a file can have.
    pub fn seek(&mut self, to: SeekFrom) -> Result<u64> {
        let (base, delta) = match to {
            SeekFrom::Start(position) => (position, 0),
            SeekFrom::Current(delta) => (self.tell()?, delta),
            SeekFrom::End(delta) => (self.file.stat()?.size, delta),
        };
        let position = base.checked_add_signed(delta).filter(|&position| position <= i64::MAX as u64);
        let position = position.ok_or(Error::Invalid)?;
        self.position = Position::At(position);
        Ok(position)
    }
}
