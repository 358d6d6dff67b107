//! Where the bytes of a body come from.

use std::task::{Context, Poll};

use bytes::Bytes;
use http::HeaderMap;

use super::HttpError;

/// A part of a body.
#[derive(Debug)]
pub enum Frame {
    /// Some of its bytes.
    Data(Bytes),
    /// Its trailers; the last frame.
    Trailers(HeaderMap),
}

/// A body to be read: from the wire, from a guest, or made up. Dropping it tells its producer that nobody wants more.
pub trait BodySource: Send {
    /// The next part; none at the end; an error, after which there is nothing more. If there is none yet, the waker is
    /// woken when there is.
    fn poll_frame(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<Frame, HttpError>>>;

    /// How many bytes are left, if that is known.
    fn length(&self) -> Option<u64> {
        None
    }

    /// Whether it is known that nothing is left, neither bytes nor trailers.
    fn is_end(&self) -> bool {
        self.length() == Some(0)
    }
}

impl<S: BodySource + ?Sized> BodySource for Box<S> {
    fn poll_frame(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<Frame, HttpError>>> {
        (**self).poll_frame(context)
    }

    fn length(&self) -> Option<u64> {
        (**self).length()
    }

    fn is_end(&self) -> bool {
        (**self).is_end()
    }
}

/// The body of a message that has none.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoBody;

impl BodySource for NoBody {
    fn poll_frame(&mut self, _: &mut Context<'_>) -> Poll<Option<Result<Frame, HttpError>>> {
        Poll::Ready(None)
    }

    fn length(&self) -> Option<u64> {
        Some(0)
    }
}
