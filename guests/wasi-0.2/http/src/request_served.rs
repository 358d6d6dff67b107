//! `incoming-request`, and the bodies of requests, as a handler gets them.

use conformance::streams::{closed, read_all};

use crate::bindings::wasi::http::types::{HeaderError, IncomingBody, Method, Scheme};
use crate::exchange::{fails, read_to_end};
use crate::served::{IncomingRequest, ResponseOutparam, respond, served};

served! {
    "types/incoming-request.method":
        is_that_of_the_request,
        may_be_any_token;
    "types/incoming-request.path-with-query":
        is_the_target,
        is_not_decoded;
    "types/incoming-request.scheme":
        is_that_of_the_connection;
    "types/incoming-request.authority":
        is_the_host_that_was_asked_for;
    "types/incoming-request.headers":
        are_those_of_the_request,
        are_immutable,
        have_their_casing,
        a_request_dropped_before_its_headers;
    "types/incoming-request.consume":
        is_there_once,
        the_body_outlives_the_request;
    "types/incoming-body.stream":
        content_of_a_request,
        content_of_a_request_in_chunks,
        a_request_without_content,
        the_body_of_a_request_dropped_before_its_stream;
    "types/incoming-body.finish":
        trailers_of_a_request,
        a_request_that_breaks_is_an_error;
}

/// The text says nothing about the request: the runner compares what is answered.
fn is_that_of_the_request(request: IncomingRequest, out: ResponseOutparam) {
    assert_eq!(request.method(), Method::Delete);
    respond(out, "DELETE");
}

fn may_be_any_token(request: IncomingRequest, out: ResponseOutparam) {
    assert_eq!(request.method(), Method::Other("M-SEARCH".to_owned()));
    respond(out, "M-SEARCH");
}

fn is_the_target(request: IncomingRequest, out: ResponseOutparam) {
    respond(out, &request.path_with_query().expect("a path"));
}

fn is_not_decoded(request: IncomingRequest, out: ResponseOutparam) {
    respond(out, &request.path_with_query().expect("a path"));
}

fn is_that_of_the_connection(request: IncomingRequest, out: ResponseOutparam) {
    assert_eq!(request.scheme(), Some(Scheme::Http));
    respond(out, "http");
}

fn is_the_host_that_was_asked_for(request: IncomingRequest, out: ResponseOutparam) {
    respond(out, &request.authority().expect("an authority"));
}

fn are_those_of_the_request(request: IncomingRequest, out: ResponseOutparam) {
    let headers = request.headers();
    assert_eq!(headers.get("X-A"), [b"1".to_vec(), b"two words".to_vec()]);
    assert_eq!(headers.get("x-b"), [b""]);
    assert!(headers.has("user-agent") && !headers.has("x-c"));
    respond(out, "seen");
}

/// "The returned `headers` resource is immutable"
fn are_immutable(request: IncomingRequest, out: ResponseOutparam) {
    let headers = request.headers();
    fails!(headers.append("x-a", b"2"), HeaderError::Immutable);
    fails!(headers.set("x-b", &[b"2".to_vec()]), HeaderError::Immutable);
    fails!(headers.delete("x-a"), HeaderError::Immutable);
    assert_eq!(headers.get("x-a"), [b"1"]);
    respond(out, "immutable");
}

/// "The names and values are always returned in the original casing"
fn have_their_casing(request: IncomingRequest, out: ResponseOutparam) {
    let names: Vec<String> = request.headers().entries().into_iter().map(|(name, _)| name).collect();
    assert!(names.iter().any(|name| name == "X-OnE"), "{names:?}");
    respond(out, "X-OnE");
}

/// "Dropping this `incoming-request` before all children are dropped will trap."
fn a_request_dropped_before_its_headers(request: IncomingRequest, out: ResponseOutparam) {
    let headers = request.headers();
    drop(request);
    drop(headers);
    respond(out, "it did not trap");
    panic!("it did not trap");
}

/// "Will only return success at most once, and subsequent calls will return error."
fn is_there_once(request: IncomingRequest, out: ResponseOutparam) {
    let body = request.consume().expect("the first time");
    assert!(request.consume().is_err());
    drop(body);
    assert!(request.consume().is_err());
    respond(out, "once");
}

fn the_body_outlives_the_request(request: IncomingRequest, out: ResponseOutparam) {
    let body = request.consume().expect("the first time");
    drop(request);
    let content = read_all(&body.stream().expect("the first time"));
    respond(out, &String::from_utf8(content).expect("a text"));
}

fn content(request: &IncomingRequest) -> String {
    let body = request.consume().expect("the first time");
    let content = read_all(&body.stream().expect("the first time"));
    String::from_utf8(content).expect("a text")
}

fn content_of_a_request(request: IncomingRequest, out: ResponseOutparam) {
    respond(out, &content(&request));
}

fn content_of_a_request_in_chunks(request: IncomingRequest, out: ResponseOutparam) {
    respond(out, &content(&request));
}

fn a_request_without_content(request: IncomingRequest, out: ResponseOutparam) {
    let body = request.consume().expect("the first time");
    closed(body.stream().expect("the first time").blocking_read(1));
    respond(out, "none");
}

fn the_body_of_a_request_dropped_before_its_stream(request: IncomingRequest, out: ResponseOutparam) {
    let body = request.consume().expect("the first time");
    let stream = body.stream().expect("the first time");
    drop(body);
    drop(stream);
    respond(out, "it did not trap");
    panic!("it did not trap");
}

fn trailers_of_a_request(request: IncomingRequest, out: ResponseOutparam) {
    let body = request.consume().expect("the first time");
    let content = read_all(&body.stream().expect("the first time"));
    assert_eq!(content, b"hello");
    let future = IncomingBody::finish(body);
    future.subscribe().block();
    let trailers = future.get().expect("it is ready").expect("the first time").expect("a whole body");
    let trailers = trailers.expect("trailers");
    assert_eq!(trailers.get("x-sum"), [b"5"]);
    fails!(trailers.delete("x-sum"), HeaderError::Immutable);
    respond(out, "5");
}

/// Its last chunk is no chunk.
fn a_request_that_breaks_is_an_error(request: IncomingRequest, out: ResponseOutparam) {
    let body = request.consume().expect("the first time");
    let stream = body.stream().expect("the first time");
    let (bytes, end) = read_to_end(&stream);
    assert_eq!(bytes, b"hello");
    assert!(end.is_err(), "the request is not whole");
    respond(out, "an error");
}
