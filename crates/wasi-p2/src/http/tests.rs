//! The rules that handles follow, by their numbers where they were attacked: through the door's own functions, as the
//! component runtime calls them.

use std::io::IoSlice;
use std::task::{Context, Poll, Waker};

use tambo_component_linker::bindings::{Borrow, Own};
use tambo_engine::Trap;
use tambo_kernel::http::{
    BodyOf, BodyReader, BodySource, Frame, HeaderMap, HeaderValue, HttpError, NoBody, Request, body,
};
use tambo_kernel::stream::{Stream, Wait};
use tambo_kernel::{Grant, HttpBudget};

use super::*;
use crate::bindings::wasi::http::outgoing_handler::Host as _;
use crate::bindings::wasi::http::types::Host as _;
use crate::bindings::wasi::http::types::{
    ErrorCodeRef, HeaderError, HostFields, HostFutureTrailers, HostIncomingBody, HostIncomingRequest, HostOutgoingBody,
    HostOutgoingRequest, HostOutgoingResponse, HostRequestOptions, HostResponseOutparam, IncomingBody, Method,
    MethodRef, OutgoingBody, OutgoingResponse, Scheme, SchemeRef,
};
use crate::bindings::wasi::io::streams::{HostInputStream, HostOutputStream, StreamError};

fn guest() -> P2 {
    P2::new(Grant::new(tambo_kernel_os::system()))
}

fn lend<T>(own: &Own<T>) -> Borrow<T> {
    Borrow::new(own.rep())
}

/// The same handle, for what should trap.
fn again<T>(own: &Own<T>) -> Own<T> {
    Own::new(own.rep())
}

fn is_fault<T>(outcome: Result<T, Trap>) -> bool {
    outcome.err().is_some_and(|trap| !trap.to_string().contains("bug"))
}

fn header_error(outcome: Result<(), FieldsFailure>) -> Option<HeaderError> {
    outcome.err().map(|failure| HeaderError::try_from(failure).unwrap())
}

fn request(p2: &mut P2, source: Box<dyn BodySource>) -> Own<types::IncomingRequest> {
    let mut request = Request::new(source);
    request.headers_mut().insert("x-a", HeaderValue::from_static("1"));
    *request.uri_mut() = "/path?query".parse().unwrap();
    let scheme = tambo_kernel::http::uri::Scheme::HTTP;
    let request = tambo_kernel::http::IncomingRequest::new(request, scheme, p2.host.http.account()).unwrap();
    p2.new_incoming_request(request)
}

fn response(p2: &mut P2) -> Own<OutgoingResponse> {
    let headers = HostFields::new(p2).unwrap();
    HostOutgoingResponse::new(p2, headers).unwrap()
}

fn next(reader: &mut BodyReader) -> Poll<Option<Result<Frame, HttpError>>> {
    reader.poll_frame(&mut Context::from_waker(Waker::noop()))
}

/// Through the whole of it, as most handlers do: the answer is one chunk of known length.
#[test]
fn a_handler_answers_a_request() {
    let mut p2 = guest();
    let request = request(&mut p2, Box::new(NoBody));
    let (outparam, answer) = p2.new_response_outparam();
    assert_eq!(HostIncomingRequest::method(&mut p2, lend(&request)).unwrap(), Method::Get);
    assert_eq!(HostIncomingRequest::path_with_query(&mut p2, lend(&request)).unwrap().unwrap(), "/path?query");
    assert_eq!(HostIncomingRequest::scheme(&mut p2, lend(&request)).unwrap(), Some(Scheme::HTTP));
    let response = response(&mut p2);
    assert_eq!(HostOutgoingResponse::set_status_code(&mut p2, lend(&response), 99).unwrap(), Err(()));
    HostOutgoingResponse::set_status_code(&mut p2, lend(&response), 201).unwrap().unwrap();
    let body = HostOutgoingResponse::body(&mut p2, lend(&response)).unwrap().unwrap();
    assert!(HostOutgoingResponse::body(&mut p2, lend(&response)).unwrap().is_err());
    assert!(!answer.is_settled());
    HostResponseOutparam::set(&mut p2, outparam, Ok(response)).unwrap();
    let stream = HostOutgoingBody::write(&mut p2, lend(&body)).unwrap().unwrap();
    assert!(HostOutgoingBody::write(&mut p2, lend(&body)).unwrap().is_err());
    let written = HostOutputStream::blocking_write_and_flush(&mut p2, lend(&stream), b"hello");
    assert!(matches!(written, Poll::Ready(Ok(()))));
    HostOutputStream::drop(&mut p2, stream).unwrap();
    HostOutgoingBody::finish(&mut p2, body, None).unwrap();
    let sent = answer.take().unwrap().unwrap().into_http();
    assert_eq!((sent.status().as_u16(), sent.body().length()), (201, Some(5)));
    HostIncomingRequest::drop(&mut p2, request).unwrap();
}

