//! `outgoing-handler.handle`: what is sent.

use conformance::wasi::clocks::monotonic_clock;

use crate::bindings::wasi::http::outgoing_handler::handle;
use crate::bindings::wasi::http::types::{ErrorCode, Fields, Method, OutgoingBody, OutgoingRequest, Scheme};
use crate::exchange::{
    Seen, answered_with, deaf, fails, fields, origin, request, request_to, response, send, send_with, settled, text,
};

conformance::cases! {
    "outgoing-handler/handle":
        sends_method_and_path,
        sends_other_methods,
        sends_no_path_as_the_root,
        sends_the_authority_as_host,
        sends_every_field,
        a_request_whose_body_nobody_took_has_none,
        the_response_may_come_before_the_body_is_complete,
        a_head_request_has_no_content,
        several_requests_at_a_time,
        one_after_the_other,
        does_not_wait_for_the_response,
        a_redirect_is_a_response,
        without_a_grant_it_is_denied;
    "attacks/14":
        a_request_that_nobody_waits_for,
        a_body_that_nobody_reads;
}

fn sends_method_and_path() {
    let request = request("/a/b?c=d%20e", Fields::new());
    request.set_method(&Method::Delete).expect("a method");
    assert_eq!(Seen::of(&send(request).expect("a response")).line, "DELETE /a/b?c=d%20e HTTP/1.1");
}

fn sends_other_methods() {
    let request = request("/", Fields::new());
    request.set_method(&Method::Other("PROPFIND".to_owned())).expect("a method");
    assert_eq!(Seen::of(&send(request).expect("a response")).line, "PROPFIND / HTTP/1.1");
}

/// "When `none`, this represents an empty Path and empty Query.", which is sent as a slash (RFC 9112, section 3.2.1).
fn sends_no_path_as_the_root() {
    let request = request("/x", Fields::new());
    request.set_path_with_query(None).expect("none");
    assert_eq!(Seen::of(&send(request).expect("a response")).line, "GET / HTTP/1.1");
}

fn sends_the_authority_as_host() {
    let seen = Seen::of(&send(request("/", Fields::new())).expect("a response"));
    assert_eq!(seen.field("host"), Some(origin().as_str()));
}

fn sends_every_field() {
    let sent = fields(&[("x-a", "1"), ("x-b", ""), ("x-a", "two words"), ("accept", "*/*")]);
    let seen = Seen::of(&send(request("/", sent)).expect("a response"));
    let values: Vec<_> = seen.fields.iter().filter(|(name, _)| name.eq_ignore_ascii_case("x-a")).collect();
    assert_eq!(values.iter().map(|(_, value)| value.as_str()).collect::<Vec<_>>(), ["1", "two words"]);
    assert_eq!((seen.field("x-b"), seen.field("accept")), (Some(""), Some("*/*")));
}

fn a_request_whose_body_nobody_took_has_none() {
    let seen = Seen::of(&send(request("/", Fields::new())).expect("a response"));
    assert_eq!(seen.body, "");
    assert_eq!(seen.field("transfer-encoding"), None, "a GET without content has no coding");
}

/// The origin answers at once, and never reads what is written.
fn the_response_may_come_before_the_body_is_complete() {
    let request = answered_with("HTTP/1.1 403 Forbidden\r\ncontent-length: 2\r\n\r\nno\\h");
    request.set_method(&Method::Put).expect("a method");
    let body = request.body().expect("the first time");
    let future = handle(request, None).expect("it is sent");
    let response = settled(&future).expect("a response");
    assert_eq!((response.status(), text(&response).as_str()), (403, "no"));
    drop(body);
}

/// What its length says is about the content that there would be (RFC 9110, section 9.3.2).
fn a_head_request_has_no_content() {
    let request = answered_with("HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n");
    request.set_method(&Method::Head).expect("a method");
    let response = send(request).expect("a response");
    assert_eq!(response.headers().get("content-length"), [b"1000"]);
    assert_eq!(text(&response), "");
}

fn several_requests_at_a_time() {
    let sent: Vec<_> =
        (0..8).map(|number| handle(request(&format!("/{number}"), Fields::new()), None).expect("it is sent")).collect();
    for (number, future) in sent.iter().enumerate().rev() {
        let seen = Seen::of(&settled(future).expect("a response"));
        assert_eq!(seen.line, format!("GET /{number} HTTP/1.1"));
    }
}

fn one_after_the_other() {
    for number in 0..20 {
        let content = format!("number {number}");
        let request = request("/", Fields::new());
        request.set_method(&Method::Post).expect("a method");
        assert_eq!(Seen::of(&send_with(request, content.as_bytes()).expect("a response")).body, content);
    }
}

/// "it returns a resource `future-incoming-response` which represents an HTTP Response which may arrive in the future"
fn does_not_wait_for_the_response() {
    let before = monotonic_clock::now();
    let future = handle(answered_with("\\h"), None).expect("it is sent");
    assert!(future.get().is_none());
    assert!(monotonic_clock::now() - before < 5_000_000_000, "it waited");
}

/// What to do with it is for the guest to say: another request is another question of authority.
fn a_redirect_is_a_response() {
    let response = response("HTTP/1.1 302 Found\r\nlocation: /elsewhere\r\ncontent-length: 0\r\n\r\n");
    assert_eq!(response.status(), 302);
    assert_eq!(response.headers().get("location"), [b"/elsewhere"]);
}

/// "This function may return an error if the `outgoing-request` is invalid or not allowed to be made."
fn without_a_grant_it_is_denied() {
    fails!(send(request_to("127.0.0.1:9", "/", Fields::new())), ErrorCode::HttpRequestDenied);
    let secure = OutgoingRequest::new(Fields::new());
    secure.set_scheme(Some(&Scheme::Https)).expect("a scheme");
    secure.set_authority(Some("a.example")).expect("an authority");
    fails!(send(secure), ErrorCode::HttpRequestDenied);
}

fn a_request_that_nobody_waits_for() {
    for _ in 0..50 {
        drop(handle(answered_with("\\h"), None).expect("it is sent"));
    }
    drop(handle(request_to(&deaf(), "/", Fields::new()), None).expect("it is sent"));
    let unfinished = request("/", Fields::new());
    let body = unfinished.body().expect("the first time");
    drop(handle(unfinished, None).expect("it is sent"));
    let _ = OutgoingBody::finish(body, None);
    send(request("/", Fields::new())).expect("others are unharmed");
}

fn a_body_that_nobody_reads() {
    let content = "x".repeat(100_000);
    for _ in 0..20 {
        let request = request("/", Fields::new());
        request.set_method(&Method::Post).expect("a method");
        let response = send_with(request, content.as_bytes()).expect("a response");
        let body = response.consume().expect("the first time");
        drop(body.stream().expect("the first time").blocking_read(1).expect("a byte"));
        drop(body);
    }
}
