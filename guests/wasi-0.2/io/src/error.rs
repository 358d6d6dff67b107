//! `wasi:io/error`.

use conformance::files::{TOO_FAR, open_writable, root};
use conformance::streams::closed;
use conformance::wasi::io::streams::{OutputStream, StreamError};

conformance::cases! {
    "error/error.to-debug-string":
        says_something;
    "streams/stream-error":
        after_a_failure_the_stream_is_closed,
}

/// A stream to where no file reaches.
fn failing() -> OutputStream {
    let file = open_writable(&root(), "file.txt");
    file.write_via_stream(TOO_FAR).expect("a stream, whose writes fail")
}

/// "Returns a string that is suitable to assist humans in debugging this error."
fn says_something() {
    match failing().blocking_write_and_flush(b"far") {
        Err(StreamError::LastOperationFailed(error)) => assert!(!error.to_debug_string().is_empty()),
        other => panic!("expected `last-operation-failed`, got {other:?}"),
    }
}

/// "After this, the stream will be closed. All future operations return `stream-error::closed`."
fn after_a_failure_the_stream_is_closed() {
    let stream = failing();
    let failed = stream.blocking_write_and_flush(b"far");
    assert!(matches!(failed, Err(StreamError::LastOperationFailed(_))), "{failed:?}");
    closed(stream.check_write());
    closed(stream.blocking_write_and_flush(b"far"));
    closed(stream.flush());
    closed(stream.blocking_flush());
}