#[test]
fn children_are_dropped_first() {
    let mut p2 = guest();
    let request = request(&mut p2, Box::new(NoBody));
    let headers = HostIncomingRequest::headers(&mut p2, lend(&request)).unwrap();
    assert!(is_fault(HostIncomingRequest::drop(&mut p2, again(&request))));
    HostFields::drop(&mut p2, headers).unwrap();

    let request = self::request(&mut p2, Box::new(NoBody));
    let body = HostIncomingRequest::consume(&mut p2, lend(&request)).unwrap().unwrap();
    assert!(HostIncomingRequest::consume(&mut p2, lend(&request)).unwrap().is_err());
    let stream = HostIncomingBody::stream(&mut p2, lend(&body)).unwrap().unwrap();
    assert!(HostIncomingBody::stream(&mut p2, lend(&body)).unwrap().is_err());
    // The body is no child of the request.
    HostIncomingRequest::drop(&mut p2, request).unwrap();
    assert!(is_fault(HostIncomingBody::finish(&mut p2, again(&body)).map(drop)));
    HostInputStream::drop(&mut p2, stream).unwrap();

    let response = response(&mut p2);
    let body = HostOutgoingResponse::body(&mut p2, lend(&response)).unwrap().unwrap();
    let stream = HostOutgoingBody::write(&mut p2, lend(&body)).unwrap().unwrap();
    assert!(matches!(HostOutgoingBody::finish(&mut p2, again(&body), None), Err(HttpFailure::Ends(_))));
    HostOutputStream::drop(&mut p2, stream).unwrap();
    let headers = HostOutgoingResponse::headers(&mut p2, lend(&response)).unwrap();
    let (outparam, answer) = p2.new_response_outparam();
    assert!(is_fault(HostResponseOutparam::set(&mut p2, outparam, Ok(response))));
    HostFields::drop(&mut p2, headers).unwrap();
    assert!(answer.is_settled() && answer.take().is_none(), "the promise is broken");
}

#[test]
fn attack_15_fields_of_messages_cannot_be_changed() {
    let mut p2 = guest();
    let request = request(&mut p2, Box::new(NoBody));
    let headers = HostIncomingRequest::headers(&mut p2, lend(&request)).unwrap();
    let changed = HostFields::append(&mut p2, lend(&headers), "x", b"1");
    assert!(matches!(header_error(changed), Some(HeaderError::Immutable)));
    let copy = HostFields::clone(&mut p2, lend(&headers)).unwrap();
    assert!(header_error(HostFields::append(&mut p2, lend(&copy), "x", b"1")).is_none());
    assert_eq!(HostFields::get(&mut p2, lend(&copy), "X-A").unwrap(), [b"1"]);
    assert_eq!(HostFields::entries(&mut p2, lend(&headers)).unwrap().len(), 1);
}

#[test]
fn attack_15_what_is_no_field_is_refused() {
    let mut p2 = guest();
    let fields = HostFields::new(&mut p2).unwrap();
    let smuggled = HostFields::append(&mut p2, lend(&fields), "x", b"1\r\nhost: y");
    assert!(matches!(header_error(smuggled), Some(HeaderError::InvalidSyntax)));
    let forbidden = HostFields::set(&mut p2, lend(&fields), "Transfer-Encoding", vec![b"chunked".as_slice()]);
    assert!(matches!(header_error(forbidden), Some(HeaderError::Forbidden)));
    let listed = HostFields::from_list(&mut p2, vec![("a", b"1".as_slice()), ("host", b"x")]);
    assert!(matches!(header_error(listed.map(drop)), Some(HeaderError::Forbidden)));
    assert!(!HostFields::has(&mut p2, lend(&fields), "x y").unwrap());
}

#[test]
fn attack_15_more_fields_than_there_is_room_for_end_the_guest() {
    let mut grant = Grant::new(tambo_kernel_os::system());
    grant.budget.http = HttpBudget { fields: 2, ..HttpBudget::default() };
    let mut p2 = P2::new(grant);
    let listed = HostFields::from_list(&mut p2, vec![("a", b"1".as_slice()), ("b", b"1"), ("c", b"1")]);
    assert!(is_fault(HeaderError::try_from(listed.err().unwrap()).map(drop)));
}

