//! hyper's bodies as the kernel's, and the other way round.

use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use http_body::{Body, Frame as HyperFrame, SizeHint};
use hyper::body::Incoming;
use tambo_kernel::http::{BodyOf, BodyReader, BodySource, Frame, HttpError, NoBody, Permit, Request};
use tokio::runtime::Handle;
use tokio::time::{Instant, Sleep, sleep};

use crate::errors;
use crate::gate::Pass;

/// A body of the kernel's that hyper sends. If it is complete before it is sent, its length is known.
pub struct SentBody<S = BodyReader>(S);

impl<S: BodySource> SentBody<S> {
    /// The body that comes from a source.
    pub fn new(source: S) -> Self {
        Self(source)
    }
}

impl<S: BodySource + Unpin> Body for SentBody<S> {
    type Data = Bytes;
    type Error = HttpError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<HyperFrame<Bytes>, HttpError>>> {
        self.0.poll_frame(context).map_ok(|frame| match frame {
            Frame::Data(data) => HyperFrame::data(data),
            Frame::Trailers(trailers) => HyperFrame::trailers(trailers),
        })
    }

    fn is_end_stream(&self) -> bool {
        self.0.is_end()
    }

    fn size_hint(&self) -> SizeHint {
        self.0.length().map_or_else(SizeHint::default, SizeHint::with_exact)
    }
}

/// A body that hyper receives.
pub struct ReceivedBody {
    incoming: Incoming,
    of: BodyOf,
    patience: Option<Patience>,
    /// What whoever reads it has under way, of what the guest and the client may have.
    _under_way: Option<(Permit, Pass)>,
}

/// How long to wait for more, while somebody waits.
struct Patience {
    time: Duration,
    /// The runtime whose timer it is: bodies are read on any thread.
    runtime: Handle,
    sleep: Option<Pin<Box<Sleep>>>,
    is_waiting: bool,
}

impl ReceivedBody {
    /// A body that is waited for as long as it takes.
    pub fn new(incoming: Incoming, of: BodyOf) -> Self {
        Self { incoming, of, patience: None, _under_way: None }
    }

    /// Wait at most this long between two parts. To be called within a runtime, whose timer is used.
    #[must_use]
    pub fn patient_for(mut self, time: Duration) -> Self {
        self.patience = Some(Patience { time, runtime: Handle::current(), sleep: None, is_waiting: false });
        self
    }

    #[must_use]
    pub(crate) fn under_way(mut self, permit: Permit, pass: Pass) -> Self {
        self._under_way = Some((permit, pass));
        self
    }
}

impl Patience {
    /// Ready when it is at its end.
    fn poll_end(&mut self, context: &mut Context<'_>) -> Poll<()> {
        let sleep = match &mut self.sleep {
            Some(sleep) => sleep,
            None => {
                let _entered = self.runtime.enter();
                self.is_waiting = true;
                self.sleep.insert(Box::pin(sleep(self.time)))
            }
        };
        if !self.is_waiting {
            let _entered = self.runtime.enter();
            sleep.as_mut().reset(Instant::now() + self.time);
            self.is_waiting = true;
        }
        sleep.as_mut().poll(context)
    }
}

impl BodySource for ReceivedBody {
    fn poll_frame(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<Frame, HttpError>>> {
        let polled = Pin::new(&mut self.incoming).poll_frame(context);
        let Some(patience) = &mut self.patience else {
            return Poll::Ready(ready!(polled).map(|frame| kernel_frame(frame, self.of)));
        };
        match polled {
            Poll::Ready(frame) => {
                patience.is_waiting = false;
                Poll::Ready(frame.map(|frame| kernel_frame(frame, self.of)))
            }
            Poll::Pending => patience.poll_end(context).map(|()| Some(Err(HttpError::ConnectionReadTimeout))),
        }
    }

    fn length(&self) -> Option<u64> {
        self.incoming.size_hint().exact()
    }

    fn is_end(&self) -> bool {
        self.incoming.is_end_stream()
    }
}

fn kernel_frame(frame: Result<HyperFrame<Bytes>, hyper::Error>, of: BodyOf) -> Result<Frame, HttpError> {
    let frame = frame.map_err(|error| errors::of_body(&error, of))?;
    match frame.into_data() {
        Ok(data) => Ok(Frame::Data(data)),
        // There is no third kind; one that is made up would be empty.
        Err(other) => Ok(other.into_trailers().map_or_else(|_| Frame::Data(Bytes::new()), Frame::Trailers)),
    }
}

/// The request that a server received, for a guest.
pub fn received(request: Request<Incoming>) -> Request<Box<dyn BodySource>> {
    request.map(|incoming| -> Box<dyn BodySource> {
        match incoming.is_end_stream() {
            true => Box::new(NoBody),
            false => Box::new(ReceivedBody::new(incoming, BodyOf::Request)),
        }
    })
}
