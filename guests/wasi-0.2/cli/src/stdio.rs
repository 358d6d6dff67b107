//! `wasi:cli/stdin`, `stdout` and `stderr`. The suite's JSON has what goes in and what must come out.

use conformance::streams::{closed, permit, read_all, to_stdout, write_all};
use conformance::wasi::cli::{stderr::get_stderr, stdin::get_stdin, stdout::get_stdout};

conformance::cases! {
    "stdin/get-stdin":
        has_the_input,
        has_input_that_is_no_text,
        is_closed_if_there_is_none,
        can_be_had_again_after_a_drop,
        two_handles_are_one_input;
    "stdout/get-stdout":
        takes_output,
        keeps_the_order_over_handles,
        takes_much,
        takes_bytes_that_are_no_text,
        what_was_written_before_the_exit_is_there;
    "stderr/get-stderr":
        takes_messages,
        is_apart_from_stdout,
}

fn has_the_input() {
    assert_eq!(read_all(&get_stdin()), "línea\n".as_bytes());
}

fn has_input_that_is_no_text() {
    assert_eq!(read_all(&get_stdin()), [0, b'a', 0, b'\r', b'\n']);
}

fn is_closed_if_there_is_none() {
    closed(get_stdin().blocking_read(1));
}

fn can_be_had_again_after_a_drop() {
    let stdin = get_stdin();
    assert_eq!(stdin.blocking_read(2).expect("a read"), b"12");
    drop(stdin);
    assert_eq!(read_all(&get_stdin()), b"3456");
}

fn two_handles_are_one_input() {
    let (first, second) = (get_stdin(), get_stdin());
    assert_eq!(first.blocking_read(2).expect("a read"), b"12");
    assert_eq!(second.blocking_read(2).expect("a read"), b"34");
    assert_eq!(first.blocking_read(2).expect("a read"), b"56");
    closed(first.blocking_read(1));
    closed(second.blocking_read(1));
}

fn takes_output() {
    to_stdout("¡hola!\n");
}

fn keeps_the_order_over_handles() {
    let (first, second) = (get_stdout(), get_stdout());
    for (stream, text) in [(&first, "1"), (&second, "2"), (&first, "3"), (&second, "4\n")] {
        write_all(stream, text.as_bytes()).expect("a write");
    }
    drop(first);
    write_all(&second, b"5\n").expect("a write");
    to_stdout("6\n");
}

fn takes_much() {
    for _ in 0..100 {
        to_stdout(&"0123456789".repeat(1000));
    }
}

fn takes_bytes_that_are_no_text() {
    write_all(&get_stdout(), b"\0\x01\x7f\r\n").expect("a write");
}

/// Flushed by nobody but the end: "be sure to fully flush your writes" is for those who drop a stream with a write in
/// progress, so this one waits until nothing is.
fn what_was_written_before_the_exit_is_there() {
    let stdout = get_stdout();
    permit(&stdout);
    stdout.write(b"written\n").expect("a permitted write");
    stdout.flush().expect("a flush");
    permit(&stdout);
}

fn takes_messages() {
    write_all(&get_stderr(), b"a message\n").expect("a write");
}

fn is_apart_from_stdout() {
    write_all(&get_stderr(), b"to stderr\n").expect("a write");
    to_stdout("to stdout\n");
}