#[test]
fn attack_14_trailers_are_told_once_and_whether_or_not_the_body_is_read() {
    let mut p2 = guest();
    let (writer, reader) = body(BodyOf::Request, 100, None);
    let request = request(&mut p2, Box::new(reader));
    let body = HostIncomingRequest::consume(&mut p2, lend(&request)).unwrap().unwrap();
    let trailers = HostIncomingBody::finish(&mut p2, body).unwrap();
    writer.stream().write(&[IoSlice::new(b"never read")], Wait::Try).unwrap();
    assert!(HostFutureTrailers::get(&mut p2, lend(&trailers)).unwrap().is_none());
    let mut map = HeaderMap::new();
    map.insert("x-sum", HeaderValue::from_static("1"));
    writer.finish(Some(map)).unwrap();
    let told = HostFutureTrailers::get(&mut p2, lend(&trailers)).unwrap().unwrap().unwrap().unwrap().unwrap();
    assert!(HostFields::has(&mut p2, lend(&told), "x-sum").unwrap());
    assert!(matches!(HostFutureTrailers::get(&mut p2, lend(&trailers)), Ok(Some(Err(())))));
    assert!(is_fault(HostFutureTrailers::drop(&mut p2, again(&trailers))));
}

#[test]
fn attack_14_a_guest_that_ends_early_breaks_what_it_began() {
    let mut p2 = guest();
    let response = response(&mut p2);
    let _body = HostOutgoingResponse::body(&mut p2, lend(&response)).unwrap().unwrap();
    let (outparam, answer) = p2.new_response_outparam();
    let (_, unanswered) = p2.new_response_outparam();
    HostResponseOutparam::set(&mut p2, outparam, Ok(response)).unwrap();
    let mut sent = answer.take().unwrap().unwrap().into_http().into_body();
    assert!(next(&mut sent).is_pending());
    // As after a trap: nothing is dropped by the guest.
    drop(p2);
    assert!(matches!(next(&mut sent), Poll::Ready(Some(Err(HttpError::InternalError(_))))));
    assert!(unanswered.is_settled() && unanswered.take().is_none());
}

/// The body of a response with a length, and the handle to write it.
fn announced(p2: &mut P2, length: &[u8]) -> (Own<OutgoingResponse>, Own<OutgoingBody>) {
    let headers = HostFields::new(p2).unwrap();
    HostFields::append(p2, lend(&headers), "content-length", length).unwrap();
    let response = HostOutgoingResponse::new(p2, headers).unwrap();
    let body = HostOutgoingResponse::body(p2, lend(&response)).unwrap().unwrap();
    (response, body)
}

#[test]
fn attack_15_a_body_is_as_long_as_its_headers_say() {
    let mut p2 = guest();
    let (_response, body) = announced(&mut p2, b"3");
    let stream = HostOutgoingBody::write(&mut p2, lend(&body)).unwrap().unwrap();
    let Poll::Ready(Err(failure)) = HostOutputStream::blocking_write_and_flush(&mut p2, lend(&stream), b"four") else {
        panic!("too much was taken");
    };
    let Ok(StreamError::LastOperationFailed(error)) = StreamError::try_from(failure) else { panic!("no error") };
    let code = p2.http_error_code(lend(&error)).unwrap();
    assert!(matches!(code, Some(ErrorCode::HTTPResponseBodySize(Some(4)))));

    let (_response, body) = announced(&mut p2, b"3");
    let short = HostOutgoingBody::finish(&mut p2, body, None);
    assert!(matches!(short, Err(HttpFailure::Told(HttpError::HttpResponseBodySize(Some(0))))));
}

#[test]
fn attack_14_a_failed_body_says_why() {
    let mut p2 = guest();
    let (writer, reader) = body(BodyOf::Request, 100, None);
    let request = request(&mut p2, Box::new(reader));
    let body: Own<IncomingBody> = HostIncomingRequest::consume(&mut p2, lend(&request)).unwrap().unwrap();
    let stream = HostIncomingBody::stream(&mut p2, lend(&body)).unwrap().unwrap();
    writer.fail(HttpError::ConnectionTerminated);
    let mut failure = || match HostInputStream::read(&mut p2, lend(&stream), 10) {
        Poll::Ready(Err(failure)) => StreamError::try_from(failure),
        _ => panic!("the read does not fail"),
    };
    let (first, second) = (failure(), failure());
    let Ok(StreamError::LastOperationFailed(error)) = first else { panic!("no error") };
    assert!(matches!(p2.http_error_code(lend(&error)).unwrap(), Some(ErrorCode::ConnectionTerminated)));
    assert!(matches!(second, Ok(StreamError::Closed)));
}

