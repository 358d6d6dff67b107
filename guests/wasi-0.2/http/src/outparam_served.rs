//! `response-outparam.set` and `incoming-handler.handle`: what a handler answers, and when.

use conformance::wasi::clocks::monotonic_clock;

use crate::bindings::wasi::http::types::{ErrorCode, Fields, OutgoingBody, OutgoingResponse};
use crate::exchange::{self, Seen, fields, send};
use crate::served::{IncomingRequest, ResponseOutparam, begin, respond, served};

served! {
    "incoming-handler/handle":
        answers,
        sends_requests_of_its_own,
        goes_on_after_the_response,
        without_a_response_it_is_an_error,
        a_trap_is_an_error,
        a_request_whose_body_nobody_reads;
    "types/response-outparam.set":
        a_response,
        an_error_is_an_error_response,
        dropped_it_is_an_error_response,
        a_response_whose_headers_are_alive;
}

fn answers(_: IncomingRequest, out: ResponseOutparam) {
    respond(out, "hello");
}

fn sends_requests_of_its_own(_: IncomingRequest, out: ResponseOutparam) {
    let response = send(exchange::request("/from/a/handler", fields(&[("x-a", "1")]))).expect("a response");
    let seen = Seen::of(&response);
    assert_eq!(seen.field("x-a"), Some("1"));
    respond(out, &seen.line);
}

/// "which allows execution to continue after the response has been sent. This enables both streaming to the response
/// body, and performing other work."
fn goes_on_after_the_response(_: IncomingRequest, out: ResponseOutparam) {
    let body = begin(out, Fields::new());
    let stream = body.write().expect("the first time");
    for part in ["one ", "two ", "three"] {
        stream.blocking_write_and_flush(part.as_bytes()).expect("a write");
        monotonic_clock::subscribe_duration(50_000_000).block();
    }
    drop(stream);
    OutgoingBody::finish(body, None).expect("a whole body");
    monotonic_clock::subscribe_duration(50_000_000).block();
}

/// "or else the caller will respond with an error on its behalf"
fn without_a_response_it_is_an_error(request: IncomingRequest, out: ResponseOutparam) {
    drop(request);
    // As if it had been forgotten: it is neither set nor dropped.
    std::mem::forget(out);
}

fn a_trap_is_an_error(_: IncomingRequest, _: ResponseOutparam) {
    core::arch::wasm32::unreachable();
}

fn a_request_whose_body_nobody_reads(request: IncomingRequest, out: ResponseOutparam) {
    drop(request);
    respond(out, "not read");
}

fn a_response(_: IncomingRequest, out: ResponseOutparam) {
    let response = OutgoingResponse::new(fields(&[("X-A", "1"), ("x-b", ""), ("x-a", "2")]));
    response.set_status_code(418).expect("a status");
    ResponseOutparam::set(out, Ok(response));
}

/// "to allow the implementation determine how to respond with an HTTP error response"
fn an_error_is_an_error_response(_: IncomingRequest, out: ResponseOutparam) {
    ResponseOutparam::set(out, Err(ErrorCode::InternalError(Some("nothing works".to_owned()))));
}

/// "If it is never called, the implementation will respond with an error."
fn dropped_it_is_an_error_response(_: IncomingRequest, out: ResponseOutparam) {
    drop(out);
}

/// "it must be dropped before the parent […] is dropped, or its ownership is transferred"
fn a_response_whose_headers_are_alive(_: IncomingRequest, out: ResponseOutparam) {
    let response = OutgoingResponse::new(Fields::new());
    let headers = response.headers();
    ResponseOutparam::set(out, Ok(response));
    drop(headers);
}
