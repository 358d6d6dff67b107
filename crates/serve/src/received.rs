//! The body of a request as the guest pulls it: no more of it than is allowed, and the client's turn noted.

use std::error::Error as _;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use http_body::Body as _;
use hyper::body::Incoming;
use tambo_kernel::http::{BodySource, Frame, HttpError};

use crate::peer_wait::PeerWait;

/// A body on its way in.
pub(crate) struct Received {
    incoming: Incoming,
    left: u64,
    /// How much is allowed in all.
    limit: u64,
    wait: Arc<PeerWait>,
}

impl Received {
    pub(crate) fn new(incoming: Incoming, limit: Option<u64>, wait: Arc<PeerWait>) -> Self {
        let limit = limit.unwrap_or(u64::MAX);
        Self { incoming, left: limit, limit, wait }
    }
}

impl BodySource for Received {
    fn poll_frame(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<Frame, HttpError>>> {
        if self.wait.is_given_up() {
            return Poll::Ready(Some(Err(HttpError::ConnectionReadTimeout)));
        }
        let waker = self.wait.waker(context.waker());
        let polled = Pin::new(&mut self.incoming).poll_frame(&mut Context::from_waker(&waker));
        if polled.is_pending() {
            self.wait.begin();
        } else {
            self.wait.end();
            if self.incoming.is_end_stream() {
                self.wait.finish();
            }
        }
        let frame = match ready!(polled) {
            None => return Poll::Ready(None),
            Some(Ok(frame)) => frame,
            Some(Err(error)) => {
                let is_malformed = is_malformed(&error);
                if is_malformed {
                    self.wait.found_malformed();
                }
                let failure = if is_malformed { HttpError::HttpProtocolError } else { HttpError::ConnectionTerminated };
                return Poll::Ready(Some(Err(failure)));
            }
        };
        Poll::Ready(Some(match frame.into_data() {
            Ok(data) => {
                self.wait.moved(data.len());
                match self.left.checked_sub(data.len() as u64) {
                    Some(left) => {
                        self.left = left;
                        Ok(Frame::Data(data))
                    }
                    None => Err(HttpError::HttpRequestBodySize(Some(self.limit))),
                }
            }
            Err(frame) => Ok(Frame::Trailers(frame.into_trailers().unwrap_or_default())),
        }))
    }

    fn length(&self) -> Option<u64> {
        self.incoming.size_hint().exact()
    }

    fn is_end(&self) -> bool {
        self.incoming.is_end_stream()
    }
}

/// Whether the client sent what it must not, rather than went away. What is wrong with chunks, the library tells as an
/// error of input and output.
fn is_malformed(error: &hyper::Error) -> bool {
    let source = error.source();
    if let Some(error) = source.and_then(|source| source.downcast_ref::<io::Error>()) {
        return matches!(error.kind(), io::ErrorKind::InvalidInput | io::ErrorKind::InvalidData);
    }
    let of_stream = source.and_then(|source| source.downcast_ref::<h2::Error>());
    error.is_parse() || of_stream.is_some_and(|error| error.is_library() && error.is_reset())
}
