//! Pipes in memory, between guests or between a guest and its embedder, also across threads.
//!
//! # State
//!
//! One mutex holds the bytes, whether each end is there, and who waits. Whoever changes the bytes or drops an end
//! takes the other side's wakers out under the mutex and wakes them after it; a waiter looks and registers under the
//! mutex. So a waiter either sees the change or is woken by it.

use std::collections::VecDeque;
use std::io::{self, IoSlice, IoSliceMut};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use tambo_kernel::fs::FileKind;
use tambo_kernel::stream::{Stream, Wait};
use tambo_kernel::wait::{Interest, Pollable, Readiness, Source, Wakeable};
use tambo_kernel::{Error, Result};

/// How many wakers one end keeps. A guest can abandon waits without end; the oldest waker is woken to make room.
const WAKERS: usize = 8;

/// A pipe that holds at most `capacity` bytes (at least one).
///
/// Each end is [`Send`], is a [`Stream`] for a guest (in an `Rc`) and a [`Read`](io::Read) or [`Write`](io::Write) that
/// blocks for an embedder's thread. Dropping an end closes it.
pub fn pipe(capacity: usize) -> (PipeReader, PipeWriter) {
    let shared = Arc::new(Shared::new(capacity.max(1)));
    (PipeReader(shared.clone()), PipeWriter(shared))
}

/// The end of a pipe that is read from.
pub struct PipeReader(Arc<Shared>);

/// The end of a pipe that is written to.
pub struct PipeWriter(Arc<Shared>);

struct Shared {
    capacity: usize,
    state: Mutex<State>,
    /// For threads that block in an end; waits through wakers do not use it.
    changed: Condvar,
}

#[derive(Default)]
struct State {
    bytes: VecDeque<u8>,
    reader_gone: bool,
    writer_gone: bool,
    readers: VecDeque<Waker>,
    writers: VecDeque<Waker>,
}

