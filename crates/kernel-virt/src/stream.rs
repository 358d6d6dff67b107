//! Standard streams in memory: an input of given bytes, an output that is collected.

use std::cell::Cell;
use std::io::{IoSlice, IoSliceMut};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tambo_kernel::fs::FileKind;
use tambo_kernel::stream::{Stream, Wait};
use tambo_kernel::wait::{Interest, Pollable, Readiness, Source};
use tambo_kernel::{Error, Result};

/// A stream that gives bytes once and then is at its end.
pub struct Input {
    bytes: Arc<[u8]>,
    read: Cell<usize>,
}

impl Input {
    /// A stream of these bytes.
    pub fn from_bytes(bytes: impl Into<Arc<[u8]>>) -> Self {
        Self { bytes: bytes.into(), read: Cell::new(0) }
    }
}

impl Pollable for Input {
    fn source(&self, _: Interest) -> Source<'_> {
        Source::Ready
    }

    fn readiness(&self, _: Interest) -> Readiness {
        let left = self.bytes.len() - self.read.get();
        Readiness { bytes: left as u64, hangup: left == 0 }
    }
}

impl Stream for Input {
    fn read(&self, buffers: &mut [IoSliceMut<'_>], _: Wait) -> Result<usize> {
        let start = self.read.get();
        let mut left = &self.bytes[start..];
        for buffer in buffers {
            let (piece, rest) = left.split_at(buffer.len().min(left.len()));
            buffer[..piece.len()].copy_from_slice(piece);
            left = rest;
        }
        self.read.set(self.bytes.len() - left.len());
        Ok(self.read.get() - start)
    }

    fn write(&self, _: &[IoSlice<'_>], _: Wait) -> Result<usize> {
        Err(Error::BadDescriptor)
    }

    fn kind(&self) -> FileKind {
        FileKind::Fifo
    }
}

/// A stream that collects what is written, up to a limit.
///
/// Clones share the bytes: one goes to the guest, another stays with the embedder, on any thread. At the limit the
/// stream is like a full disk: a write is cut to what fits, and the next one fails with [`Error::NoSpace`]. Taking the
/// bytes makes room again.
#[derive(Clone)]
pub struct Output {
    bytes: Arc<Mutex<Vec<u8>>>,
    limit: usize,
}

impl Output {
    /// An empty stream for at most this many bytes.
    pub fn new(limit: usize) -> Self {
        Self { bytes: Arc::default(), limit }
    }

    /// What was written.
    pub fn contents(&self) -> Vec<u8> {
        self.bytes().clone()
    }

    /// What was written, which is then forgotten.
    pub fn take(&self) -> Vec<u8> {
        std::mem::take(&mut *self.bytes())
    }

    fn bytes(&self) -> MutexGuard<'_, Vec<u8>> {
        self.bytes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Pollable for Output {
    /// A full stream is ready too: a write fails at once.
    fn source(&self, _: Interest) -> Source<'_> {
        Source::Ready
    }

    fn readiness(&self, _: Interest) -> Readiness {
        Readiness { bytes: (self.limit - self.bytes().len()) as u64, hangup: false }
    }
}

impl Stream for Output {
    fn read(&self, _: &mut [IoSliceMut<'_>], _: Wait) -> Result<usize> {
        Err(Error::BadDescriptor)
    }

    fn write(&self, buffers: &[IoSlice<'_>], _: Wait) -> Result<usize> {
        let mut bytes = self.bytes();
        let start = bytes.len();
        for buffer in buffers {
            let room = self.limit - bytes.len();
            bytes.extend_from_slice(&buffer[..buffer.len().min(room)]);
        }
        let count = bytes.len() - start;
        if count == 0 && buffers.iter().any(|buffer| !buffer.is_empty()) {
            return Err(Error::NoSpace);
        }
        Ok(count)
    }

    fn kind(&self) -> FileKind {
        FileKind::Fifo
    }
}
