//! Bodies that guests write.

use std::thread;

use super::*;

fn write(stream: &impl Stream, text: &str) -> Result<usize> {
    stream.write(&[IoSlice::new(text.as_bytes())], Wait::Try)
}

fn next(reader: &mut BodyReader) -> Poll<Option<std::result::Result<Frame, HttpError>>> {
    reader.poll_frame(&mut Context::from_waker(Waker::noop()))
}

fn data(reader: &mut BodyReader) -> String {
    match next(reader) {
        Poll::Ready(Some(Ok(Frame::Data(data)))) => String::from_utf8(data.to_vec()).unwrap(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_body_that_is_done_is_one_chunk_of_known_length() {
    let (body, mut reader) = body(BodyOf::Response, 100, None);
    let stream = body.stream();
    assert_eq!(write(&stream, "Hello, "), Ok(7));
    assert_eq!(write(&stream, "world"), Ok(5));
    assert_eq!(reader.length(), None);
    drop(stream);
    body.finish(None).unwrap();
    assert_eq!(reader.length(), Some(12));
    assert_eq!(data(&mut reader), "Hello, world");
    assert!(reader.is_end());
    assert!(matches!(next(&mut reader), Poll::Ready(None)));
}

#[test]
fn trailers_come_last() {
    let (body, mut reader) = body(BodyOf::Response, 100, None);
    write(&body.stream(), "x").unwrap();
    let mut trailers = HeaderMap::new();
    trailers.insert("a", http::HeaderValue::from_static("1"));
    body.finish(Some(trailers)).unwrap();
    assert_eq!((reader.length(), reader.is_end()), (None, false));
    assert_eq!(data(&mut reader), "x");
    assert!(!reader.is_end());
    assert!(matches!(next(&mut reader), Poll::Ready(Some(Ok(Frame::Trailers(_))))));
    assert!(matches!(next(&mut reader), Poll::Ready(None)));
}

#[test]
fn attack_14_a_guest_waits_for_who_reads_slowly() {
    let (body, mut reader) = body(BodyOf::Response, 4, None);
    let stream = body.stream();
    assert_eq!(write(&stream, "123456"), Ok(4));
    assert_eq!(write(&stream, "56"), Err(Error::WouldBlock));
    assert_eq!(stream.readiness(Interest::Write).bytes, 0);
    let reading = thread::spawn(move || {
        let first = data(&mut reader);
        (first, reader)
    });
    assert_eq!(stream.write(&[IoSlice::new(b"56")], Wait::Block), Ok(2));
    let (first, mut reader) = reading.join().unwrap();
    assert_eq!((first.as_str(), data(&mut reader).as_str()), ("1234", "56"));
    drop(reader);
    assert_eq!(write(&stream, "7"), Err(Error::Pipe));
    assert!(stream.readiness(Interest::Write).hangup);
}

#[test]
fn attack_14_an_unfinished_body_is_an_error() {
    let (body, mut reader) = body(BodyOf::Response, 100, None);
    let stream = body.stream();
    write(&stream, "half").unwrap();
    drop(body);
    assert_eq!(data(&mut reader), "half");
    assert!(matches!(next(&mut reader), Poll::Ready(Some(Err(HttpError::InternalError(_))))));
    assert_eq!(write(&stream, "more"), Err(Error::Protocol));
    assert!(stream.http_error().is_some());
}

#[test]
fn attack_15_a_body_is_as_long_as_was_announced() {
    let (long, mut reader) = body(BodyOf::Request, 100, Some(4));
    assert_eq!(reader.length(), Some(4));
    let stream = long.stream();
    write(&stream, "1234").unwrap();
    assert_eq!(write(&stream, "5"), Err(Error::Protocol));
    assert_eq!(stream.http_error(), Some(HttpError::HttpRequestBodySize(Some(5))));
    assert_eq!(long.finish(None), Err(HttpError::HttpRequestBodySize(Some(5))));
    assert_eq!(data(&mut reader), "1234");
    assert!(matches!(next(&mut reader), Poll::Ready(Some(Err(_)))));

    let (short, mut reader) = body(BodyOf::Response, 100, Some(4));
    write(&short.stream(), "123").unwrap();
    assert_eq!(short.finish(None), Err(HttpError::HttpResponseBodySize(Some(3))));
    assert_eq!(data(&mut reader), "123");
    assert!(matches!(next(&mut reader), Poll::Ready(Some(Err(_)))));
}
