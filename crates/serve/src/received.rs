//! The body of a request as the guest pulls it: no more of it than is allowed, and the client's turn noted.

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
        let polled = Pin::new(&mut self.incoming).poll_frame(context);
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
            Some(Err(error)) => return Poll::Ready(Some(Err(failure(&error)))),
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

fn failure(error: &hyper::Error) -> HttpError {
    if error.is_parse() { HttpError::HttpProtocolError } else { HttpError::ConnectionTerminated }
}
