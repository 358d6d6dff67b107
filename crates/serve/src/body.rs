//! The body of a response on its way out, and what ends with it.

use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http_body::{Frame as WireFrame, SizeHint};
use tambo_kernel::http::{BodyReader, BodySource as _, Frame, HttpError};

use crate::exchange::Exchange;
use crate::guest::Tail;
use crate::piece::Piece;
use crate::unsent::Unsent;

/// A response's body: a text of the server's own, or what a guest writes.
pub struct Body {
    contents: Contents,
    /// The guest that still writes it, or does something else.
    tail: Option<Rc<Tail>>,
    /// The name of the component that writes it.
    component: Option<Rc<str>>,
    /// Where it is counted what is written to it, and by which key.
    counted: Option<(Rc<Unsent>, usize)>,
    /// Ends when the body does, or its last piece.
    exchange: Option<Exchange>,
}

enum Contents {
    Text(Option<Bytes>),
    Guest(BodyReader),
}

impl Body {
    /// These bytes.
    pub fn text(text: impl Into<Bytes>) -> Self {
        Self::of(Contents::Text(Some(text.into()).filter(|text: &Bytes| !text.is_empty())))
    }

    /// What is written to the other end of it, or has been.
    pub fn reader(reader: BodyReader) -> Self {
        Self::of(Contents::Guest(reader))
    }

    /// What a guest of a component writes, or has written.
    pub(crate) fn guest(reader: BodyReader, tail: Option<Rc<Tail>>, component: Rc<str>) -> Self {
        let mut body = Self::reader(reader);
        (body.tail, body.component) = (tail, Some(component));
        body
    }

    fn of(contents: Contents) -> Self {
        Self { contents, tail: None, component: None, counted: None, exchange: None }
    }

    pub(crate) fn attach(mut self, mut exchange: Exchange) -> Self {
        if self.is_end() {
            exchange.is_complete();
        }
        if let (Contents::Guest(reader), Some(unsent)) = (&self.contents, exchange.unsent()) {
            self.counted = Some((unsent.clone(), unsent.enter(reader.gauge())));
        }
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

    /// Bytes go out: until the next are asked for, it is the client's turn.
    fn hand_over(&mut self, data: Bytes) -> Piece {
        let is_end = self.is_end();
        let Some(exchange) = &mut self.exchange else { return Piece::uncounted(data) };
        exchange.sent(data.len());
        let Some(unsent) = exchange.unsent().cloned() else {
            if is_end {
                exchange.is_complete();
            } else {
                exchange.clients_turn(data.len());
            }
            return Piece::uncounted(data);
        };
        exchange.clients_turn(data.len());
        Piece::counted(data, unsent, self.exchange.take_if(|_| is_end))
    }

    fn end(&mut self, outcome: Result<(), &HttpError>) {
        let (Some(exchange), component) = (&mut self.exchange, self.component.as_deref()) else { return };
        match outcome {
            Ok(()) => exchange.is_complete(),
            Err(error) => exchange.broke(error, component.unwrap_or_default()),
        }
    }
}

impl http_body::Body for Body {
    type Data = Piece;
    type Error = HttpError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<WireFrame<Piece>, HttpError>>> {
        if let Some(exchange) = &mut self.exchange {
            ready!(exchange.poll_asked(context));
        }
        let polled = ready!(self.poll_contents(context));
        Poll::Ready(Some(match polled {
            Some(Ok(Frame::Data(data))) => Ok(WireFrame::data(self.hand_over(data))),
            Some(Ok(Frame::Trailers(trailers))) => {
                self.end(Ok(()));
                Ok(WireFrame::trailers(trailers))
            }
            Some(Err(error)) => {
                self.end(Err(&error));
                Err(error)
            }
            None => {
                self.end(Ok(()));
                return Poll::Ready(None);
            }
        }))
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
        if let Some((unsent, key)) = &self.counted {
            unsent.leave(*key);
        }
        if let Some(tail) = &self.tail {
            tail.body_is_over();
        }
    }
}
