//! Each target for a moment, on inputs of a fixed generator: finds what is shallow.
//! `TAMBO_FUZZ_RUNS` sets how many inputs; `TAMBO_FUZZ_SEED` where the generator begins.

use std::panic::{AssertUnwindSafe, catch_unwind};

use tambo_fuzz_targets::{Reached, generate};

fn setting(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(default)
}

fn for_a_moment(target: fn(&[u8]) -> Reached, runs: u64) {
    let seed = setting("TAMBO_FUZZ_SEED", 1);
    for run in 0..setting("TAMBO_FUZZ_RUNS", runs) {
        let data = generate(seed << 32 | run, 2040);
        let outcome = catch_unwind(AssertUnwindSafe(|| target(&data)));
        assert!(outcome.is_ok(), "run {run} of seed {seed} failed; the message is above");
    }
}

/// Attack cases 11, 13, 20, 21 and 23, by a generator.
#[test]
fn component_hostile() {
    for_a_moment(tambo_fuzz_targets::component_hostile::run, 150);
}

#[test]
fn component_plan() {
    for_a_moment(tambo_fuzz_targets::component_plan::run, 300);
}

#[test]
fn component_values() {
    for_a_moment(tambo_fuzz_targets::component_values::run, 100);
}

#[test]
fn p1_calls() {
    for_a_moment(tambo_fuzz_targets::p1_calls::run, 2000);
}

#[test]
fn p1_paths() {
    for_a_moment(tambo_fuzz_targets::p1_paths::run, 200);
}
