//! The body of a message that a guest sends: the end of a bounded pipe that the guest writes to, and the end that the
//! wire takes from.
//!
//! What a guest writes is copied once, out of its memory, and leaves in few pieces whatever the size of the writes was.
//! A flush does not wait for the wire, so that a handler that writes, flushes and finishes is done before anybody looks:
//! its body is one chunk of known length, and no task has to wake another for it.
//!
//! # State
//!
//! As in [`promise`](super::promise()): one mutex, and wakers that are taken out under it and woken after it.

use std::io::IoSlice;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use http::{HeaderMap, HeaderName};

use super::chunks::Chunks;
use super::source::{BodySource, Frame};
use super::wakers::Wakers;
use super::{HttpError, parked};
use crate::fs::FileKind;
use crate::stream::{Stream, Wait};
use crate::wait::{Interest, Pollable, Readiness, Source, Wakeable};
use crate::{Error, Result};

/// What a body is part of: how its errors are called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BodyOf {
    /// A request.
    Request,
    /// A response.
    Response,
}

/// A body that holds at most `capacity` bytes (at least one) until the wire takes them. `length` is what the message
/// announced: a body that turns out otherwise is an error, for both sides.
pub fn body(of: BodyOf, capacity: usize, length: Option<u64>) -> (OutgoingBody, BodyReader) {
    let state = State {
        buffer: Chunks::default(),
        taken: 0,
        length,
        writer: Writer::Open,
        reader_gone: false,
        readers: Wakers::default(),
        writers: Wakers::default(),
    };
    let shared = Arc::new(Shared { of, capacity: capacity.max(1), state: Mutex::new(state) });
    (OutgoingBody(shared.clone()), BodyReader(shared))
}

/// The guest's end. Dropping it before it was [finished](OutgoingBody::finish) fails the body.
pub struct OutgoingBody(Arc<Shared>);

/// The wire's end. Dropping it tells the guest that nobody reads.
pub struct BodyReader(Arc<Shared>);

/// How much of a body waits for the wire.
pub struct BodyGauge(Arc<Shared>);

impl BodyGauge {
    /// Bytes that were written and not taken.
    pub fn bytes(&self) -> usize {
        self.0.lock().buffer.len()
    }

    /// The most that it may be.
    pub fn capacity(&self) -> usize {
        self.0.capacity
    }
}

struct Shared {
    of: BodyOf,
    capacity: usize,
    state: Mutex<State>,
}

struct State {
    buffer: Chunks,
    /// Bytes that the reader has taken.
    taken: u64,
    /// What was announced.
    length: Option<u64>,
    writer: Writer,
    reader_gone: bool,
    readers: Wakers,
    writers: Wakers,
}

enum Writer {
    Open,
    Finished(Option<HeaderMap>),
    Failed(HttpError),
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What it is called that a body is not as long as was announced.
    fn wrong_size(&self, size: u64) -> HttpError {
        match self.of {
            BodyOf::Request => HttpError::HttpRequestBodySize(Some(size)),
            BodyOf::Response => HttpError::HttpResponseBodySize(Some(size)),
        }
    }

    /// Let go of the state and have the reader look.
    fn tell_reader(mut state: MutexGuard<'_, State>) {
        let wakers = state.readers.take();
        drop(state);
        wakers.wake();
    }

    /// Whether a write would do something else than wait.
    fn is_writable(&self, state: &State) -> bool {
        state.buffer.len() < self.capacity || state.reader_gone || !matches!(state.writer, Writer::Open)
    }

    fn write(&self, buffers: &[IoSlice<'_>]) -> Result<Option<usize>> {
        let mut state = self.lock();
        match state.writer {
            Writer::Open => {}
            Writer::Finished(_) => return Err(Error::BadDescriptor),
            Writer::Failed(_) => return Err(Error::Protocol),
        }
        if state.reader_gone {
            return Err(Error::Pipe);
        }
        let wanted: usize = buffers.iter().map(|buffer| buffer.len()).sum();
        let count = wanted.min(self.capacity - state.buffer.len().min(self.capacity));
        if count == 0 {
            return Ok(if wanted == 0 { Some(0) } else { None });
        }
        let total = state.written().saturating_add(count as u64);
        if state.length.is_some_and(|length| total > length) {
            state.writer = Writer::Failed(self.wrong_size(total));
            Self::tell_reader(state);
            return Err(Error::Protocol);
        }
        state.buffer.add(buffers, count);
        Self::tell_reader(state);
        Ok(Some(count))
    }

    fn finish(&self, trailers: Option<HeaderMap>) -> std::result::Result<(), HttpError> {
        let mut state = self.lock();
        if let Writer::Failed(error) = &state.writer {
            return Err(error.clone());
        }
        let written = state.written();
        let outcome = match state.length {
            Some(length) if length != written => Err(self.wrong_size(written)),
            _ => Ok(()),
        };
        state.writer = match &outcome {
            Ok(()) => Writer::Finished(trailers),
            Err(error) => Writer::Failed(error.clone()),
        };
        Self::tell_reader(state);
        outcome
    }

    fn poll_writable(&self, context: &mut Context<'_>) -> Poll<Readiness> {
        let mut state = self.lock();
        if self.is_writable(&state) {
            return Poll::Ready(self.writer_readiness(&state));
        }
        let oldest = state.writers.register(context.waker());
        drop(state);
        oldest.into_iter().for_each(Waker::wake);
        Poll::Pending
    }

    fn writer_readiness(&self, state: &State) -> Readiness {
        Readiness { bytes: self.capacity.saturating_sub(state.buffer.len()) as u64, hangup: state.reader_gone }
    }
}

impl State {
    fn written(&self) -> u64 {
        self.taken + self.buffer.len() as u64
    }
}

impl OutgoingBody {
    /// The body is complete. Fails, for both sides, if it is not as long as was announced, or had failed before.
    pub fn finish(self, trailers: Option<HeaderMap>) -> std::result::Result<(), HttpError> {
        self.0.finish(trailers)
    }

