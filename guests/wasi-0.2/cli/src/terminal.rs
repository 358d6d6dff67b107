//! `wasi:cli/terminal-*`: with pipes there is none, and in the cases named `on-a-terminal` all three are one.

use conformance::wasi::cli::terminal_stderr::get_terminal_stderr;
use conformance::wasi::cli::terminal_stdin::get_terminal_stdin;
use conformance::wasi::cli::terminal_stdout::get_terminal_stdout;

conformance::cases! {
    "terminal-stdin/get-terminal-stdin":
        a_pipe_is_no_terminal_for_input,
        input_on_a_terminal;
    "terminal-stdout/get-terminal-stdout":
        a_pipe_is_no_terminal_for_output,
        output_on_a_terminal;
    "terminal-stderr/get-terminal-stderr":
        a_pipe_is_no_terminal_for_messages,
        messages_on_a_terminal,
}

fn a_pipe_is_no_terminal_for_input() {
    assert!(get_terminal_stdin().is_none());
}

fn input_on_a_terminal() {
    let terminal = get_terminal_stdin().expect("standard input is a terminal");
    drop(terminal);
    assert!(get_terminal_stdin().is_some());
}

fn a_pipe_is_no_terminal_for_output() {
    assert!(get_terminal_stdout().is_none());
}

fn output_on_a_terminal() {
    let terminal = get_terminal_stdout().expect("standard output is a terminal");
    drop(terminal);
    assert!(get_terminal_stdout().is_some());
}

fn a_pipe_is_no_terminal_for_messages() {
    assert!(get_terminal_stderr().is_none());
}

fn messages_on_a_terminal() {
    let terminal = get_terminal_stderr().expect("standard error is a terminal");
    drop(terminal);
    assert!(get_terminal_stderr().is_some());
}