#[test]
fn attack_14_writes_wait_for_who_reads() {
    let mut grant = Grant::new(tambo_kernel_os::system());
    grant.budget.http.body_buffer = 4;
    let mut p2 = P2::new(grant);
    let response = response(&mut p2);
    let body = HostOutgoingResponse::body(&mut p2, lend(&response)).unwrap().unwrap();
    let stream = HostOutgoingBody::write(&mut p2, lend(&body)).unwrap().unwrap();
    assert_eq!(HostOutputStream::check_write(&mut p2, lend(&stream)).unwrap(), 4);
    HostOutputStream::write(&mut p2, lend(&stream), b"1234").unwrap();
    assert_eq!(HostOutputStream::check_write(&mut p2, lend(&stream)).unwrap(), 0);
    assert!(HostOutputStream::blocking_write_and_flush(&mut p2, lend(&stream), b"5").is_pending());
    let (outparam, answer) = p2.new_response_outparam();
    HostResponseOutparam::set(&mut p2, outparam, Ok(response)).unwrap();
    let mut sent = answer.take().unwrap().unwrap().into_http().into_body();
    assert!(matches!(next(&mut sent), Poll::Ready(Some(Ok(Frame::Data(_))))));
    assert!(HostOutputStream::blocking_write_and_flush(&mut p2, lend(&stream), b"5").is_ready());
    drop(sent);
    let gone = HostOutputStream::blocking_write_and_flush(&mut p2, lend(&stream), b"6");
    let Poll::Ready(Err(failure)) = gone else { panic!("nobody reads") };
    assert!(matches!(StreamError::try_from(failure), Ok(StreamError::Closed)));
}

#[test]
fn a_handler_can_answer_with_an_error() {
    let mut p2 = guest();
    let (outparam, answer) = p2.new_response_outparam();
    HostResponseOutparam::set(&mut p2, outparam, Err(ErrorCodeRef::InternalError(Some("why")))).unwrap();
    assert_eq!(answer.take().unwrap().err(), Some(HttpError::internal("why")));
}

#[test]
fn parts_of_requests_are_checked_when_they_are_set() {
    let mut p2 = guest();
    let headers = HostFields::new(&mut p2).unwrap();
    let request = HostOutgoingRequest::new(&mut p2, headers).unwrap();
    assert_eq!(HostOutgoingRequest::method(&mut p2, lend(&request)).unwrap(), Method::Get);
    assert_eq!(HostOutgoingRequest::set_method(&mut p2, lend(&request), MethodRef::Other("a b")).unwrap(), Err(()));
    HostOutgoingRequest::set_method(&mut p2, lend(&request), MethodRef::Other("PURGE")).unwrap().unwrap();
    let method = HostOutgoingRequest::method(&mut p2, lend(&request)).unwrap();
    assert_eq!(method, Method::Other("PURGE".to_owned()));
    for path in ["/a b", "/a\r\nx: y", "nowhere", "/#x"] {
        let set = HostOutgoingRequest::set_path_with_query(&mut p2, lend(&request), Some(path)).unwrap();
        assert_eq!(set, Err(()), "{path:?}");
    }
    HostOutgoingRequest::set_path_with_query(&mut p2, lend(&request), Some("/a?b=c")).unwrap().unwrap();
    for authority in ["a b", "a/b", "a@b@c", ""] {
        let set = HostOutgoingRequest::set_authority(&mut p2, lend(&request), Some(authority)).unwrap();
        assert_eq!(set, Err(()), "{authority:?}");
    }
    HostOutgoingRequest::set_authority(&mut p2, lend(&request), Some("a.example:81")).unwrap().unwrap();
    let bad = HostOutgoingRequest::set_scheme(&mut p2, lend(&request), Some(SchemeRef::Other("1 x"))).unwrap();
    assert_eq!(bad, Err(()));
    HostOutgoingRequest::set_scheme(&mut p2, lend(&request), Some(SchemeRef::HTTP)).unwrap().unwrap();
    let refused = p2.handle(request, None);
    assert!(matches!(refused, Err(HttpFailure::Told(HttpError::HttpRequestDenied))), "nothing is granted");
}

#[test]
fn options_are_kept() {
    let mut p2 = guest();
    let options = HostRequestOptions::new(&mut p2).unwrap();
    assert_eq!(HostRequestOptions::connect_timeout(&mut p2, lend(&options)).unwrap(), None);
    HostRequestOptions::set_connect_timeout(&mut p2, lend(&options), Some(u64::MAX)).unwrap().unwrap();
    assert_eq!(HostRequestOptions::connect_timeout(&mut p2, lend(&options)).unwrap(), Some(u64::MAX));
    HostRequestOptions::set_connect_timeout(&mut p2, lend(&options), None).unwrap().unwrap();
    assert_eq!(HostRequestOptions::connect_timeout(&mut p2, lend(&options)).unwrap(), None);
}
