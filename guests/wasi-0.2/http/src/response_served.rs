//! `outgoing-body` of responses: what the client gets.

use conformance::wasi::io::streams::StreamError;

use crate::bindings::wasi::http::types::{ErrorCode, Fields, OutgoingBody, http_error_code};
use crate::exchange::{fails, fields, write};
use crate::served::{IncomingRequest, ResponseOutparam, begin, served};

served! {
    "types/outgoing-body.write":
        content_of_a_response,
        much_content_of_a_response,
        echoes_while_it_reads,
        more_than_the_response_announced_fails;
    "types/outgoing-body.finish":
        a_response_of_the_announced_length,
        less_than_the_response_announced_fails,
        trailers_of_a_response,
        a_response_finished_before_its_stream,
        a_response_that_is_not_finished_is_not_whole;
}

fn content_of_a_response(_: IncomingRequest, out: ResponseOutparam) {
    let body = begin(out, fields(&[("content-type", "text/plain")]));
    write(&body, b"some words");
    OutgoingBody::finish(body, None).expect("a whole body");
}

fn much_content_of_a_response(_: IncomingRequest, out: ResponseOutparam) {
    let body = begin(out, Fields::new());
    write(&body, &b"0123456789".repeat(50_000));
    OutgoingBody::finish(body, None).expect("a whole body");
}

fn echoes_while_it_reads(request: IncomingRequest, out: ResponseOutparam) {
    let incoming = request.consume().expect("the first time");
    let from = incoming.stream().expect("the first time");
    let body = begin(out, Fields::new());
    let to = body.write().expect("the first time");
    loop {
        match to.blocking_splice(&from, 4096) {
            Ok(_) => {}
            Err(StreamError::Closed) => break,
            Err(error) => panic!("{error:?}"),
        }
    }
    drop((from, to));
    OutgoingBody::finish(body, None).expect("a whole body");
}

fn a_response_of_the_announced_length(_: IncomingRequest, out: ResponseOutparam) {
    let body = begin(out, fields(&[("content-length", "10")]));
    write(&body, b"some words");
    OutgoingBody::finish(body, None).expect("a whole body");
}

/// "and the contents written to the body (via `write`) does not match the value given in the Content-Length"
fn less_than_the_response_announced_fails(_: IncomingRequest, out: ResponseOutparam) {
    let body = begin(out, fields(&[("content-length", "10")]));
    write(&body, b"short");
    fails!(OutgoingBody::finish(body, None), ErrorCode::HttpResponseBodySize(_));
}

fn more_than_the_response_announced_fails(_: IncomingRequest, out: ResponseOutparam) {
    let body = begin(out, fields(&[("content-length", "3")]));
    let stream = body.write().expect("the first time");
    if let Err(StreamError::LastOperationFailed(error)) = stream.blocking_write_and_flush(b"too much") {
        let code = http_error_code(&error);
        assert!(matches!(code, Some(ErrorCode::HttpResponseBodySize(_))), "{code:?}");
    }
    drop(stream);
    fails!(OutgoingBody::finish(body, None), ErrorCode::HttpResponseBodySize(_));
}

fn trailers_of_a_response(_: IncomingRequest, out: ResponseOutparam) {
    let body = begin(out, fields(&[("trailer", "x-sum")]));
    write(&body, b"some words");
    OutgoingBody::finish(body, Some(fields(&[("x-sum", "10")]))).expect("trailers");
}

fn a_response_finished_before_its_stream(_: IncomingRequest, out: ResponseOutparam) {
    let body = begin(out, Fields::new());
    let stream = body.write().expect("the first time");
    let _ = OutgoingBody::finish(body, None);
    drop(stream);
    panic!("it did not trap");
}

/// "The implementation should propagate this error to the HTTP protocol by whatever means it has available"
fn a_response_that_is_not_finished_is_not_whole(_: IncomingRequest, out: ResponseOutparam) {
    let body = begin(out, Fields::new());
    let stream = body.write().expect("the first time");
    stream.blocking_write_and_flush(b"half").expect("a write");
    drop(stream);
    drop(body);
}
