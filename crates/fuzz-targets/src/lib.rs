//! Fuzz targets as plain functions of bytes, so that libFuzzer, a test and a crash file all run the same code.
//!
//! `fuzz/` gives them to libFuzzer. A test runs each for a moment on inputs of a fixed generator, and another over the
//! corpora in `fuzz/corpora`, which `cargo run -p tambo-fuzz-targets --example corpora` makes.

use std::collections::BTreeSet;

pub mod component_hostile;
pub mod component_plan;
pub mod component_values;
mod generator;
mod input;
pub mod p1_calls;
pub mod p1_paths;

pub use generator::generate;
pub use input::Input;

/// What an input came to, in words: the inputs that are worth keeping are those that come to something new.
pub type Reached = BTreeSet<String>;

/// A target: its name, and what it does with an input.
pub type Target = (&'static str, fn(&[u8]) -> Reached);

/// All of them.
pub const TARGETS: [Target; 5] = [
    ("component_hostile", component_hostile::run),
    ("component_plan", component_plan::run),
    ("component_values", component_values::run),
    ("p1_calls", p1_calls::run),
    ("p1_paths", p1_paths::run),
];

/// A message without what differs between two of its kind: numbers, and what is quoted.
fn kind_of(message: &str) -> String {
    let line = message.lines().next().unwrap_or_default();
    let unquoted: String = line.split(['`', '"']).step_by(2).collect();
    unquoted.chars().filter(|char| !char.is_ascii_digit()).take(80).collect()
}

/// The names in a value's debug output: of variants and fields.
fn names_in(value: &impl std::fmt::Debug) -> BTreeSet<String> {
    let text = format!("{value:?}");
    let words = text.split(|char: char| !char.is_ascii_alphanumeric());
    words.filter(|word| word.starts_with(|char: char| char.is_ascii_uppercase())).map(str::to_owned).collect()
}
