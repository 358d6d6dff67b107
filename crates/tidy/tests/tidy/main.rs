//! The rules of STYLE.md that a machine can check. A failure lists `file:line: rule: what to do`.

#![expect(clippy::unwrap_used, reason = "a test suite, whose failures are panics")]

mod code;
mod lengths;
mod lexer;
mod metadata;
mod repository;
mod rings;
mod text;

use repository::{Violation, sources};

/// Runs one rule over every Rust source and shows all that it finds.
fn check(rule: impl Fn(&repository::Source) -> Vec<Violation>) {
    report(sources().iter().flat_map(rule).collect());
}

fn report(violations: Vec<Violation>) {
    let list: Vec<String> = violations.iter().map(ToString::to_string).collect();
    assert!(list.is_empty(), "{} violations of STYLE.md:\n{}\n", list.len(), list.join("\n"));
}

#[test]
fn every_file_says_what_it_is() {
    check(text::header);
}

#[test]
fn unsafe_code_states_its_rules() {
    check(text::safety_header);
}

#[test]
fn authority_and_time_are_named_where_they_belong() {
    check(code::ambient_authority);
}

#[test]
fn nothing_is_left_open_or_silenced_without_reason() {
    check(code::left_open);
}

#[test]
fn files_and_functions_are_short() {
    report(lengths::check(&sources(), &repository::read("crates/tidy/ratchet.txt")));
}

#[test]
fn rings_point_down() {
    report(rings::check(&metadata::Graph::load()));
}
