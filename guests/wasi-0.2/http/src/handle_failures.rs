//! `outgoing-handler.handle`: how it fails. An error is told at once or by the future, as the host knows it; the names
//! of errors are those of RFC 9209, section 2.3, from which the text has them.

use conformance::wasi::clocks::monotonic_clock;

use crate::bindings::wasi::http::types::{ErrorCode, Fields, IncomingResponse, OutgoingRequest, Scheme};
use crate::exchange::{answered_with, body_of, fails, fields, origin, request, request_to, send};

conformance::cases! {
    "outgoing-handler/handle":
        http_without_an_authority,
        a_scheme_that_is_not_of_http,
        a_user_in_the_authority_is_never_sent,
        a_port_that_is_none,
        nobody_listens,
        a_name_that_cannot_exist,
        tls_with_who_has_none,
        an_answer_that_is_not_of_http,
        the_connection_ends_before_an_answer,
        the_connection_ends_within_the_head,
        the_head_is_too_large,
        the_body_is_shorter_than_announced,
        the_last_chunk_is_missing,
        chunks_that_are_none;
    "attacks/15":
        two_lengths_that_differ,
        a_length_announced_for_no_body;
}

/// "The HTTP and HTTPS schemes always require an authority.", and "It is the obligation of the
/// `outgoing-handler.handle` implementation to reject invalid constructions".
fn http_without_an_authority() {
    for scheme in [Scheme::Http, Scheme::Https] {
        let request = OutgoingRequest::new(Fields::new());
        request.set_scheme(Some(&scheme)).expect("a scheme");
        request.set_path_with_query(Some("/")).expect("a path");
        fails!(send(request), ErrorCode::HttpRequestUriInvalid);
    }
}

fn a_scheme_that_is_not_of_http() {
    let request = request("/", Fields::new());
    request.set_scheme(Some(&Scheme::Other("gopher".to_owned()))).expect("a scheme");
    assert!(send(request).is_err());
}

/// RFC 9110, section 4.2.4.
fn a_user_in_the_authority_is_never_sent() {
    let request = request("/", Fields::new());
    if request.set_authority(Some(&format!("user:secret@{}", origin()))).is_err() {
        return;
    }
    let Ok(response) = send(request) else { return };
    let seen = String::from_utf8(body_of(&response).0).expect("a text");
    assert!(!seen.contains("secret"), "{seen}");
}

fn a_port_that_is_none() {
    let request = OutgoingRequest::new(Fields::new());
    request.set_scheme(Some(&Scheme::Http)).expect("a scheme");
    if request.set_authority(Some("127.0.0.1:99999")).is_ok() {
        assert!(send(request).is_err());
    }
}

/// Port 1 is for a service that nobody has.
fn nobody_listens() {
    fails!(send(request_to("127.0.0.1:1", "/", Fields::new())), ErrorCode::ConnectionRefused);
}

/// RFC 6761 says that there is none.
fn a_name_that_cannot_exist() {
    let outcome = send(request_to("does-not-exist.invalid", "/", Fields::new()));
    fails!(outcome, ErrorCode::DnsError(_) | ErrorCode::DestinationNotFound | ErrorCode::DnsTimeout);
}

fn tls_with_who_has_none() {
    let request = request("/", Fields::new());
    request.set_scheme(Some(&Scheme::Https)).expect("a scheme");
    fails!(send(request), ErrorCode::TlsProtocolError);
}

fn an_answer_that_is_not_of_http() {
    fails!(send(answered_with("220 mail.example ESMTP\r\n\r\n")), ErrorCode::HttpProtocolError);
}

/// "connection_terminated" and "http_response_incomplete" both fit.
fn the_connection_ends_before_an_answer() {
    fails!(send(answered_with("")), ErrorCode::ConnectionTerminated | ErrorCode::HttpResponseIncomplete);
}

fn the_connection_ends_within_the_head() {
    let outcome = send(answered_with("HTTP/1.1 200 OK\r\nx-a: 1\r\n"));
    fails!(outcome, ErrorCode::ConnectionTerminated | ErrorCode::HttpResponseIncomplete);
}

/// One of 400 fields with 10,000 bytes each; who takes it gives the guest what it has.
fn the_head_is_too_large() {
    match send(answered_with("HTTP/1.1 200 OK\r\n\\g\r\n")) {
        Ok(response) => assert!(response.headers().entries().len() >= 400),
        Err(ErrorCode::HttpResponseHeaderSectionSize(_) | ErrorCode::HttpResponseHeaderSize(_)) => {}
        Err(error) => panic!("it failed with {error:?}"),
    }
}

#[track_caller]
fn is_incomplete(response: &IncomingResponse, begun: &str) {
    let (bytes, end) = body_of(response);
    assert_eq!(bytes, begun.as_bytes());
    // Whether it says more of the error is what a case of `http-error-code` is about.
    fails!(end, Some(ErrorCode::HttpResponseIncomplete | ErrorCode::ConnectionTerminated) | None);
}

fn the_body_is_shorter_than_announced() {
    let request = answered_with("HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf\\p");
    is_incomplete(&send(request).expect("a response"), "half");
}

fn the_last_chunk_is_missing() {
    let request = answered_with("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n4\r\nhalf\r\n\\p");
    is_incomplete(&send(request).expect("a response"), "half");
}

fn chunks_that_are_none() {
    let request = answered_with("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nnumber\r\nhalf\r\n");
    let before = monotonic_clock::now();
    if let Ok(response) = send(request) {
        assert!(body_of(&response).1.is_err());
    }
    assert!(monotonic_clock::now() - before < 30_000_000_000, "it waited");
}

fn two_lengths_that_differ() {
    let request = answered_with("HTTP/1.1 200 OK\r\ncontent-length: 4\r\ncontent-length: 5\r\n\r\nhello");
    if let Ok(response) = send(request) {
        assert!(body_of(&response).1.is_err());
    }
}

/// Without it, the origin would wait for what never comes, or take the next request for it.
fn a_length_announced_for_no_body() {
    let before = monotonic_clock::now();
    if let Ok(response) = send(request("/", fields(&[("content-length", "5")]))) {
        let seen = String::from_utf8(body_of(&response).0).expect("a text");
        assert!(!seen.contains("content-length: 5"), "{seen}");
    }
    assert!(monotonic_clock::now() - before < 30_000_000_000, "it waited");
}
