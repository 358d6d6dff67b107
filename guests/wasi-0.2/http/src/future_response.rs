//! `future-incoming-response`.

use conformance::wasi::io::poll;

use crate::bindings::wasi::http::outgoing_handler::handle;
use crate::bindings::wasi::http::types::{Fields, FutureIncomingResponse};
use crate::exchange::{answered_with, request, request_to};

conformance::cases! {
    "types/future-incoming-response.subscribe":
        is_ready_when_the_response_is_there,
        is_not_ready_before,
        is_ready_after_an_error,
        several_pollables_of_one_future,
        a_future_dropped_before_its_pollable;
    "types/future-incoming-response.get":
        is_none_before_it_is_ready,
        is_a_value_once,
        an_error_is_told_once,
        the_response_outlives_it;
}

fn sent(answer: &str) -> FutureIncomingResponse {
    handle(answered_with(answer), None).expect("it is sent")
}

fn refused() -> FutureIncomingResponse {
    handle(request_to("127.0.0.1:1", "/", Fields::new()), None).expect("it is known later")
}

/// "When this pollable is ready, the `get` method will return `some`."
fn is_ready_when_the_response_is_there() {
    let future = handle(request("/", Fields::new()), None).expect("it is sent");
    let pollable = future.subscribe();
    pollable.block();
    assert!(pollable.ready());
    drop(pollable);
    future.get().expect("it is ready").expect("the first time").expect("a response");
}

fn is_not_ready_before() {
    let future = sent("\\h");
    assert!(!future.subscribe().ready());
}

fn is_ready_after_an_error() {
    let future = refused();
    future.subscribe().block();
    assert!(future.get().expect("it is ready").expect("the first time").is_err());
}

fn several_pollables_of_one_future() {
    let future = handle(request("/", Fields::new()), None).expect("it is sent");
    let (one, other) = (future.subscribe(), future.subscribe());
    poll::poll(&[&one]);
    other.block();
    assert!(one.ready() && other.ready());
}

/// The text does not call it a child.
fn a_future_dropped_before_its_pollable() {
    let future = sent("\\h");
    let pollable = future.subscribe();
    drop(future);
    drop(pollable);
}

fn is_none_before_it_is_ready() {
    let future = sent("\\h");
    assert!(future.get().is_none());
    assert!(future.get().is_none());
}

/// "It will be success on the first call in which the outer option is `some`, and error on subsequent calls."
fn is_a_value_once() {
    let future = handle(request("/", Fields::new()), None).expect("it is sent");
    future.subscribe().block();
    let response = future.get().expect("it is ready").expect("the first time");
    assert!(matches!(future.get(), Some(Err(()))));
    drop(response);
    assert!(matches!(future.get(), Some(Err(()))));
}

fn an_error_is_told_once() {
    let future = refused();
    future.subscribe().block();
    assert!(matches!(future.get(), Some(Ok(Err(_)))));
    assert!(matches!(future.get(), Some(Err(()))));
}

fn the_response_outlives_it() {
    let future = handle(request("/", Fields::new()), None).expect("it is sent");
    future.subscribe().block();
    let response = future.get().expect("it is ready").expect("the first time").expect("a response");
    drop(future);
    assert_eq!(response.status(), 200);
    assert!(crate::exchange::text(&response).starts_with("GET / HTTP/1.1\n"));
}
