//! The reading half of `wasi:io/streams`, over files and over standard input, whose text is in the suite's JSON.

use conformance::files::{HELLO, create, open, root};
use conformance::streams::{closed, from_stdin, read_all};
use conformance::wasi::cli::stdin::get_stdin;
use conformance::wasi::io::poll::poll;
use conformance::wasi::io::streams::InputStream;

conformance::cases! {
    "streams/input-stream.read":
        returns_at_most_len,
        goes_on_where_the_last_ended,
        a_len_of_zero_on_an_open_stream_is_an_empty_list,
        a_len_of_zero_on_a_closed_stream_is_closed,
        fails_with_closed_at_the_end,
        does_not_wait_for_bytes,
        any_len_is_valid,
        bytes_are_returned_verbatim;
    "streams/input-stream.blocking-read":
        returns_at_least_one_byte,
        takes_no_more_than_len,
        reads_standard_input_to_the_end,
        fails_with_closed_at_the_end_of_a_file,
        fails_with_closed_if_there_never_was_input;
    "streams/input-stream.skip":
        returns_the_number_of_bytes_consumed,
        skips_at_most_len,
        skipping_fails_with_closed_at_the_end,
        skips_nothing_if_nothing_is_there;
    "streams/input-stream.blocking-skip":
        skips_at_least_one_byte,
        blocking_skip_fails_with_closed_at_the_end,
        skips_standard_input;
    "streams/input-stream.subscribe":
        is_ready_when_bytes_are_there,
        is_ready_when_the_other_end_is_closed,
        is_not_ready_before,
        several_pollables_of_one_stream,
        a_stream_dropped_before_its_pollable;
    "attacks/11":
        reads_of_all_sizes_of_a_small_file,
        skips_of_all_sizes,
}

/// What the JSON file gives as standard input.
const INPUT: &[u8] = "línea 1\nline 2\n".as_bytes();

fn hello() -> InputStream {
    open(&root(), "file.txt").read_via_stream(0).expect("read-via-stream")
}

fn at_end() -> InputStream {
    let stream = hello();
    assert_eq!(read_all(&stream), HELLO);
    stream
}

fn returns_at_most_len() {
    for len in 1..=20 {
        let read = hello().blocking_read(len).expect("a read");
        assert!(read.len() as u64 <= len && HELLO.starts_with(&read), "{read:?}");
        let read = hello().read(len).expect("a read");
        assert!(read.len() as u64 <= len && HELLO.starts_with(&read), "{read:?}");
    }
}

fn goes_on_where_the_last_ended() {
    let stream = hello();
    let mut all = stream.blocking_read(3).expect("a read");
    all.extend(stream.blocking_read(2).expect("a read"));
    all.extend(read_all(&stream));
    assert_eq!(all, HELLO);
}

/// "If the stream is still open, this call should succeed and return an empty list".
fn a_len_of_zero_on_an_open_stream_is_an_empty_list() {
    assert_eq!(hello().read(0).expect("a read of nothing"), []);
    assert_eq!(get_stdin().read(0).expect("a read of nothing"), []);
}

/// "or otherwise fail with `closed`."
fn a_len_of_zero_on_a_closed_stream_is_closed() {
    closed(at_end().read(0));
}

fn fails_with_closed_at_the_end() {
    let stream = at_end();
    closed(stream.read(10));
    closed(stream.read(10));
}

/// "The list is empty when no bytes are available for reading at this time." Standard input stays open and empty.
fn does_not_wait_for_bytes() {
    let stdin = get_stdin();
    assert_eq!(stdin.read(10).expect("a read that does not wait"), []);
}

/// "The `len` parameter is a `u64`, which could represent a list of u8 which is not possible to allocate in wasm32".
fn any_len_is_valid() {
    assert_eq!(hello().blocking_read(u64::MAX).expect("a read"), HELLO);
    assert!(HELLO.starts_with(&hello().read(1 << 32).expect("a read")));
}

fn bytes_are_returned_verbatim() {
    let bytes: Vec<u8> = (0..=255).chain([0, 0xff, 0xfe, 0xc3, 0x28]).collect();
    let file = create(&root(), "bytes", &bytes);
    assert_eq!(read_all(&file.read_via_stream(0).expect("read-via-stream")), bytes);
}

