//! The writing half of `wasi:io/streams`, over files and over standard output, which the suite's JSON compares.

use conformance::files::{content, create, root};
use conformance::streams::{ONE_WRITE, permit, to_stdout, write_all};
use conformance::wasi::cli::stdout::get_stdout;
use conformance::wasi::filesystem::types::Descriptor;
use conformance::wasi::io::poll::poll;
use conformance::wasi::io::streams::OutputStream;

conformance::cases! {
    "streams/output-stream.check-write":
        permits_a_write,
        permits_one_to_standard_output;
    "streams/output-stream.write":
        what_was_written_is_there_after_a_flush,
        standard_output_gets_it,
        may_use_the_whole_permit,
        more_than_permitted_traps,
        without_a_permit_traps,
        a_permit_is_for_one_write,
        an_empty_list_is_valid;
    "streams/output-stream.blocking-write-and-flush":
        takes_4096_bytes,
        more_than_4096_bytes_trap,
        nothing_is_valid,
        needs_no_permit,
        is_verbatim;
    "streams/output-stream.flush":
        the_stream_accepts_writes_again_when_it_is_done,
        with_nothing_to_flush;
    "streams/output-stream.blocking-flush":
        is_done_when_it_returns,
        blocking_with_nothing_to_flush;
    "streams/output-stream.subscribe":
        when_ready_a_write_is_permitted,
        several_pollables_of_one_stream,
        a_stream_dropped_before_its_pollable;
    "streams/output-stream.write-zeroes":
        writes_zeroes,
        more_zeroes_than_permitted_trap;
    "streams/output-stream.blocking-write-zeroes-and-flush":
        takes_4096_zeroes,
        more_than_4096_zeroes_trap;
    "attacks/11":
        a_write_of_zeroes_beyond_all_memory_traps,
        a_blocking_write_of_zeroes_beyond_all_memory_traps,
}

/// A new file `new`, and a stream to its start.
fn fresh() -> (Descriptor, OutputStream) {
    let file = create(&root(), "new", b"");
    let stream = file.write_via_stream(0).expect("write-via-stream");
    (file, stream)
}

fn written() -> Vec<u8> {
    content(&root(), "new")
}

fn permits_a_write() {
    let (_, stream) = fresh();
    assert!(permit(&stream) > 0);
}

fn permits_one_to_standard_output() {
    assert!(permit(&get_stdout()) > 0);
}

fn what_was_written_is_there_after_a_flush() {
    let (_, stream) = fresh();
    for part in [&b"one "[..], b"two ", b"three"] {
        assert!(permit(&stream) >= part.len() as u64);
        stream.write(part).expect("a permitted write");
    }
    stream.blocking_flush().expect("a flush");
    assert_eq!(written(), b"one two three");
}

fn standard_output_gets_it() {
    let stdout = get_stdout();
    assert!(permit(&stdout) >= 8);
    stdout.write("wrïtten".as_bytes()).expect("a permitted write");
    stdout.blocking_flush().expect("a flush");
}

fn may_use_the_whole_permit() {
    let (_, stream) = fresh();
    let len = permit(&stream).min(1 << 20) as usize;
    stream.write(&vec![b'x'; len]).expect("a permitted write");
    stream.blocking_flush().expect("a flush");
    assert_eq!(written().len(), len);
}

/// "Calling `write` with more bytes than this function has permitted will trap."
fn more_than_permitted_traps() {
    let (_, stream) = fresh();
    let permitted = permit(&stream);
    assert!(permitted < 1 << 30, "a permit of {permitted} bytes cannot be exceeded from here");
    let outcome = stream.write(&vec![0; permitted as usize + 1]);
    panic!("it returned {outcome:?}");
}

/// "Precondition: check-write gave permit of Ok(n) and contents has a length of less than or equal to n. Otherwise, this
/// function will trap."
fn without_a_permit_traps() {
    let (_, stream) = fresh();
    let outcome = stream.write(b"x");
    panic!("it returned {outcome:?}");
}

/// "Returns the number of bytes permitted for the next call to `write`".
fn a_permit_is_for_one_write() {
    let (_, stream) = fresh();
    let permitted = permit(&stream);
    assert!(permitted >= 2);
    stream.write(b"x").expect("a permitted write");
    let outcome = stream.write(&vec![0; permitted.min(1 << 30) as usize]);
    panic!("it returned {outcome:?}");
}

fn an_empty_list_is_valid() {
    let (_, stream) = fresh();
    permit(&stream);
    stream.write(b"").expect("a write of nothing");
    stream.blocking_flush().expect("a flush");
    assert_eq!(written(), b"");
}

fn takes_4096_bytes() {
    let (_, stream) = fresh();
    let bytes = [b'y'; ONE_WRITE];
    stream.blocking_write_and_flush(&bytes).expect("a write");
    assert_eq!(written(), bytes);
    stream.blocking_write_and_flush(b"z").expect("a write");
    assert_eq!(written().len(), ONE_WRITE + 1);
}

