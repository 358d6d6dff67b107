//! `outgoing-body`, of requests.

use conformance::streams::{closed, permit};
use conformance::wasi::io::streams::StreamError;

use crate::bindings::wasi::http::outgoing_handler::handle;
use crate::bindings::wasi::http::types::{
    ErrorCode, Fields, HeaderError, Method, OutgoingBody, OutgoingRequest, http_error_code,
};
use crate::exchange::{Seen, fails, fields, request, send_with, settled, write};

conformance::cases! {
    "types/outgoing-body.write":
        is_there_once,
        the_stream_outlived_by_its_body,
        a_body_dropped_before_its_stream,
        content_arrives,
        much_content_arrives,
        content_is_sent_before_it_is_complete,
        more_than_was_announced_fails;
    "types/outgoing-body.finish":
        a_body_finished_before_its_stream,
        without_content,
        content_of_the_announced_length,
        less_than_was_announced_fails,
        none_where_some_was_announced_fails,
        trailers_arrive,
        trailers_are_taken,
        a_body_that_is_not_finished_is_an_error;
}

/// A request with a body for the origin.
fn post(headers: Fields) -> OutgoingRequest {
    let request = request("/", headers);
    request.set_method(&Method::Post).expect("a method");
    request
}

fn is_there_once() {
    let body = OutgoingRequest::new(Fields::new()).body().expect("the first time");
    let stream = body.write().expect("the first time");
    assert!(body.write().is_err());
    drop(stream);
    assert!(body.write().is_err());
}

fn the_stream_outlived_by_its_body() {
    let body = OutgoingRequest::new(Fields::new()).body().expect("the first time");
    drop(body.write().expect("the first time"));
    drop(body);
}

/// "it must be dropped before the parent `outgoing-body` resource is dropped (or finished), otherwise the
/// `outgoing-body` drop or `finish` will trap."
fn a_body_dropped_before_its_stream() {
    let body = post(Fields::new()).body().expect("the first time");
    let stream = body.write().expect("the first time");
    drop(body);
    drop(stream);
    panic!("it did not trap");
}

fn a_body_finished_before_its_stream() {
    let body = post(Fields::new()).body().expect("the first time");
    let stream = body.write().expect("the first time");
    let _ = OutgoingBody::finish(body, None);
    drop(stream);
    panic!("it did not trap");
}

fn content_arrives() {
    let seen = Seen::of(&send_with(post(Fields::new()), b"some words").expect("a response"));
    assert_eq!((seen.line.as_str(), seen.body.as_str()), ("POST / HTTP/1.1", "some words"));
}

/// More than any buffer on the way has room for.
fn much_content_arrives() {
    let content = "0123456789abcdef".repeat(20_000);
    let seen = Seen::of(&send_with(post(Fields::new()), content.as_bytes()).expect("a response"));
    assert!(seen.body == content, "{} bytes of {}", seen.body.len(), content.len());
}

/// The origin answers when it has the beginning; only then the rest is written.
fn content_is_sent_before_it_is_complete() {
    let answer = "HTTP/1.1 200 OK\\r\\ncontent-length: 5\\r\\n\\r\\n\\fearly\\b";
    let request = post(fields(&[("x-answer", answer)]));
    let body = request.body().expect("the first time");
    let stream = body.write().expect("the first time");
    let future = handle(request, None).expect("it is sent");
    stream.blocking_write_and_flush(b"begin").expect("a write");
    let response = settled(&future).expect("a response before the end of the request");
    assert_eq!(crate::exchange::text(&response), "early");
    // The origin may have closed by now.
    let _ = stream.blocking_write_and_flush(b" end");
    drop(stream);
    let _ = OutgoingBody::finish(body, None);
}

fn without_content() {
    let request = post(Fields::new());
    let body = request.body().expect("the first time");
    let future = handle(request, None).expect("it is sent");
    OutgoingBody::finish(body, None).expect("an empty body");
    assert_eq!(Seen::of(&settled(&future).expect("a response")).body, "");
}

