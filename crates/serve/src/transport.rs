//! The bytes of a connection on their way to hyper: which protocol they begin with, that some arrived, of HTTP/1.1 how long
//! heads are, and of HTTP/2 how many frames carry nothing.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use bytes::{Buf as _, Bytes, BytesMut};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, ReadBuf};

use crate::activity::{Activity, Over};
use crate::frames::FrameMeter;

/// The beginning of a connection of HTTP/2 (RFC 9113, section 3.4). No request of HTTP/1 begins so.
const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
/// What ends no line, and so no head.
const FILLER: u8 = b'x';
/// How much is read to find out.
const FIRST_READ: usize = 4096;

/// What a connection speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Protocol {
    Http1,
    Http2,
}

/// Read until it is clear which protocol it is. Answers also what was read.
pub(crate) async fn detect(io: &mut (impl AsyncRead + Unpin), activity: &Activity) -> io::Result<(Protocol, Bytes)> {
    let mut ahead = BytesMut::with_capacity(FIRST_READ);
    loop {
        let count = io.read_buf(&mut ahead).await?;
        activity.heard();
        let known = ahead.len().min(PREFACE.len());
        if ahead[..known] != PREFACE[..known] || count == 0 {
            return Ok((Protocol::Http1, ahead.freeze()));
        }
        if known == PREFACE.len() {
            return Ok((Protocol::Http2, ahead.freeze()));
        }
    }
}

/// A connection's bytes, the first of which were read before.
pub(crate) struct Transport<T> {
    inner: T,
    ahead: Bytes,
    activity: Rc<Activity>,
    watch: Watch,
}

/// What is watched.
pub(crate) enum Watch {
    /// Of HTTP/1.1.
    Heads(HeadMeter),
    /// Of HTTP/2.
    Frames(FrameMeter),
}

/// How much of a head has arrived. hyper bounds heads by the size of its buffer, which has to be larger for bodies to come in
/// large pieces.
pub(crate) struct HeadMeter {
    most: usize,
    seen: usize,
    /// The number of the request that it is the head of.
    number: u64,
}

impl HeadMeter {
    /// Heads may have so many bytes.
    pub(crate) fn new(most: usize) -> Self {
        Self { most, seen: 0, number: 0 }
    }

    /// How many bytes may be read while a head is awaited: none if more came than it may have, and it is not complete.
    fn room(&mut self, number: u64) -> usize {
        if self.number != number {
            (self.number, self.seen) = (number, 0);
        }
        // With one more it is too long; a head of just the right length is complete.
        self.most.saturating_add(1).saturating_sub(self.seen)
    }
}

impl<T> Transport<T> {
    pub(crate) fn new(inner: T, ahead: Bytes, activity: Rc<Activity>, watch: Watch) -> Self {
        Self { inner, ahead, activity, watch }
    }

    fn note_written(&mut self, written: &Poll<io::Result<usize>>) {
        let Poll::Ready(outcome) = written else { return };
        self.activity.left();
        if let (Watch::Frames(meter), Ok(count)) = (&mut self.watch, outcome) {
            meter.sent(*count);
        }
    }

    fn note(&mut self, bytes: &[u8]) {
        self.activity.arrived();
        match &mut self.watch {
            Watch::Heads(meter) => meter.seen = meter.seen.saturating_add(bytes.len()),
            Watch::Frames(meter) => {
                if !meter.follow(bytes) {
                    self.activity.end(Over::Flood);
                }
            }
        }
    }

    /// How many bytes may be read now.
    fn room(&mut self) -> usize {
        match (&mut self.watch, self.activity.awaits_head()) {
            (Watch::Heads(meter), Some(number)) => meter.room(number),
            _ => usize::MAX,
        }
    }
}

impl<T: AsyncRead + Unpin> AsyncRead for Transport<T> {
    fn poll_read(mut self: Pin<&mut Self>, context: &mut Context<'_>, out: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let room = self.room();
        if room == 0 {
            // It gets longer, until it is too long for hyper too, which knows how to answer that.
            let rest = out.initialize_unfilled();
            rest.fill(FILLER);
            let count = rest.len();
            out.advance(count);
            return Poll::Ready(Ok(()));
        }
        if room >= out.remaining() {
            return self.poll_part(context, out);
        }
        let mut part = ReadBuf::new(out.initialize_unfilled_to(room));
        let polled = self.poll_part(context, &mut part);
        let count = part.filled().len();
        out.advance(count);
        polled
    }
}

impl<T: AsyncRead + Unpin> Transport<T> {
    fn poll_part(&mut self, context: &mut Context<'_>, out: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let before = out.filled().len();
        if !self.ahead.is_empty() {
            let count = self.ahead.len().min(out.remaining());
            out.put_slice(&self.ahead[..count]);
            self.ahead.advance(count);
        } else if Pin::new(&mut self.inner).poll_read(context, out)?.is_pending() {
            return Poll::Pending;
        }
        let new = &out.filled()[before..];
        if !new.is_empty() {
            self.note(new);
        }
        Poll::Ready(Ok(()))
    }
}

impl<T: AsyncWrite + Unpin> AsyncWrite for Transport<T> {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.inner).poll_write(context, bytes);
        self.note_written(&written);
        written
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffers: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.inner).poll_write_vectored(context, buffers);
        self.note_written(&written);
        written
    }

    fn is_write_vectored(&self) -> bool {
        self.inner.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_shutdown(context)
    }
}