fn returns_at_least_one_byte() {
    assert!(!get_stdin().blocking_read(100).expect("a read").is_empty());
    assert!(!hello().blocking_read(1).expect("a read").is_empty());
}

fn takes_no_more_than_len() {
    let stdin = get_stdin();
    let first = stdin.blocking_read(1).expect("a read");
    assert_eq!(first, INPUT[..1]);
    assert_eq!(read_all(&stdin), INPUT[1..]);
}

fn reads_standard_input_to_the_end() {
    assert_eq!(from_stdin(), INPUT);
}

fn fails_with_closed_at_the_end_of_a_file() {
    closed(at_end().blocking_read(1));
}

fn fails_with_closed_if_there_never_was_input() {
    let stdin = get_stdin();
    closed(stdin.blocking_read(1));
    closed(stdin.blocking_read(1));
    closed(stdin.read(1));
}

fn returns_the_number_of_bytes_consumed() {
    let stream = hello();
    let skipped = stream.skip(5).expect("a skip");
    assert!(skipped <= 5);
    assert_eq!(read_all(&stream), HELLO[skipped as usize..]);
}

fn skips_at_most_len() {
    let stream = hello();
    let skipped = stream.skip(u64::MAX).expect("a skip");
    assert!(skipped <= HELLO.len() as u64);
    assert_eq!(read_all(&stream), HELLO[skipped as usize..]);
    assert_eq!(hello().skip(0).expect("a skip of nothing"), 0);
}

fn skipping_fails_with_closed_at_the_end() {
    closed(at_end().skip(1));
}

/// Standard input stays open and empty.
fn skips_nothing_if_nothing_is_there() {
    assert_eq!(get_stdin().skip(10).expect("a skip that does not wait"), 0);
}

fn skips_at_least_one_byte() {
    let stream = hello();
    let skipped = stream.blocking_skip(6).expect("a skip");
    assert!((1..=6).contains(&skipped));
    assert_eq!(read_all(&stream), HELLO[skipped as usize..]);
}

fn blocking_skip_fails_with_closed_at_the_end() {
    closed(at_end().blocking_skip(1));
}

fn skips_standard_input() {
    let stdin = get_stdin();
    let skipped = stdin.blocking_skip(4).expect("a skip");
    assert!((1..=4).contains(&skipped));
    assert_eq!(read_all(&stdin), INPUT[skipped as usize..]);
}

fn is_ready_when_bytes_are_there() {
    let stdin = get_stdin();
    let pollable = stdin.subscribe();
    assert_eq!(poll(&[&pollable]), [0]);
    let read = stdin.read(100).expect("a read");
    assert!(!read.is_empty() && INPUT.starts_with(&read), "{read:?}");
    drop(pollable);
    let file = hello();
    file.subscribe().block();
    assert!(!file.read(100).expect("a read").is_empty(), "the pollable was ready");
}

fn is_ready_when_the_other_end_is_closed() {
    let stdin = get_stdin();
    stdin.subscribe().block();
    closed(stdin.read(1));
    assert!(stdin.subscribe().ready());
    let file = at_end();
    file.subscribe().block();
}

/// Standard input stays open and empty.
fn is_not_ready_before() {
    assert!(!get_stdin().subscribe().ready());
}

fn several_pollables_of_one_stream() {
    let stream = hello();
    let (first, second) = (stream.subscribe(), stream.subscribe());
    assert!(!poll(&[&first, &second]).is_empty());
    drop(first);
    second.block();
    drop(second);
    stream.subscribe().block();
}

/// "Implementations may trap if the `input-stream` is dropped before all derived `pollable`s": or all is well.
fn a_stream_dropped_before_its_pollable() {
    let stream = hello();
    let pollable = stream.subscribe();
    drop(stream);
    pollable.ready();
}

fn reads_of_all_sizes_of_a_small_file() {
    for shift in 0..64 {
        assert!(HELLO.starts_with(&hello().blocking_read(1 << shift).expect("a read")));
    }
}

fn skips_of_all_sizes() {
    for shift in 0..64 {
        let skipped = hello().blocking_skip(1 << shift).expect("a skip");
        assert!((1..=HELLO.len() as u64).contains(&skipped));
    }
}
