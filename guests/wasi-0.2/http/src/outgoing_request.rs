//! `outgoing-request`: making and changing one. Nothing is sent.

use conformance::wasi::io::streams::OutputStream;

use crate::bindings::wasi::http::outgoing_handler::handle;
use crate::bindings::wasi::http::types::{Fields, HeaderError, Method, OutgoingBody, OutgoingRequest, Scheme};
use crate::exchange::{fails, fields, request};

conformance::cases! {
    "types/outgoing-request":
        is_a_get_to_nowhere,
        has_the_fields_that_it_was_given;
    "types/outgoing-request.body":
        is_there_once,
        outlives_the_request;
    "types/outgoing-request.method":
        is_what_was_set;
    "types/outgoing-request.set-method":
        takes_every_method,
        takes_other_tokens,
        is_no_other_method_than_a_token;
    "types/outgoing-request.path-with-query":
        is_what_path_was_set;
    "types/outgoing-request.set-path-with-query":
        none_is_empty,
        what_is_no_path_fails;
    "types/outgoing-request.scheme":
        is_what_scheme_was_set;
    "types/outgoing-request.set-scheme":
        what_is_no_scheme_fails;
    "types/outgoing-request.authority":
        is_what_authority_was_set;
    "types/outgoing-request.set-authority":
        what_is_no_authority_fails;
    "types/outgoing-request.headers":
        are_immutable,
        several_handles,
        a_request_dropped_before_its_headers,
        a_request_sent_before_its_headers_are_dropped;
    "attacks/15":
        no_line_break_gets_into_a_request;
}

fn new() -> OutgoingRequest {
    OutgoingRequest::new(Fields::new())
}

/// "with a default `method` of `GET`, and `none` values for `path-with-query`, `scheme`, and `authority`"
fn is_a_get_to_nowhere() {
    let request = new();
    assert_eq!(request.method(), Method::Get);
    assert_eq!(request.path_with_query(), None);
    assert_eq!(request.scheme(), None);
    assert_eq!(request.authority(), None);
}

fn has_the_fields_that_it_was_given() {
    let request = OutgoingRequest::new(fields(&[("x-a", "1")]));
    assert_eq!(request.headers().get("x-a"), [b"1"]);
}

/// "can be retrieved at most once. Subsequent calls will return error."
fn is_there_once() {
    let request = new();
    let body = request.body().expect("the first time");
    assert!(request.body().is_err());
    drop(body);
    assert!(request.body().is_err());
}

/// A body is no child of its request, which is given away while the body is written.
fn outlives_the_request() {
    let request = new();
    let body = request.body().expect("the first time");
    drop(request);
    let stream: OutputStream = body.write().expect("the first time");
    drop(stream);
    // Nobody reads it any more: both are right.
    let _ = OutgoingBody::finish(body, None);
}

fn is_what_was_set() {
    let request = new();
    for method in [Method::Post, Method::Other("PURGE".to_owned()), Method::Get] {
        request.set_method(&method).expect("a method");
        assert_eq!(request.method(), method);
    }
}

fn takes_every_method() {
    let request = new();
    let all = [
        Method::Get,
        Method::Head,
        Method::Post,
        Method::Put,
        Method::Delete,
        Method::Connect,
        Method::Options,
        Method::Trace,
        Method::Patch,
    ];
    for method in all {
        request.set_method(&method).expect("a method");
        assert_eq!(request.method(), method);
    }
}

/// A method is any token (RFC 9110, section 9.1).
fn takes_other_tokens() {
    let request = new();
    for name in ["PROPFIND", "purge", "M-SEARCH", "!#$%&'*+.^_`|~09"] {
        request.set_method(&Method::Other(name.to_owned())).expect(name);
        assert_eq!(request.method(), Method::Other(name.to_owned()));
    }
}

/// "Fails if the string present in a `method.other` argument is not a syntactically valid method."
fn is_no_other_method_than_a_token() {
    let request = new();
    for name in ["", "a b", "GET /", "GET\r\n", "m\u{e9}thode", "a(b)", "\0"] {
        assert!(request.set_method(&Method::Other(name.to_owned())).is_err(), "{name:?}");
    }
    assert_eq!(request.method(), Method::Get);
}

