//! Whole strings over streams, and what tells one stream error from another.

use crate::wasi::cli::{stderr, stdin, stdout};
use crate::wasi::io::streams::{InputStream, OutputStream, StreamError};

/// The bytes that `blocking-write-and-flush` takes.
pub const ONE_WRITE: usize = 4096;

/// Write all of it, in as many calls as it takes.
pub fn write_all(stream: &OutputStream, bytes: &[u8]) -> Result<(), StreamError> {
    bytes.chunks(ONE_WRITE).try_for_each(|chunk| stream.blocking_write_and_flush(chunk))
}

/// Read until the stream is closed.
pub fn read_all(stream: &InputStream) -> Vec<u8> {
    let mut bytes = Vec::new();
    loop {
        match stream.blocking_read(65536) {
            Ok(more) => bytes.extend(more),
            Err(StreamError::Closed) => return bytes,
            Err(error) => panic!("reading to the end: {error:?}"),
        }
    }
}

/// Write text to standard output.
pub fn to_stdout(text: &str) {
    write_all(&stdout::get_stdout(), text.as_bytes()).expect("standard output takes it");
}

/// Write text to standard error, if that is possible.
pub fn to_stderr(text: &str) {
    // Nobody is left to be told of a failure.
    let _ = write_all(&stderr::get_stderr(), text.as_bytes());
}

/// All of standard input.
pub fn from_stdin() -> Vec<u8> {
    read_all(&stdin::get_stdin())
}

/// Check that the stream is closed.
#[track_caller]
pub fn closed<T: std::fmt::Debug>(result: Result<T, StreamError>) {
    assert!(matches!(result, Err(StreamError::Closed)), "expected `closed`, got {result:?}");
}

/// Wait until the stream permits a write; answers how much.
pub fn permit(stream: &OutputStream) -> u64 {
    loop {
        match stream.check_write().expect("the stream is open") {
            0 => stream.subscribe().block(),
            permitted => return permitted,
        }
    }
}