fn content_of_the_announced_length() {
    let request = post(fields(&[("content-length", "10")]));
    let seen = Seen::of(&send_with(request, b"some words").expect("a response"));
    assert_eq!((seen.field("content-length"), seen.body.as_str()), (Some("10"), "some words"));
    assert_eq!(seen.field("transfer-encoding"), None);
}

/// "Fails if the body's `outgoing-request` or `outgoing-response` was constructed with a Content-Length header, and the
/// contents written to the body (via `write`) does not match the value given in the Content-Length."
fn less_than_was_announced_fails() {
    let request = post(fields(&[("content-length", "10")]));
    let body = request.body().expect("the first time");
    let future = handle(request, None).expect("it is sent");
    write(&body, b"short");
    fails!(OutgoingBody::finish(body, None), ErrorCode::HttpRequestBodySize(_));
    assert!(settled(&future).is_err(), "a request that is not whole has no response");
}

fn none_where_some_was_announced_fails() {
    let request = post(fields(&[("content-length", "10")]));
    let body = request.body().expect("the first time");
    let _future = handle(request, None).expect("it is sent");
    fails!(OutgoingBody::finish(body, None), ErrorCode::HttpRequestBodySize(_));
}

/// Who writes too much is told by the stream, or at the end.
fn more_than_was_announced_fails() {
    let request = post(fields(&[("content-length", "3")]));
    let body = request.body().expect("the first time");
    let _future = handle(request, None).expect("it is sent");
    let stream = body.write().expect("the first time");
    match stream.blocking_write_and_flush(b"too much") {
        Err(StreamError::LastOperationFailed(error)) => {
            let code = http_error_code(&error);
            assert!(matches!(code, Some(ErrorCode::HttpRequestBodySize(_))), "{code:?}");
            closed(stream.check_write());
        }
        Ok(()) | Err(StreamError::Closed) => {}
    }
    drop(stream);
    fails!(OutgoingBody::finish(body, None), ErrorCode::HttpRequestBodySize(_));
}

fn trailers_arrive() {
    let request = post(fields(&[("trailer", "x-sum"), ("te", "trailers")]));
    let body = request.body().expect("the first time");
    let future = handle(request, None).expect("it is sent");
    write(&body, b"some words");
    OutgoingBody::finish(body, Some(fields(&[("x-sum", "10")]))).expect("trailers");
    let seen = Seen::of(&settled(&future).expect("a response"));
    assert_eq!(seen.body, "some words");
    let sums: Vec<_> = seen.trailers.iter().map(|(name, value)| (name.to_ascii_lowercase(), value.as_str())).collect();
    assert_eq!(sums, [("x-sum".to_owned(), "10")]);
}

/// Any fields will do, immutable ones are children and have to be copied.
fn trailers_are_taken() {
    let request = OutgoingRequest::new(fields(&[("x-a", "1")]));
    let body = request.body().expect("the first time");
    let headers = request.headers();
    fails!(headers.append("x-b", b"2"), HeaderError::Immutable);
    let copy = headers.clone();
    drop(headers);
    drop(request);
    // Nobody reads it any more: both are right.
    let _ = OutgoingBody::finish(body, Some(copy));
}

/// "If the user code drops this resource, as opposed to calling the static method `finish`, the implementation should
/// treat the body as incomplete, and that an error has occurred."
fn a_body_that_is_not_finished_is_an_error() {
    let request = post(Fields::new());
    let body = request.body().expect("the first time");
    let future = handle(request, None).expect("it is sent");
    let stream = body.write().expect("the first time");
    assert!(permit(&stream) > 0);
    stream.blocking_write_and_flush(b"half").expect("a write");
    drop(stream);
    drop(body);
    assert!(settled(&future).is_err(), "the origin got a whole request");
}
