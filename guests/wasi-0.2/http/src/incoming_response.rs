//! `incoming-response`.

use crate::bindings::wasi::http::types::HeaderError;
use crate::exchange::{fails, response, text};

conformance::cases! {
    "types/incoming-response.status":
        is_that_of_the_origin,
        informational_responses_are_passed_over;
    "types/incoming-response.headers":
        are_those_of_the_origin,
        received_headers_are_immutable,
        a_copy_is_mutable,
        a_response_dropped_before_its_headers;
    "types/incoming-response.consume":
        is_there_once,
        the_body_outlives_the_response;
}

fn is_that_of_the_origin() {
    for status in [200, 201, 299, 301, 404, 418, 500, 599] {
        let response = response(&format!("HTTP/1.1 {status} Any words\r\ncontent-length: 0\r\n\r\n"));
        assert_eq!(response.status(), status);
    }
    for status in [204, 304] {
        let response = response(&format!("HTTP/1.1 {status} None\r\n\r\n"));
        assert_eq!((response.status(), text(&response).as_str()), (status, ""));
    }
}

/// The text has no place for them.
fn informational_responses_are_passed_over() {
    let early = "HTTP/1.1 103 Early Hints\r\nlink: </a.css>\r\n\r\n";
    let response = response(&format!("{early}{early}HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello"));
    assert_eq!((response.status(), text(&response).as_str()), (200, "hello"));
}

fn are_those_of_the_origin() {
    let response = response("HTTP/1.1 200 OK\r\nx-a: 1\r\nx-b:\r\nX-A:  two words \r\ncontent-length: 0\r\n\r\n");
    let headers = response.headers();
    assert_eq!(headers.get("x-a"), [b"1".to_vec(), b"two words".to_vec()]);
    assert_eq!(headers.get("x-b"), [b""]);
}

fn received_headers_are_immutable() {
    let response = response("HTTP/1.1 200 OK\r\nx-a: 1\r\ncontent-length: 0\r\n\r\n");
    let headers = response.headers();
    fails!(headers.append("x-a", b"2"), HeaderError::Immutable);
    fails!(headers.set("x-b", &[b"2".to_vec()]), HeaderError::Immutable);
    fails!(headers.delete("x-a"), HeaderError::Immutable);
    assert_eq!(headers.get("x-a"), [b"1"]);
}

fn a_copy_is_mutable() {
    let response = response("HTTP/1.1 200 OK\r\nx-a: 1\r\ncontent-length: 0\r\n\r\n");
    let copy = response.headers().clone();
    copy.append("x-a", b"2").expect("append");
    drop(response);
    assert_eq!(copy.get("x-a"), [b"1", b"2"]);
}

/// "This headers resource is a child: it must be dropped before the parent `incoming-response` is dropped."
fn a_response_dropped_before_its_headers() {
    let response = response("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n");
    let headers = response.headers();
    drop(response);
    drop(headers);
}

/// "May be called at most once. Returns error if called additional times."
fn is_there_once() {
    let response = response("HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello");
    let body = response.consume().expect("the first time");
    assert!(response.consume().is_err());
    drop(body);
    assert!(response.consume().is_err());
}

/// It is no child: the text calls only the headers so.
fn the_body_outlives_the_response() {
    let response = response("HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello");
    let body = response.consume().expect("the first time");
    drop(response);
    let stream = body.stream().expect("the first time");
    assert_eq!(conformance::streams::read_all(&stream), b"hello");
}
