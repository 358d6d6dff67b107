//! `request-options`. "An error return value indicates that this timeout is not supported."

use crate::bindings::wasi::http::outgoing_handler::handle;
use crate::bindings::wasi::http::types::{ErrorCode, Fields, IncomingResponse, OutgoingRequest, RequestOptions};
use crate::exchange::{answered_with, body_of, deaf, fails, request, request_to, settled};

conformance::cases! {
    "types/request-options":
        has_no_timeouts;
    "types/request-options.connect-timeout":
        is_what_connect_timeout_was_set;
    "types/request-options.set-connect-timeout":
        bounds_the_connect;
    "types/request-options.first-byte-timeout":
        is_what_first_byte_timeout_was_set;
    "types/request-options.set-first-byte-timeout":
        bounds_the_wait_for_a_response,
        a_fast_response_is_in_time;
    "types/request-options.between-bytes-timeout":
        is_what_between_bytes_timeout_was_set;
    "types/request-options.set-between-bytes-timeout":
        bounds_the_wait_for_the_rest_of_a_body,
        bounds_every_wait_and_not_their_sum;
    "attacks/10":
        timeouts_that_are_over_before_they_begin;
}

const MILLISECOND: u64 = 1_000_000;

/// More than any of it should take, less than a host waits by itself.
const SOON: u64 = 300 * MILLISECOND;

fn send(request: OutgoingRequest, options: RequestOptions) -> Result<IncomingResponse, ErrorCode> {
    settled(&handle(request, Some(options))?)
}

fn has_no_timeouts() {
    let options = RequestOptions::new();
    assert_eq!(options.connect_timeout(), None);
    assert_eq!(options.first_byte_timeout(), None);
    assert_eq!(options.between_bytes_timeout(), None);
}

/// What was set is what is told; what cannot be set stays.
#[track_caller]
fn is_kept(set: impl Fn(&RequestOptions, Option<u64>) -> Result<(), ()>, get: impl Fn(&RequestOptions) -> Option<u64>) {
    let options = RequestOptions::new();
    for time in [Some(MILLISECOND), Some(u64::MAX), Some(0), None] {
        let before = get(&options);
        match set(&options, time) {
            Ok(()) => assert_eq!(get(&options), time),
            Err(()) => assert_eq!(get(&options), before),
        }
    }
}

fn is_what_connect_timeout_was_set() {
    is_kept(RequestOptions::set_connect_timeout, RequestOptions::connect_timeout);
}

fn is_what_first_byte_timeout_was_set() {
    is_kept(RequestOptions::set_first_byte_timeout, RequestOptions::first_byte_timeout);
}

fn is_what_between_bytes_timeout_was_set() {
    is_kept(RequestOptions::set_between_bytes_timeout, RequestOptions::between_bytes_timeout);
}

fn bounds_the_connect() {
    let options = RequestOptions::new();
    if options.set_connect_timeout(Some(SOON)).is_err() {
        return;
    }
    let outcome = send(request_to(&deaf(), "/", Fields::new()), options);
    fails!(outcome, ErrorCode::ConnectionTimeout);
}

fn bounds_the_wait_for_a_response() {
    let options = RequestOptions::new();
    if options.set_first_byte_timeout(Some(SOON)).is_ok() {
        let outcome = send(answered_with("\\h"), options);
        // The text does not say which; these are about a response that does not come.
        fails!(outcome, ErrorCode::ConnectionReadTimeout | ErrorCode::HttpResponseTimeout);
    }
}

fn a_fast_response_is_in_time() {
    let options = RequestOptions::new();
    let unsupported = options.set_connect_timeout(Some(30_000 * MILLISECOND)).is_err()
        || options.set_first_byte_timeout(Some(30_000 * MILLISECOND)).is_err()
        || options.set_between_bytes_timeout(Some(30_000 * MILLISECOND)).is_err();
    if unsupported {
        return;
    }
    let response = send(request("/", Fields::new()), options).expect("a response in time");
    body_of(&response).1.expect("a body in time");
}

fn bounds_the_wait_for_the_rest_of_a_body() {
    let options = RequestOptions::new();
    if options.set_between_bytes_timeout(Some(SOON)).is_err() {
        return;
    }
    let request = answered_with("HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nbegun\\h");
    let (begun, end) = body_of(&send(request, options).expect("a response"));
    assert_eq!(begun, b"begun");
    fails!(end, Some(ErrorCode::ConnectionReadTimeout | ErrorCode::HttpResponseTimeout) | None);
}

/// "The timeout for receiving subsequent chunks of bytes": a pause of the origin takes 100 milliseconds.
fn bounds_every_wait_and_not_their_sum() {
    let options = RequestOptions::new();
    if options.set_between_bytes_timeout(Some(2_000 * MILLISECOND)).is_err() {
        return;
    }
    let body = "x\\p".repeat(30);
    let request = answered_with(&format!("HTTP/1.1 200 OK\r\ncontent-length: 30\r\n\r\n{body}"));
    let (bytes, end) = body_of(&send(request, options).expect("a response"));
    end.expect("a body that comes bit by bit");
    assert_eq!(bytes.len(), 30);
}

fn timeouts_that_are_over_before_they_begin() {
    let options = RequestOptions::new();
    let set = options.set_connect_timeout(Some(0)).is_ok() && options.set_first_byte_timeout(Some(0)).is_ok();
    if set {
        // Whether it is in time is for the machine to say: it ends.
        let _ = send(request("/", Fields::new()), options);
    }
}
