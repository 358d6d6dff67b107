//! Bodies that guests read.

use std::collections::VecDeque;

use super::*;
use crate::http::{BodyOf, body};

/// Plays what it is told, then ends.
struct Played(VecDeque<Poll<std::result::Result<Frame, HttpError>>>);

impl BodySource for Played {
    fn poll_frame(&mut self, context: &mut Context<'_>) -> Poll<Option<std::result::Result<Frame, HttpError>>> {
        context.waker().wake_by_ref();
        match self.0.pop_front() {
            None => Poll::Ready(None),
            Some(next) => next.map(Some),
        }
    }
}

fn played(frames: impl IntoIterator<Item = Poll<std::result::Result<Frame, HttpError>>>) -> IncomingBody {
    IncomingBody::new(Box::new(Played(frames.into_iter().collect())))
}

fn data(text: &'static str) -> Poll<std::result::Result<Frame, HttpError>> {
    Poll::Ready(Ok(Frame::Data(Bytes::from_static(text.as_bytes()))))
}

fn read(body: &IncomingBody, room: usize, wait: Wait) -> Result<String> {
    let mut buffer = vec![0; room];
    let count = body.read(&mut [IoSliceMut::new(&mut buffer)], wait)?;
    buffer.truncate(count);
    Ok(String::from_utf8(buffer).unwrap())
}

#[test]
fn bytes_come_in_order_and_then_the_trailers() {
    let mut trailers = HeaderMap::new();
    trailers.insert("a", http::HeaderValue::from_static("1"));
    let body = played([data("abc"), Poll::Pending, data("def"), Poll::Ready(Ok(Frame::Trailers(trailers)))]);
    assert_eq!(read(&body, 2, Wait::Try).unwrap(), "ab");
    assert_eq!(read(&body, 2, Wait::Try).unwrap(), "c");
    assert_eq!(read(&body, 2, Wait::Try), Err(Error::WouldBlock));
    assert_eq!(read(&body, 9, Wait::Block).unwrap(), "def");
    assert!(body.take_trailers().is_none());
    assert_eq!(read(&body, 9, Wait::Block).unwrap(), "");
    assert_eq!(body.take_trailers().unwrap().unwrap().unwrap()["a"], "1");
    assert_eq!(body.take_trailers(), Some(Ok(None)));
}

#[test]
fn attack_14_trailers_come_although_nobody_reads() {
    let body = played([data("abc"), data("def"), Poll::Ready(Ok(Frame::Trailers(HeaderMap::new())))]);
    assert_eq!(read(&body, 1, Wait::Try).unwrap(), "a");
    assert!(body.poll_end(&mut Context::from_waker(Waker::noop())).is_ready());
    assert_eq!(body.take_trailers(), Some(Ok(Some(HeaderMap::new()))));
    assert_eq!(read(&body, 1, Wait::Try).unwrap(), "");
}

#[test]
fn a_failure_comes_after_the_bytes_before_it_and_stays() {
    let body = played([data("ab"), Poll::Ready(Err(HttpError::HttpResponseIncomplete))]);
    assert_eq!(read(&body, 9, Wait::Try).unwrap(), "ab");
    for _ in 0..2 {
        assert_eq!(read(&body, 9, Wait::Try), Err(Error::Protocol));
        assert_eq!(body.http_error(), Some(HttpError::HttpResponseIncomplete));
        assert_eq!(body.take_trailers(), Some(Err(HttpError::HttpResponseIncomplete)));
    }
}

#[test]
fn attack_16_empty_frames_let_others_have_their_turn() {
    let body = played((0..100).map(|_| data("")));
    assert_eq!(read(&body, 1, Wait::Try), Err(Error::WouldBlock));
    assert_eq!(read(&body, 1, Wait::Block).unwrap(), "");
}

#[test]
fn a_body_that_a_guest_writes_is_one_that_a_guest_reads() {
    let (writer, reader) = body(BodyOf::Request, 8, None);
    let incoming = IncomingBody::new(Box::new(reader));
    assert_eq!(read(&incoming, 9, Wait::Try), Err(Error::WouldBlock));
    writer.stream().write(&[IoSlice::new(b"hello")], Wait::Try).unwrap();
    assert_eq!(incoming.take_chunk(3, Wait::Try).unwrap().unwrap(), "hel");
    assert_eq!(read(&incoming, 9, Wait::Try).unwrap(), "lo");
    writer.finish(None).unwrap();
    assert_eq!(incoming.take_chunk(3, Wait::Try), Ok(None));
}

#[test]
fn what_is_at_hand_is_what_the_next_read_gives() {
    let failed = Poll::Ready(Err(HttpError::HttpResponseIncomplete));
    let body = played([data("abc"), Poll::Pending, data("d"), failed]);
    assert_eq!(body.at_hand(), Some(3));
    assert_eq!(read(&body, 2, Wait::Try).unwrap(), "ab");
    assert_eq!(body.at_hand(), Some(1));
    assert_eq!(read(&body, 9, Wait::Try).unwrap(), "c");
    assert_eq!(body.at_hand(), None);
    assert_eq!(read(&body, 9, Wait::Try).unwrap(), "d");
    assert_eq!(body.at_hand(), None);
    assert_eq!(read(&body, 9, Wait::Try), Err(Error::Protocol));
}
