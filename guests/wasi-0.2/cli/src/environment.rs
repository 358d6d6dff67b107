//! `wasi:cli/environment`.

use conformance::wasi::cli::environment::{get_arguments, get_environment, initial_cwd};
use conformance::wasi::filesystem::preopens::get_directories;

conformance::cases! {
    "environment/get-environment":
        is_empty_if_nothing_was_granted,
        has_what_was_granted,
        returns_the_same_each_time;
    "environment/get-arguments":
        the_first_is_the_program,
        are_passed_on_verbatim;
    "environment/initial-cwd":
        is_below_a_preopened_directory,
        is_the_same_each_time;
    "attacks/7":
        long_arguments_and_variables,
}

fn is_empty_if_nothing_was_granted() {
    assert_eq!(get_environment(), []);
}

fn has_what_was_granted() {
    let mut variables = get_environment();
    variables.sort();
    let expected = [("EMPTY", ""), ("EQUALS", "a=b=c"), ("NAME", "value"), ("UNICODE", "maíz 🌽")];
    assert_eq!(variables, expected.map(|(name, value)| (name.to_owned(), value.to_owned())));
}

/// "this import function should return the same values each time it is called."
fn returns_the_same_each_time() {
    assert_eq!(get_environment(), get_environment());
    assert_eq!(get_environment().len(), 1);
}

fn the_first_is_the_program() {
    let arguments = get_arguments();
    assert_eq!(arguments.len(), 2, "{arguments:?}");
    assert!(!arguments[0].is_empty());
}

fn are_passed_on_verbatim() {
    assert_eq!(get_arguments()[2..], ["", "two words", "--flag=x", "-", "ñandú", "*", "\"quoted\\\""]);
}

/// "a path that programs should use as their initial current working directory": none, or one that can be used.
fn is_below_a_preopened_directory() {
    let Some(cwd) = initial_cwd() else { return };
    let names: Vec<String> = get_directories().into_iter().map(|(_, name)| name).collect();
    assert!(names.iter().any(|name| cwd.starts_with(name.as_str())), "{cwd} is below none of {names:?}");
}

fn is_the_same_each_time() {
    assert_eq!(initial_cwd(), initial_cwd());
}

fn long_arguments_and_variables() {
    let length = 100_000;
    assert_eq!(get_arguments()[2], "a".repeat(length));
    assert_eq!(get_environment(), [("LONG".to_owned(), "v".repeat(length))]);
}
