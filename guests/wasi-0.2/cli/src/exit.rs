//! `wasi:cli/exit` and `wasi:cli/run`. The suite's JSON has the exit codes; what is printed after an exit would be seen.

use conformance::fail_run;
use conformance::streams::to_stdout;
use conformance::wasi::cli::exit::{exit, exit_with_code};

conformance::cases! {
    "exit/exit":
        ok_is_success,
        an_error_is_failure,
        does_not_return;
    "exit/exit-with-code":
        code_0_is_success,
        code_1,
        code_42,
        code_255,
        does_not_return_either;
    "run/run":
        returning_ok_is_success,
        returning_an_error_is_failure,
        a_trap_is_neither,
}

fn ok_is_success() {
    exit(Ok(()));
}

fn an_error_is_failure() {
    exit(Err(()));
}

fn does_not_return() {
    to_stdout("before\n");
    exit(Ok(()));
    to_stdout("after\n");
}

fn code_0_is_success() {
    exit_with_code(0);
    panic!("it returned");
}

fn code_1() {
    exit_with_code(1);
}

fn code_42() {
    exit_with_code(42);
}

fn code_255() {
    exit_with_code(255);
}

fn does_not_return_either() {
    to_stdout("before\n");
    exit_with_code(3);
    to_stdout("after\n");
}

fn returning_ok_is_success() {}

fn returning_an_error_is_failure() {
    fail_run();
}

fn a_trap_is_neither() {
    to_stdout("before\n");
    std::process::abort();
}