/// "Perform a write of up to 4096 bytes".
fn more_than_4096_bytes_trap() {
    let (_, stream) = fresh();
    let outcome = stream.blocking_write_and_flush(&[0; ONE_WRITE + 1]);
    panic!("it returned {outcome:?}");
}

fn nothing_is_valid() {
    let (_, stream) = fresh();
    stream.blocking_write_and_flush(b"").expect("a write of nothing");
    assert_eq!(written(), b"");
}

fn needs_no_permit() {
    to_stdout("no permit\n");
}

fn is_verbatim() {
    let bytes: Vec<u8> = (0..=255).cycle().take(10_000).collect();
    let (_, stream) = fresh();
    write_all(&stream, &bytes).expect("all writes");
    assert_eq!(written(), bytes);
}

/// "The `subscribe` pollable will become ready when the flush has completed and the stream can accept more writes."
fn the_stream_accepts_writes_again_when_it_is_done() {
    let (_, stream) = fresh();
    permit(&stream);
    stream.write(b"first").expect("a permitted write");
    stream.flush().expect("a flush");
    stream.subscribe().block();
    assert!(stream.check_write().expect("still open") > 0);
    assert_eq!(written(), b"first");
}

fn with_nothing_to_flush() {
    let (_, stream) = fresh();
    stream.flush().expect("a flush");
    assert!(permit(&stream) > 0);
    get_stdout().flush().expect("a flush");
}

fn is_done_when_it_returns() {
    let (_, stream) = fresh();
    permit(&stream);
    stream.write(b"first").expect("a permitted write");
    stream.blocking_flush().expect("a flush");
    assert_eq!(written(), b"first");
    assert!(stream.check_write().expect("still open") > 0, "stream is ready for writing again");
}

fn blocking_with_nothing_to_flush() {
    let (_, stream) = fresh();
    stream.blocking_flush().expect("a flush");
    get_stdout().blocking_flush().expect("a flush");
}

/// "When this pollable is ready, `check-write` will return `ok(n)` with n>0, or an error."
fn when_ready_a_write_is_permitted() {
    let (_, stream) = fresh();
    for _ in 0..3 {
        stream.subscribe().block();
        assert!(stream.check_write().expect("open") > 0);
        stream.write(b"x").expect("a permitted write");
    }
    let stdout = get_stdout();
    stdout.subscribe().block();
    assert!(stdout.check_write().expect("open") > 0);
}

fn several_pollables_of_one_stream() {
    let (_, stream) = fresh();
    let (first, second) = (stream.subscribe(), stream.subscribe());
    assert!(!poll(&[&first, &second]).is_empty());
    drop(first);
    second.block();
}

/// "Implementations may trap if the `output-stream` is dropped before all derived `pollable`s": or all is well.
fn a_stream_dropped_before_its_pollable() {
    let (_, stream) = fresh();
    let pollable = stream.subscribe();
    drop(stream);
    pollable.ready();
}

fn writes_zeroes() {
    let (_, stream) = fresh();
    assert!(permit(&stream) >= 100);
    stream.write_zeroes(100).expect("a permitted write");
    stream.blocking_flush().expect("a flush");
    assert_eq!(written(), [0; 100]);
}

fn more_zeroes_than_permitted_trap() {
    let (_, stream) = fresh();
    let permitted = permit(&stream);
    let Some(more) = permitted.checked_add(1) else { panic!("a permit of {permitted} bytes cannot be exceeded") };
    let outcome = stream.write_zeroes(more);
    panic!("it returned {outcome:?}");
}

fn takes_4096_zeroes() {
    let (_, stream) = fresh();
    stream.blocking_write_zeroes_and_flush(ONE_WRITE as u64).expect("a write");
    assert_eq!(written(), [0; ONE_WRITE]);
    stream.blocking_write_zeroes_and_flush(0).expect("a write of nothing");
    assert_eq!(written().len(), ONE_WRITE);
}

fn more_than_4096_zeroes_trap() {
    let (_, stream) = fresh();
    let outcome = stream.blocking_write_zeroes_and_flush(ONE_WRITE as u64 + 1);
    panic!("it returned {outcome:?}");
}

fn a_write_of_zeroes_beyond_all_memory_traps() {
    let (_, stream) = fresh();
    permit(&stream);
    let outcome = stream.write_zeroes(u64::MAX);
    panic!("it returned {outcome:?}");
}

fn a_blocking_write_of_zeroes_beyond_all_memory_traps() {
    let (_, stream) = fresh();
    let outcome = stream.blocking_write_zeroes_and_flush(1 << 40);
    panic!("it returned {outcome:?}");
}
