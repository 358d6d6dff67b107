//! From one stream to another, in `wasi:io/streams`.

use conformance::files::{HELLO, TOO_FAR, content, create, open, open_writable, root};
use conformance::streams::{closed, permit, read_all};
use conformance::wasi::cli::{stdin::get_stdin, stdout::get_stdout};
use conformance::wasi::io::streams::{InputStream, OutputStream, StreamError};

conformance::cases! {
    "streams/output-stream.splice":
        moves_at_most_len,
        returns_the_number_of_bytes_transferred,
        an_error_of_read_is_reported,
        an_error_of_check_write_is_reported,
        moves_nothing_if_nothing_is_there,
        a_len_of_zero_moves_nothing;
    "streams/output-stream.blocking-splice":
        moves_a_file_to_a_file,
        moves_standard_input_to_standard_output,
        at_the_end_it_is_closed,
        moves_at_least_one_byte;
    "attacks/11":
        a_splice_of_any_length,
}

fn hello() -> InputStream {
    open(&root(), "file.txt").read_via_stream(0).expect("read-via-stream")
}

fn fresh() -> OutputStream {
    create(&root(), "new", b"").write_via_stream(0).expect("write-via-stream")
}

fn moves_at_most_len() {
    let (source, target) = (hello(), fresh());
    permit(&target);
    let moved = target.splice(&source, 5).expect("a splice");
    assert!(moved <= 5);
    target.blocking_flush().expect("a flush");
    assert_eq!(content(&root(), "new"), HELLO[..moved as usize]);
    assert_eq!(read_all(&source), HELLO[moved as usize..]);
}

fn returns_the_number_of_bytes_transferred() {
    let (source, target) = (hello(), fresh());
    let mut moved = 0;
    while moved < HELLO.len() as u64 {
        permit(&target);
        source.subscribe().block();
        moved += target.splice(&source, 100).expect("a splice");
    }
    target.blocking_flush().expect("a flush");
    assert_eq!(moved, HELLO.len() as u64);
    assert_eq!(content(&root(), "new"), HELLO);
}

fn an_error_of_read_is_reported() {
    let (source, target) = (hello(), fresh());
    read_all(&source);
    permit(&target);
    closed(target.splice(&source, 10));
}

fn an_error_of_check_write_is_reported() {
    let source = hello();
    let target = open_writable(&root(), "file.txt").write_via_stream(TOO_FAR).expect("write-via-stream");
    let failed = target.blocking_write_and_flush(b"far");
    assert!(matches!(failed, Err(StreamError::LastOperationFailed(_))), "{failed:?}");
    closed(target.splice(&source, 10));
    assert_eq!(read_all(&source), HELLO, "nothing was taken");
}

/// Standard input stays open and empty.
fn moves_nothing_if_nothing_is_there() {
    let target = fresh();
    permit(&target);
    assert_eq!(target.splice(&get_stdin(), 10).expect("a splice that does not wait"), 0);
}

fn a_len_of_zero_moves_nothing() {
    let (source, target) = (hello(), fresh());
    permit(&target);
    assert_eq!(target.splice(&source, 0).expect("a splice of nothing"), 0);
    assert_eq!(read_all(&source), HELLO);
}

fn moves_a_file_to_a_file() {
    let bytes: Vec<u8> = (0..=255).cycle().take(300_000).collect();
    create(&root(), "large", &bytes);
    let source = open(&root(), "large").read_via_stream(0).expect("read-via-stream");
    let target = fresh();
    let mut moved = 0;
    while moved < bytes.len() as u64 {
        moved += target.blocking_splice(&source, 1 << 20).expect("a splice");
    }
    target.blocking_flush().expect("a flush");
    assert!(content(&root(), "new") == bytes);
}

fn moves_standard_input_to_standard_output() {
    let (source, target) = (get_stdin(), get_stdout());
    while target.blocking_splice(&source, 4).is_ok() {}
    target.blocking_flush().expect("a flush");
}

fn at_the_end_it_is_closed() {
    let (source, target) = (hello(), fresh());
    read_all(&source);
    closed(target.blocking_splice(&source, 10));
}

fn moves_at_least_one_byte() {
    let (source, target) = (hello(), fresh());
    assert!((1..=2).contains(&target.blocking_splice(&source, 2).expect("a splice")));
}

fn a_splice_of_any_length() {
    let (source, target) = (hello(), fresh());
    let mut moved = 0;
    while moved < HELLO.len() as u64 {
        moved += target.blocking_splice(&source, u64::MAX).expect("a splice");
    }
    target.blocking_flush().expect("a flush");
    assert_eq!(content(&root(), "new"), HELLO);
}
