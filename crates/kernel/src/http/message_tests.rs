//! Messages on their way in and out.

use std::task::{Context, Poll, Waker};

use http::HeaderValue;

use super::*;
use crate::budget::HttpBudget;
use crate::http::NoBody;

fn account() -> Rc<Account> {
    Account::new(HttpBudget { exchanges: 2, ..HttpBudget::default() })
}

fn incoming(uri: &str, hosts: &[&'static str]) -> Result<IncomingRequest, HttpError> {
    let mut request = Request::new(Box::new(NoBody) as Box<dyn BodySource>);
    *request.uri_mut() = uri.parse().unwrap();
    for host in hosts {
        request.headers_mut().append(HOST, HeaderValue::from_static(host));
    }
    IncomingRequest::new(request, Scheme::HTTP, &account())
}

#[test]
fn attack_15_there_is_one_host_and_it_is_the_target() {
    let authority = |uri, hosts| incoming(uri, hosts).map(|request| request.authority.map(|host| host.to_string()));
    assert_eq!(authority("/a", &["x.example:81"]), Ok(Some("x.example:81".to_owned())));
    assert_eq!(authority("http://x.example/a", &["x.example"]), Ok(Some("x.example".to_owned())));
    assert_eq!(authority("/a", &[]), Ok(None));
    assert_eq!(authority("/a", &[""]), Ok(None));
    for (uri, hosts) in [
        ("/a", &["x.example", "x.example"][..]),
        ("http://x.example/a", &["y.example"]),
        ("/a", &["x y"]),
        ("/a", &["u@x.example"]),
    ] {
        assert_eq!(authority(uri, hosts), Err(HttpError::HttpRequestUriInvalid), "{uri} {hosts:?}");
    }
}

#[test]
fn a_guest_sees_a_request_without_its_connection() {
    let mut request = incoming("/a?b", &["x.example"]).unwrap();
    assert!(request.headers().is_empty());
    assert_eq!(request.path_with_query.as_ref().unwrap(), "/a?b");
    assert_eq!(request.scheme, Scheme::HTTP);
    assert!(request.take_body().is_some());
    assert!(request.take_body().is_none());
}

#[test]
fn a_scheme_begins_with_a_letter() {
    let mut request = OutgoingRequest::new(Fields::new(&account()), &account());
    for scheme in ["", "1a", "a b", "a:", "a/b", "\u{e9}", "+a"] {
        assert_eq!(request.set_scheme(Some(scheme)), Err(HttpError::HttpRequestUriInvalid), "{scheme:?}");
    }
    request.set_scheme(Some("coap+tcp")).unwrap();
    assert_eq!(request.scheme.as_ref().map(Scheme::as_str), Some("coap+tcp"));
    request.set_scheme(None).unwrap();
    assert_eq!(request.scheme, None);
}

#[test]
fn a_request_whose_body_nobody_took_is_empty() {
    let mut request = OutgoingRequest::new(Fields::new(&account()), &account());
    request.authority = Some(Authority::from_static("x.example"));
    let request = request.into_http().unwrap();
    assert_eq!(request.uri(), "https://x.example/");
    assert!(request.body().is_end());
}

#[test]
fn attack_15_a_length_without_a_body_is_an_error() {
    let mut headers = Fields::new(&account());
    headers.append("content-length", b"5").unwrap();
    let mut request = OutgoingRequest::new(headers, &account());
    request.authority = Some(Authority::from_static("x.example"));
    let mut request = request.into_http().unwrap();
    let mut context = Context::from_waker(Waker::noop());
    let frame = request.body_mut().poll_frame(&mut context);
    assert!(matches!(frame, Poll::Ready(Some(Err(HttpError::HttpRequestBodySize(Some(0)))))));
}

#[test]
fn attack_13_bodies_under_way_are_bounded() {
    let account = account();
    let mut responses: Vec<_> = (0..3).map(|_| OutgoingResponse::new(Fields::new(&account), &account)).collect();
    assert!(responses[0].body().unwrap().is_some());
    assert!(responses[0].body().unwrap().is_none());
    assert!(responses[1].body().unwrap().is_some());
    assert_eq!(responses[2].body().err(), Some(HttpError::ConnectionLimitReached));
    responses.remove(0);
    assert!(responses[1].body().unwrap().is_some());
}