fn is_what_path_was_set() {
    let request = new();
    for path in ["/", "/a/b?c=d&e", "/%20?x=/y?z", "/a//b;c=1"] {
        request.set_path_with_query(Some(path)).expect(path);
        assert_eq!(request.path_with_query().as_deref(), Some(path));
    }
}

fn none_is_empty() {
    let request = new();
    request.set_path_with_query(Some("/a")).expect("a path");
    request.set_path_with_query(None).expect("none");
    assert_eq!(request.path_with_query(), None);
}

/// "Fails is the string given is not a syntactically valid path and query uri component."
fn what_is_no_path_fails() {
    let request = new();
    for path in ["/a b", "/a\r\nb", "/a#b", "/\0", "/a\tb"] {
        assert!(request.set_path_with_query(Some(path)).is_err(), "{path:?}");
    }
}

fn is_what_scheme_was_set() {
    let request = new();
    for scheme in [Scheme::Http, Scheme::Https, Scheme::Other("coap+tcp".to_owned())] {
        request.set_scheme(Some(&scheme)).expect("a scheme");
        assert_eq!(request.scheme(), Some(scheme));
    }
    request.set_scheme(None).expect("none");
    assert_eq!(request.scheme(), None);
}

/// "Fails if the string given is not a syntactically valid uri scheme."
fn what_is_no_scheme_fails() {
    let request = new();
    for scheme in ["", "1a", "a b", "a:", "a/b", "\u{e9}"] {
        assert!(request.set_scheme(Some(&Scheme::Other(scheme.to_owned()))).is_err(), "{scheme:?}");
    }
}

fn is_what_authority_was_set() {
    let request = new();
    for authority in ["a.example", "a.example:8080", "127.0.0.1:80", "[::1]:80"] {
        request.set_authority(Some(authority)).expect(authority);
        assert_eq!(request.authority().as_deref(), Some(authority));
    }
    request.set_authority(None).expect("none");
    assert_eq!(request.authority(), None);
}

/// "Fails if the string given is not a syntactically valid URI authority."
fn what_is_no_authority_fails() {
    let request = new();
    for authority in ["a b", "a/b", "a?b", "a#b", "a\r\nb", "[::1", "a:b:c", "\0"] {
        assert!(request.set_authority(Some(authority)).is_err(), "{authority:?}");
    }
}

fn are_immutable() {
    let request = OutgoingRequest::new(fields(&[("x-a", "1")]));
    let headers = request.headers();
    fails!(headers.append("x-b", b"2"), HeaderError::Immutable);
    fails!(headers.set("x-a", &[b"2".to_vec()]), HeaderError::Immutable);
    fails!(headers.delete("x-a"), HeaderError::Immutable);
}

fn several_handles() {
    let request = OutgoingRequest::new(fields(&[("x-a", "1")]));
    let (one, other) = (request.headers(), request.headers());
    drop(one);
    assert!(other.has("x-a"));
}

/// "it must be dropped before the parent `outgoing-request` is dropped"
fn a_request_dropped_before_its_headers() {
    let request = new();
    let headers = request.headers();
    drop(request);
    drop(headers);
}

/// "or its ownership is transferred to another component by e.g. `outgoing-handler.handle`"
fn a_request_sent_before_its_headers_are_dropped() {
    let request = request("/", Fields::new());
    let headers = request.headers();
    drop(handle(request, None));
    drop(headers);
}

fn no_line_break_gets_into_a_request() {
    let request = new();
    for text in ["/x\r\ny: z", "/x HTTP/1.1\r\n\r\nGET /", "/x\ny"] {
        assert!(request.set_path_with_query(Some(text)).is_err(), "{text:?}");
        assert!(request.set_authority(Some(text)).is_err(), "{text:?}");
        assert!(request.set_scheme(Some(&Scheme::Other(text.to_owned()))).is_err(), "{text:?}");
        assert!(request.set_method(&Method::Other(text.to_owned())).is_err(), "{text:?}");
    }
}