    /// The body will never be complete, and why.
    pub fn fail(self, error: HttpError) {
        self.0.fail(error);
    }

    /// Another handle, for a stream that ends before the body does. Dropping it does nothing.
    pub fn stream(&self) -> impl Stream + use<> {
        OutgoingStream(self.0.clone())
    }
}

impl Shared {
    fn fail(&self, error: HttpError) {
        let mut state = self.lock();
        if matches!(state.writer, Writer::Open) {
            state.writer = Writer::Failed(error);
            Self::tell_reader(state);
        }
    }
}

impl Drop for OutgoingBody {
    fn drop(&mut self) {
        self.0.fail(HttpError::internal("the guest dropped the body before it was finished"));
    }
}

/// What a guest writes the contents of a body to.
struct OutgoingStream(Arc<Shared>);

impl Wakeable for OutgoingStream {
    fn poll_ready(&self, _: Interest, context: &mut Context<'_>) -> Poll<Readiness> {
        self.0.poll_writable(context)
    }
}

impl Pollable for OutgoingStream {
    /// A read would not block either: it fails.
    fn source(&self, interest: Interest) -> Source<'_> {
        match interest {
            Interest::Read => Source::Ready,
            Interest::Write => Source::Waker(self),
        }
    }

    fn readiness(&self, _: Interest) -> Readiness {
        self.0.writer_readiness(&self.0.lock())
    }
}

impl Stream for OutgoingStream {
    fn read(&self, _: &mut [std::io::IoSliceMut<'_>], _: Wait) -> Result<usize> {
        Err(Error::BadDescriptor)
    }

    fn write(&self, buffers: &[IoSlice<'_>], wait: Wait) -> Result<usize> {
        loop {
            if let Some(count) = self.0.write(buffers)? {
                return Ok(count);
            }
            parked::wait_for(wait, |context| self.0.poll_writable(context))?;
        }
    }

    fn kind(&self) -> FileKind {
        FileKind::Fifo
    }

    fn http_error(&self) -> Option<HttpError> {
        match &self.0.lock().writer {
            Writer::Failed(error) => Some(error.clone()),
            _ => None,
        }
    }
}

impl BodyReader {
    /// A body of nothing.
    pub fn empty(of: BodyOf) -> Self {
        let (writer, reader) = body(of, 1, None);
        // It was told no length that this could contradict.
        drop(writer.finish(None));
        reader
    }

    /// Why the body will never be complete, if that is known.
    pub fn failure(&self) -> Option<HttpError> {
        match &self.0.lock().writer {
            Writer::Failed(error) => Some(error.clone()),
            _ => None,
        }
    }

    /// The names of its trailers, if it is known already which it has.
    pub fn trailer_names(&self) -> Vec<HeaderName> {
        match &self.0.lock().writer {
            Writer::Finished(Some(trailers)) => trailers.keys().cloned().collect(),
            _ => Vec::new(),
        }
    }

    /// What tells how much waits.
    pub fn gauge(&self) -> BodyGauge {
        BodyGauge(self.0.clone())
    }

    /// Ready once there is something to send, or nothing more will come.
    pub fn poll_begun(&self, context: &mut Context<'_>) -> Poll<()> {
        let mut state = self.0.lock();
        if !state.buffer.is_empty() || !matches!(state.writer, Writer::Open) {
            return Poll::Ready(());
        }
        let oldest = state.readers.register(context.waker());
        drop(state);
        oldest.into_iter().for_each(Waker::wake);
        Poll::Pending
    }
}

impl BodySource for BodyReader {
    fn poll_frame(&mut self, context: &mut Context<'_>) -> Poll<Option<std::result::Result<Frame, HttpError>>> {
        let mut state = self.0.lock();
        if let Some(data) = state.buffer.take() {
            state.taken += data.len() as u64;
            let wakers = state.writers.take();
            drop(state);
            wakers.wake();
            return Poll::Ready(Some(Ok(Frame::Data(data))));
        }
        match &mut state.writer {
            Writer::Finished(trailers) => Poll::Ready(trailers.take().map(|trailers| Ok(Frame::Trailers(trailers)))),
            Writer::Failed(error) => Poll::Ready(Some(Err(error.clone()))),
            Writer::Open => {
                let oldest = state.readers.register(context.waker());
                drop(state);
                oldest.into_iter().for_each(Waker::wake);
                Poll::Pending
            }
        }
    }

    fn length(&self) -> Option<u64> {
        let state = self.0.lock();
        match (&state.writer, state.length) {
            (Writer::Failed(_), _) => None,
            // Trailers do not go with a length on HTTP/1.
            (Writer::Finished(None), _) => Some(state.buffer.len() as u64),
            (_, length) => length.map(|length| length.saturating_sub(state.taken)),
        }
    }

    fn is_end(&self) -> bool {
        let state = self.0.lock();
        state.buffer.is_empty() && matches!(state.writer, Writer::Finished(None))
    }
}

impl Drop for BodyReader {
    fn drop(&mut self) {
        let mut state = self.0.lock();
        state.reader_gone = true;
        // Nobody will ever read them.
        state.buffer.clear();
        let wakers = state.writers.take();
        drop(state);
        wakers.wake();
    }
}

#[cfg(test)]
#[path = "outgoing_tests.rs"]
mod tests;
