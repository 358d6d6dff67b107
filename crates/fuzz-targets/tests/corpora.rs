//! The corpora in the repository, every input of every target: what was reached once stays reached, and nothing fails.

use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use tambo_fuzz_targets::{Reached, TARGETS};

/// Runs all inputs of a target. `least` is how much they come to together: a generator that reads bytes in another way
/// makes a corpus worthless, and then it is to be made again (see the crate).
fn replay(name: &str, least: usize) {
    let (_, run) = TARGETS.into_iter().find(|(known, _)| *known == name).expect("a target of this name");
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpora").join(name);
    let mut reached = Reached::new();
    for entry in fs::read_dir(&folder).expect("a corpus") {
        let path = entry.expect("an input").path();
        let data = fs::read(&path).expect("an input");
        let outcome = catch_unwind(AssertUnwindSafe(|| run(&data)));
        reached.extend(outcome.unwrap_or_else(|_| panic!("{} failed; the message is above", path.display())));
    }
    assert!(reached.len() >= least, "{name}: {} of {least}: {reached:#?}", reached.len());
}

#[test]
fn component_hostile() {
    replay("component_hostile", 23);
}

#[test]
fn component_plan() {
    replay("component_plan", 54);
}

#[test]
fn component_values() {
    replay("component_values", 36);
}

#[test]
fn p1_calls() {
    replay("p1_calls", 120);
}

#[test]
fn p1_paths() {
    replay("p1_paths", 56);
}
