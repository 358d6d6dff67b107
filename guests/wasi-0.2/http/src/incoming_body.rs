//! `incoming-body`, of responses.

use conformance::streams::{closed, read_all};
use conformance::wasi::io::streams::StreamError;

use crate::bindings::wasi::http::types::{Fields, IncomingBody, Method};
use crate::exchange::{body_of, request, response, send_with};

conformance::cases! {
    "types/incoming-body.stream":
        is_there_once,
        content_by_length,
        content_in_chunks,
        content_until_the_end_of_the_connection,
        no_content,
        much_content,
        arrives_bit_by_bit,
        is_not_ready_before_there_is_more,
        after_the_end_it_is_closed,
        a_body_dropped_before_its_stream;
    "types/incoming-body.finish":
        a_body_finished_before_its_stream,
        without_the_stream_having_been_taken,
        after_a_part_was_read;
}

const HELLO: &str = "HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello";

fn body(answer: &str) -> IncomingBody {
    response(answer).consume().expect("the first time")
}

/// "Returns success on first call: the stream representing the contents can be retrieved at most once."
fn is_there_once() {
    let body = body(HELLO);
    let stream = body.stream().expect("the first time");
    assert!(body.stream().is_err());
    drop(stream);
    assert!(body.stream().is_err());
}

fn content_by_length() {
    let (bytes, end) = body_of(&response(HELLO));
    assert_eq!((bytes.as_slice(), end), (b"hello".as_slice(), Ok(())));
}

fn content_in_chunks() {
    let chunked = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nhel\r\n2;x=y\r\nlo\r\n0\r\n\r\n";
    let (bytes, end) = body_of(&response(chunked));
    assert_eq!((bytes.as_slice(), end), (b"hello".as_slice(), Ok(())));
}

fn content_until_the_end_of_the_connection() {
    let (bytes, end) = body_of(&response("HTTP/1.1 200 OK\r\n\r\nhello\\p again"));
    assert_eq!((bytes.as_slice(), end), (b"hello again".as_slice(), Ok(())));
}

fn no_content() {
    let body = body("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n");
    closed(body.stream().expect("the first time").blocking_read(1));
}

fn much_content() {
    let content = "0123456789abcdef".repeat(50_000);
    let request = request("/", Fields::new());
    request.set_method(&Method::Post).expect("a method");
    let (bytes, end) = body_of(&send_with(request, content.as_bytes()).expect("a response"));
    end.expect("the whole body");
    let text = String::from_utf8(bytes).expect("a text");
    assert!(text.contains(&content), "{} bytes", text.len());
}

/// The origin holds on after the first part: who waited for all would wait for ever.
fn arrives_bit_by_bit() {
    let body = body("HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhello\\h");
    let stream = body.stream().expect("the first time");
    let mut bytes = Vec::new();
    while bytes.len() < 5 {
        bytes.extend(stream.blocking_read(10).expect("what was sent"));
    }
    assert_eq!(bytes, b"hello");
}

fn is_not_ready_before_there_is_more() {
    let body = body("HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\n\\h");
    let stream = body.stream().expect("the first time");
    assert!(!stream.subscribe().ready());
    assert_eq!(stream.read(10).expect("nothing yet"), b"");
}

fn after_the_end_it_is_closed() {
    let body = body(HELLO);
    let stream = body.stream().expect("the first time");
    assert_eq!(read_all(&stream), b"hello");
    assert!(matches!(stream.read(1), Err(StreamError::Closed)));
    closed(stream.blocking_read(1));
    stream.subscribe().block();
}

/// "it must be dropped before the parent `incoming-body` is dropped, or consumed by `incoming-body.finish`"
fn a_body_dropped_before_its_stream() {
    let body = body(HELLO);
    let stream = body.stream().expect("the first time");
    drop(body);
    drop(stream);
    panic!("it did not trap");
}

/// "This function will trap if the `input-stream` child is still alive."
fn a_body_finished_before_its_stream() {
    let body = body(HELLO);
    let stream = body.stream().expect("the first time");
    let trailers = IncomingBody::finish(body);
    drop(stream);
    drop(trailers);
    panic!("it did not trap");
}

fn without_the_stream_having_been_taken() {
    let trailers = IncomingBody::finish(body(HELLO));
    trailers.subscribe().block();
    assert!(matches!(trailers.get(), Some(Ok(Ok(_)))));
}

/// "for that backpressure to not inhibit delivery of the trailers if the user does not read the entire body"
fn after_a_part_was_read() {
    // `\\2` is a chunk of 300,000 bytes: more than the buffers on the way have room for.
    let body = body("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n\\c0\r\nx-sum: 5\r\n\r\n");
    let stream = body.stream().expect("the first time");
    assert_eq!(stream.blocking_read(1).expect("a byte"), b"x");
    drop(stream);
    let trailers = IncomingBody::finish(body);
    trailers.subscribe().block();
    let fields = trailers.get().expect("it is ready").expect("the first time").expect("a whole body");
    assert_eq!(fields.expect("trailers").get("x-sum"), [b"5"]);
}
