//! Byte streams: standard input and output, pipes, terminals, and the transfer half of connections.

use std::io::{IoSlice, IoSliceMut, SeekFrom};

use crate::fs::{FileKind, Stat};
use crate::http::HttpError;
use crate::wait::{Interest, Pollable, Source};
use crate::{Error, Result};

/// Whether an operation may block the calling thread.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wait {
    /// It may; it then never fails with [`Error::WouldBlock`].
    Block,
    /// It must not: what cannot be done at once is [`Error::WouldBlock`], and the object's [`Pollable`] half then tells
    /// when another try is worth while.
    Try,
}

/// A stream of bytes with no position of ours.
pub trait Stream: Pollable {
    /// Read into the buffers, in order; 0 is the end, unless there was no room. [`Error::BadDescriptor`] if it is not
    /// readable.
    fn read(&self, buffers: &mut [IoSliceMut<'_>], wait: Wait) -> Result<usize>;

    /// Write from the buffers, in order, some or all. [`Error::BadDescriptor`] if it is not writable; [`Error::Pipe`]
    /// if nobody reads.
    fn write(&self, buffers: &[IoSlice<'_>], wait: Wait) -> Result<usize>;

    /// What it is. [`FileKind::CharacterDevice`] is a terminal; a device that is none, such as `/dev/null`, answers
    /// [`FileKind::Unknown`], because guests tell a terminal by this.
    fn kind(&self) -> FileKind;

    /// Its attributes; a stream that has none answers its kind and zeros.
    fn stat(&self) -> Result<Stat> {
        Ok(Stat { kind: self.kind(), ..Stat::default() })
    }

    /// Move the position, for a stream that is a redirected file. [`Error::InvalidSeek`] for all others.
    fn seek(&self, to: SeekFrom) -> Result<u64> {
        let _ = to;
        Err(Error::InvalidSeek)
    }

    /// How many bytes the next read gives, for a stream that has some at hand and knows how many. A reader may then make
    /// room for just these, and have them copied once.
    fn at_hand(&self) -> Option<usize> {
        None
    }

    /// What went wrong, for a stream that is the body of an HTTP message and has failed with [`Error::Protocol`].
    fn http_error(&self) -> Option<HttpError> {
        None
    }

    /// Flush to the device, for a stream that is a redirected file; nothing for all others.
    fn sync(&self) -> Result<()> {
        Ok(())
    }
}

/// The stream of a guest that was given none: nothing to read, and what is written is discarded.
pub struct Closed;

impl Pollable for Closed {
    fn source(&self, _: Interest) -> Source<'_> {
        Source::Ready
    }
}

impl Stream for Closed {
    fn read(&self, _: &mut [IoSliceMut<'_>], _: Wait) -> Result<usize> {
        Ok(0)
    }

    fn write(&self, buffers: &[IoSlice<'_>], _: Wait) -> Result<usize> {
        Ok(buffers.iter().map(|buffer| buffer.len()).sum())
    }

    fn kind(&self) -> FileKind {
        FileKind::Unknown
    }
}