impl Shared {
    fn new(capacity: usize) -> Self {
        Self { capacity, state: Mutex::default(), changed: Condvar::new() }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Let go of the state and wake those who wait for what changed.
    fn announce(&self, state: MutexGuard<'_, State>, wakers: VecDeque<Waker>) {
        drop(state);
        self.changed.notify_all();
        wakers.into_iter().for_each(Waker::wake);
    }

    /// The state once `done` says so, or at once if it must not block.
    fn when(&self, wait: Wait, done: impl Fn(&State) -> bool) -> Result<MutexGuard<'_, State>> {
        let mut state = self.lock();
        while !done(&state) {
            if wait == Wait::Try {
                return Err(Error::WouldBlock);
            }
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        Ok(state)
    }

    fn readable(state: &State) -> bool {
        !state.bytes.is_empty() || state.writer_gone
    }

    fn writable(&self, state: &State) -> bool {
        state.bytes.len() < self.capacity || state.reader_gone
    }

    fn read(&self, buffers: &mut [IoSliceMut<'_>], wait: Wait) -> Result<usize> {
        if buffers.iter().all(|buffer| buffer.is_empty()) {
            return Ok(0);
        }
        let mut state = self.when(wait, Self::readable)?;
        let mut count = 0;
        for buffer in buffers {
            count += state.take(buffer);
        }
        let wakers = std::mem::take(&mut state.writers);
        self.announce(state, wakers);
        Ok(count)
    }

    fn write(&self, buffers: &[IoSlice<'_>], wait: Wait) -> Result<usize> {
        if buffers.iter().all(|buffer| buffer.is_empty()) {
            return Ok(0);
        }
        let mut state = self.when(wait, |state| self.writable(state))?;
        if state.reader_gone {
            return Err(Error::Pipe);
        }
        let mut count = 0;
        for buffer in buffers {
            let room = self.capacity - state.bytes.len();
            let piece = &buffer[..buffer.len().min(room)];
            state.bytes.extend(piece);
            count += piece.len();
        }
        let wakers = std::mem::take(&mut state.readers);
        self.announce(state, wakers);
        Ok(count)
    }
}

impl State {
    fn take(&mut self, buffer: &mut [u8]) -> usize {
        let count = buffer.len().min(self.bytes.len());
        let (front, back) = self.bytes.as_slices();
        let in_front = count.min(front.len());
        buffer[..in_front].copy_from_slice(&front[..in_front]);
        buffer[in_front..count].copy_from_slice(&back[..count - in_front]);
        self.bytes.drain(..count);
        count
    }

    fn for_reader(&self) -> Readiness {
        Readiness { bytes: self.bytes.len() as u64, hangup: self.writer_gone }
    }

    fn for_writer(&self, capacity: usize) -> Readiness {
        Readiness { bytes: (capacity - self.bytes.len()) as u64, hangup: self.reader_gone }
    }
}

/// Keep a waker once; answers the one that had to make room.
fn register(wakers: &mut VecDeque<Waker>, waker: &Waker) -> Option<Waker> {
    if wakers.iter().any(|known| known.will_wake(waker)) {
        return None;
    }
    let oldest = if wakers.len() < WAKERS { None } else { wakers.pop_front() };
    wakers.push_back(waker.clone());
    oldest
}

impl Wakeable for PipeReader {
    fn poll_ready(&self, _: Interest, context: &mut Context<'_>) -> Poll<Readiness> {
        let mut state = self.0.lock();
        if Shared::readable(&state) {
            return Poll::Ready(state.for_reader());
        }
        let oldest = register(&mut state.readers, context.waker());
        drop(state);
        oldest.into_iter().for_each(Waker::wake);
        Poll::Pending
    }
}

impl Pollable for PipeReader {
    /// A write would not block either: it fails.
    fn source(&self, interest: Interest) -> Source<'_> {
        match interest {
            Interest::Read => Source::Waker(self),
            Interest::Write => Source::Ready,
        }
    }

    fn readiness(&self, _: Interest) -> Readiness {
        self.0.lock().for_reader()
    }
}

impl Stream for PipeReader {
    fn read(&self, buffers: &mut [IoSliceMut<'_>], wait: Wait) -> Result<usize> {
        self.0.read(buffers, wait)
    }

    fn write(&self, _: &[IoSlice<'_>], _: Wait) -> Result<usize> {
        Err(Error::BadDescriptor)
    }

    fn kind(&self) -> FileKind {
        FileKind::Fifo
    }
}

impl io::Read for PipeReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.read(&mut [IoSliceMut::new(buffer)], Wait::Block).map_err(io::Error::other)
    }
}

impl Drop for PipeReader {
    fn drop(&mut self) {
        let mut state = self.0.lock();
        state.reader_gone = true;
        // Nobody will ever read them.
        state.bytes = VecDeque::new();
        let wakers = std::mem::take(&mut state.writers);
        self.0.announce(state, wakers);
    }
}

impl Wakeable for PipeWriter {
    fn poll_ready(&self, _: Interest, context: &mut Context<'_>) -> Poll<Readiness> {
        let mut state = self.0.lock();
        if self.0.writable(&state) {
            return Poll::Ready(state.for_writer(self.0.capacity));
        }
        let oldest = register(&mut state.writers, context.waker());
        drop(state);
        oldest.into_iter().for_each(Waker::wake);
        Poll::Pending
    }
}

impl Pollable for PipeWriter {
    /// A read would not block either: it fails.
    fn source(&self, interest: Interest) -> Source<'_> {
        match interest {
            Interest::Read => Source::Ready,
            Interest::Write => Source::Waker(self),
        }
    }

    fn readiness(&self, _: Interest) -> Readiness {
        self.0.lock().for_writer(self.0.capacity)
    }
}

impl Stream for PipeWriter {
    fn read(&self, _: &mut [IoSliceMut<'_>], _: Wait) -> Result<usize> {
        Err(Error::BadDescriptor)
    }

    fn write(&self, buffers: &[IoSlice<'_>], wait: Wait) -> Result<usize> {
        self.0.write(buffers, wait)
    }

    fn kind(&self) -> FileKind {
        FileKind::Fifo
    }
}

impl io::Write for PipeWriter {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        self.0.write(&[IoSlice::new(buffer)], Wait::Block).map_err(|error| match error {
            Error::Pipe => io::Error::from(io::ErrorKind::BrokenPipe),
            error => io::Error::other(error),
        })
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Drop for PipeWriter {
    fn drop(&mut self) {
        let mut state = self.0.lock();
        state.writer_gone = true;
        let wakers = std::mem::take(&mut state.readers);
        self.0.announce(state, wakers);
    }
}
