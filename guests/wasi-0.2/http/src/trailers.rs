//! `future-trailers`, of responses.

use crate::bindings::wasi::http::types::{ErrorCode, FutureTrailers, HeaderError, IncomingBody};
use crate::exchange::{fails, response};

conformance::cases! {
    "types/future-trailers.subscribe":
        is_ready_when_the_body_has_ended,
        is_not_ready_before,
        is_ready_after_an_error,
        a_future_dropped_before_its_pollable;
    "types/future-trailers.get":
        is_none_before_it_is_ready,
        no_trailers,
        trailers_after_the_content_was_read,
        is_a_value_once,
        a_body_that_breaks_is_an_error,
        trailers_are_immutable,
        a_future_dropped_before_its_trailers;
}

const CHUNKED: &str = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n";

/// Of a body that nobody reads.
fn trailers(answer: &str) -> FutureTrailers {
    IncomingBody::finish(response(answer).consume().expect("the first time"))
}

/// The same of one that has a trailer.
fn some_trailers() -> FutureTrailers {
    let future = trailers(&format!("{CHUNKED}0\r\nx-sum: 5\r\n\r\n"));
    future.subscribe().block();
    future
}

fn is_ready_when_the_body_has_ended() {
    let future = trailers(&format!("{CHUNKED}\\p0\r\n\r\n"));
    let pollable = future.subscribe();
    pollable.block();
    assert!(pollable.ready());
    drop(pollable);
    assert!(future.get().is_some());
}

fn is_not_ready_before() {
    let future = trailers(&format!("{CHUNKED}\\h"));
    assert!(!future.subscribe().ready());
}

fn is_ready_after_an_error() {
    let future = trailers(CHUNKED);
    future.subscribe().block();
    assert!(matches!(future.get(), Some(Ok(Err(_)))));
}

/// The text calls only trailers a child.
fn a_future_dropped_before_its_pollable() {
    let future = trailers(&format!("{CHUNKED}\\h"));
    let pollable = future.subscribe();
    drop(future);
    drop(pollable);
}

fn is_none_before_it_is_ready() {
    let future = trailers(&format!("{CHUNKED}\\h"));
    assert!(future.get().is_none());
    assert!(future.get().is_none());
}

/// "The optional `trailers` indicates whether or not trailers were present in the body.", and elsewhere "this future will
/// resolve to the empty set of trailers".
fn no_trailers() {
    for answer in [&format!("{CHUNKED}0\r\n\r\n"), "HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello"] {
        let future = trailers(answer);
        future.subscribe().block();
        let trailers = future.get().expect("it is ready").expect("the first time").expect("a whole body");
        assert!(trailers.is_none_or(|trailers| trailers.entries().is_empty()));
    }
}

fn trailers_after_the_content_was_read() {
    let response = response(&format!("{CHUNKED}0\r\nx-sum: 5\r\nX-Sum: 6\r\n\r\n"));
    let body = response.consume().expect("the first time");
    let stream = body.stream().expect("the first time");
    assert_eq!(conformance::streams::read_all(&stream), b"hello");
    drop(stream);
    let future = IncomingBody::finish(body);
    future.subscribe().block();
    let trailers = future.get().expect("it is ready").expect("the first time").expect("a whole body");
    assert_eq!(trailers.expect("trailers").get("x-sum"), [b"5", b"6"]);
}

/// "It will be success on the first call in which the outer option is `some`, and error on subsequent calls."
fn is_a_value_once() {
    let future = some_trailers();
    let trailers = future.get().expect("it is ready");
    assert!(matches!(future.get(), Some(Err(()))));
    drop(trailers);
    assert!(matches!(future.get(), Some(Err(()))));
}

fn a_body_that_breaks_is_an_error() {
    let future = trailers(CHUNKED);
    future.subscribe().block();
    let outcome = future.get().expect("it is ready").expect("the first time");
    fails!(outcome, ErrorCode::HttpResponseIncomplete | ErrorCode::ConnectionTerminated);
}

fn trailers_are_immutable() {
    let future = some_trailers();
    let trailers = future.get().expect("it is ready").expect("the first time").expect("a whole body");
    let trailers = trailers.expect("trailers");
    fails!(trailers.append("x-sum", b"6"), HeaderError::Immutable);
    fails!(trailers.set("x-sum", &[]), HeaderError::Immutable);
    fails!(trailers.delete("x-sum"), HeaderError::Immutable);
    assert_eq!(trailers.get("x-sum"), [b"5"]);
}

/// "the `trailers` resource is immutable, and a child […] the resource must be dropped before the parent
/// `future-trailers` is dropped"
fn a_future_dropped_before_its_trailers() {
    let future = some_trailers();
    let trailers = future.get().expect("it is ready").expect("the first time").expect("a whole body");
    assert!(trailers.is_some());
    drop(future);
    drop(trailers);
}
