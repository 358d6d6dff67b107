//! `outgoing-response`: making and changing one. Sending one takes a handler.

use crate::bindings::wasi::http::types::{Fields, HeaderError, OutgoingResponse};
use crate::exchange::{fails, fields};

conformance::cases! {
    "types/outgoing-response":
        is_200_with_its_headers;
    "types/outgoing-response.status-code":
        is_what_was_set;
    "types/outgoing-response.set-status-code":
        takes_every_class,
        what_is_no_status_fails;
    "types/outgoing-response.headers":
        headers_of_a_response_are_immutable,
        a_response_dropped_before_its_headers;
    "types/outgoing-response.body":
        is_there_once;
}

fn is_200_with_its_headers() {
    let response = OutgoingResponse::new(fields(&[("x-a", "1")]));
    assert_eq!(response.status_code(), 200);
    assert_eq!(response.headers().get("x-a"), [b"1"]);
}

fn is_what_was_set() {
    let response = OutgoingResponse::new(Fields::new());
    for status in [404, 204, 200] {
        response.set_status_code(status).expect("a status");
        assert_eq!(response.status_code(), status);
    }
}

fn takes_every_class() {
    let response = OutgoingResponse::new(Fields::new());
    for status in [201, 299, 301, 399, 418, 499, 503, 599] {
        response.set_status_code(status).unwrap_or_else(|()| panic!("{status}"));
        assert_eq!(response.status_code(), status);
    }
}

/// "Fails if the status-code given is not a valid http status code.": it has three digits (RFC 9110, section 15).
fn what_is_no_status_fails() {
    let response = OutgoingResponse::new(Fields::new());
    for status in [0, 1, 99, 1000, u16::MAX] {
        assert!(response.set_status_code(status).is_err(), "{status}");
    }
    assert_eq!(response.status_code(), 200);
}

fn headers_of_a_response_are_immutable() {
    let response = OutgoingResponse::new(fields(&[("x-a", "1")]));
    let headers = response.headers();
    fails!(headers.append("x-a", b"2"), HeaderError::Immutable);
    fails!(headers.set("x-b", &[b"2".to_vec()]), HeaderError::Immutable);
    fails!(headers.delete("x-a"), HeaderError::Immutable);
    assert_eq!(headers.entries().len(), 1);
}

/// "This headers resource is a child: it must be dropped before the parent"
fn a_response_dropped_before_its_headers() {
    let response = OutgoingResponse::new(Fields::new());
    let headers = response.headers();
    drop(response);
    drop(headers);
}

fn is_there_once() {
    let response = OutgoingResponse::new(Fields::new());
    let body = response.body().expect("the first time");
    assert!(response.body().is_err());
    drop(body);
    assert!(response.body().is_err());
}
