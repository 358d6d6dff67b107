//! `http-error-code`.

use conformance::files::{TOO_FAR, open_writable, root};
use conformance::wasi::io::streams::StreamError;

use crate::bindings::wasi::http::types::{ErrorCode, http_error_code};
use crate::exchange::response;

conformance::cases! {
    "types/http-error-code":
        of_a_body_that_breaks,
        an_error_of_a_file_is_none_of_http;
}

fn of_a_body_that_breaks() {
    let body = response("HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\n\\p").consume().expect("the first time");
    let stream = body.stream().expect("the first time");
    let Err(StreamError::LastOperationFailed(error)) = stream.blocking_read(1) else {
        panic!("a body that breaks is an error of its stream");
    };
    let code = http_error_code(&error).expect("an error of HTTP");
    assert!(matches!(code, ErrorCode::HttpResponseIncomplete | ErrorCode::ConnectionTerminated), "{code:?}");
    assert_eq!(http_error_code(&error), Some(code), "it can be asked again");
}

/// "Note that this function is fallible because not all io-errors are http-related errors."
fn an_error_of_a_file_is_none_of_http() {
    let file = open_writable(&root(), "file.txt");
    let stream = file.write_via_stream(TOO_FAR).expect("a stream that fails");
    match stream.blocking_write_and_flush(b"far") {
        Err(StreamError::LastOperationFailed(error)) => assert!(http_error_code(&error).is_none()),
        other => panic!("expected `last-operation-failed`, got {other:?}"),
    }
}
