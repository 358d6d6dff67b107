//! The body of a message that came in, as a guest reads it.

use std::cell::RefCell;
use std::io::{IoSlice, IoSliceMut};
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use bytes::{Buf, Bytes};
use http::HeaderMap;

use super::source::{BodySource, Frame};
use super::{HttpError, parked};
use crate::fs::FileKind;
use crate::stream::{Stream, Wait};
use crate::wait::{Interest, Pollable, Readiness, Source, Wakeable};
use crate::{Error, Result};

/// How many frames without bytes are passed over before others get their turn.
const EMPTY_FRAMES: usize = 32;

/// A body that is read as a [`Stream`], and afterwards has trailers.
pub struct IncomingBody(RefCell<State>);

struct State {
    /// None once it has ended.
    source: Option<Box<dyn BodySource>>,
    /// What was received and not yet read.
    chunk: Bytes,
    /// How it ended. Bytes may be left in `chunk`.
    end: Option<std::result::Result<Option<HeaderMap>, HttpError>>,
}

impl IncomingBody {
    /// The body that comes from a source.
    pub fn new(source: Box<dyn BodySource>) -> Self {
        Self(RefCell::new(State { source: Some(source), chunk: Bytes::new(), end: None }))
    }

    /// Ready once the body has ended, in whatever way. What is left of it is thrown away as it comes.
    pub fn poll_end(&self, context: &mut Context<'_>) -> Poll<()> {
        let mut state = self.0.borrow_mut();
        loop {
            state.chunk = Bytes::new();
            if state.end.is_some() {
                return Poll::Ready(());
            }
            if state.poll_chunk(context).is_pending() {
                return Poll::Pending;
            }
        }
    }

    /// The trailers of a body that has ended, or why it failed. They are taken: there is a success but no trailers
    /// afterwards.
    pub fn take_trailers(&self) -> Option<std::result::Result<Option<HeaderMap>, HttpError>> {
        match &mut self.0.borrow_mut().end {
            Some(Ok(trailers)) => Some(Ok(trailers.take())),
            Some(Err(error)) => Some(Err(error.clone())),
            None => None,
        }
    }

    /// The next bytes as they were received, at most `limit` of them, without a copy; none at the end. [`Error::Protocol`]
    /// as for [`Stream::read`].
    pub fn take_chunk(&self, limit: usize, wait: Wait) -> Result<Option<Bytes>> {
        self.fill(wait)?;
        let mut state = self.0.borrow_mut();
        if state.chunk.is_empty() {
            return Ok(None);
        }
        let count = limit.min(state.chunk.len());
        Ok(Some(state.chunk.split_to(count)))
    }

    /// Have bytes in the chunk, unless the body has ended well.
    fn fill(&self, wait: Wait) -> Result<()> {
        parked::wait_for(wait, |context| self.0.borrow_mut().poll_chunk(context))?
    }
}

/// The end of a body, to be waited for.
pub struct BodyEnd(Rc<IncomingBody>);

impl BodyEnd {
    /// Of a body that nobody reads any more.
    pub fn new(body: Rc<IncomingBody>) -> Self {
        Self(body)
    }

    /// The trailers, if there were any, or why the body failed; none before its end. As
    /// [`IncomingBody::take_trailers`], the trailers are there once.
    pub fn outcome(&self) -> Option<std::result::Result<Option<HeaderMap>, HttpError>> {
        // Nobody may have polled it since the end came.
        match self.0.poll_end(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(()) => self.0.take_trailers(),
            Poll::Pending => None,
        }
    }
}

impl Wakeable for BodyEnd {
    fn poll_ready(&self, _: Interest, context: &mut Context<'_>) -> Poll<Readiness> {
        self.0.poll_end(context).map(|()| Readiness::default())
    }
}

impl Pollable for BodyEnd {
    fn source(&self, _: Interest) -> Source<'_> {
        Source::Waker(self)
    }
}

impl State {
    /// Ready once there are bytes in the chunk, or the end.
    fn poll_chunk(&mut self, context: &mut Context<'_>) -> Poll<Result<()>> {
        for _ in 0..EMPTY_FRAMES {
            if !self.chunk.is_empty() {
                return Poll::Ready(Ok(()));
            }
            let Some(source) = &mut self.source else {
                return Poll::Ready(if matches!(self.end, Some(Err(_))) { Err(Error::Protocol) } else { Ok(()) });
            };
            match source.poll_frame(context) {
                Poll::Pending => return Poll::Pending,
                Poll::Ready(Some(Ok(Frame::Data(data)))) => self.chunk = data,
                Poll::Ready(Some(Ok(Frame::Trailers(trailers)))) => self.end(Ok(Some(trailers))),
                Poll::Ready(None) => self.end(Ok(None)),
                Poll::Ready(Some(Err(error))) => self.end(Err(error)),
            }
        }
        context.waker().wake_by_ref();
        Poll::Pending
    }

    fn end(&mut self, outcome: std::result::Result<Option<HeaderMap>, HttpError>) {
        self.source = None;
        self.end = Some(outcome);
    }
}

impl Wakeable for IncomingBody {
    fn poll_ready(&self, interest: Interest, context: &mut Context<'_>) -> Poll<Readiness> {
        self.0.borrow_mut().poll_chunk(context).map(|_| self.readiness(interest))
    }
}

impl Pollable for IncomingBody {
    /// A write would not block either: it fails.
    fn source(&self, interest: Interest) -> Source<'_> {
        match interest {
            Interest::Read => Source::Waker(self),
            Interest::Write => Source::Ready,
        }
    }

    fn readiness(&self, _: Interest) -> Readiness {
        match self.0.try_borrow() {
            Ok(state) => Readiness { bytes: state.chunk.len() as u64, hangup: state.end.is_some() },
            Err(_) => Readiness::default(),
        }
    }
}

impl Stream for IncomingBody {
    /// [`Error::Protocol`] if the body failed: [`Stream::http_error`] says how.
    fn read(&self, buffers: &mut [IoSliceMut<'_>], wait: Wait) -> Result<usize> {
        if buffers.iter().all(|buffer| buffer.is_empty()) {
            return Ok(0);
        }
        self.fill(wait)?;
        let mut state = self.0.borrow_mut();
        let mut count = 0;
        for buffer in buffers {
            let part = buffer.len().min(state.chunk.len());
            state.chunk.copy_to_slice(&mut buffer[..part]);
            count += part;
        }
        Ok(count)
    }

    fn write(&self, _: &[IoSlice<'_>], _: Wait) -> Result<usize> {
        Err(Error::BadDescriptor)
    }

    fn kind(&self) -> FileKind {
        FileKind::Fifo
    }

    fn at_hand(&self) -> Option<usize> {
        // Why there is nothing, the read tells.
        self.fill(Wait::Try).ok()?;
        Some(self.0.borrow().chunk.len()).filter(|&len| len > 0)
    }

    fn http_error(&self) -> Option<HttpError> {
        match &self.0.borrow().end {
            Some(Err(error)) => Some(error.clone()),
            _ => None,
        }
    }
}

#[cfg(test)]
#[path = "incoming_tests.rs"]
mod tests;
