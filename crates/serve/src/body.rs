//! The body of a response on its way out, and what ends with it.

use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Frame as WireFrame, SizeHint};
use tambo_kernel::http::{BodyReader, BodySource as _, Frame, HttpError};

use crate::exchange::Exchange;
use crate::guest::Tail;
use crate::peer_wait::PeerWait;

/// A response's body: a text of the server's own, or what a guest writes.
pub struct Body {
    contents: Contents,
    /// Since when it has been the client's turn; for bodies of several pieces only.
    wait: Option<Arc<PeerWait>>,
    /// The guest that still writes it, or does something else.
    tail: Option<Rc<Tail>>,
    /// Ends when the body does.
    exchange: Option<Exchange>,
}

enum Contents {
    Text(Option<Bytes>),
    Guest(BodyReader),
}

impl Body {
    /// These bytes.
    pub fn text(text: impl Into<Bytes>) -> Self {
        let text = Some(text.into()).filter(|text: &Bytes| !text.is_empty());
        Self { contents: Contents::Text(text), wait: None, tail: None, exchange: None }
    }

    /// What is written to the other end of it, or has been.
    pub fn reader(reader: BodyReader) -> Self {
        Self::guest(reader, None)
    }

    /// What a guest writes, or has written.
    pub(crate) fn guest(reader: BodyReader, tail: Option<Rc<Tail>>) -> Self {
        Self { contents: Contents::Guest(reader), wait: None, tail, exchange: None }
    }

    pub(crate) fn attach(mut self, exchange: Exchange) -> Self {
        self.exchange = Some(exchange);
        self
    }

    fn poll_contents(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<Frame, HttpError>>> {
        match &mut self.contents {
            Contents::Text(text) => Poll::Ready(text.take().map(|text| Ok(Frame::Data(text)))),
            Contents::Guest(reader) => reader.poll_frame(context),
        }
    }

    fn is_end(&self) -> bool {
        match &self.contents {
            Contents::Text(text) => text.is_none(),
            Contents::Guest(reader) => reader.is_end(),
        }
    }

    /// Bytes were handed over: until the next are asked for, it is the client's turn.
    fn note(&mut self, bytes: usize) {
        let Some(exchange) = &mut self.exchange else { return };
        exchange.sent(bytes);
        if self.is_end() {
            return;
        }
        let Some(exchange) = &self.exchange else { return };
        let wait = self.wait.get_or_insert_with(|| exchange.watch());
        wait.moved(bytes);
        wait.begin();
    }
}

impl http_body::Body for Body {
    type Data = Bytes;
    type Error = HttpError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<WireFrame<Bytes>, HttpError>>> {
        if let Some(wait) = &self.wait {
            wait.end();
        }
        let polled = self.poll_contents(context);
        match &polled {
            Poll::Ready(Some(Ok(Frame::Data(data)))) => {
                let bytes = data.len();
                self.note(bytes);
            }
            Poll::Ready(Some(Err(error))) => {
                if let Some(exchange) = &mut self.exchange {
                    exchange.broke(error);
                }
            }
            _ => {}
        }
        polled.map_ok(|frame| match frame {
            Frame::Data(data) => WireFrame::data(data),
            Frame::Trailers(trailers) => WireFrame::trailers(trailers),
        })
    }

    fn is_end_stream(&self) -> bool {
        self.is_end()
    }

    fn size_hint(&self) -> SizeHint {
        let length = match &self.contents {
            Contents::Text(text) => Some(text.as_ref().map_or(0, Bytes::len) as u64),
            Contents::Guest(reader) => reader.length(),
        };
        length.map_or_else(SizeHint::default, SizeHint::with_exact)
    }
}

impl Drop for Body {
    fn drop(&mut self) {
        if let Some(tail) = &self.tail {
            tail.body_is_over();
        }
    }
}
