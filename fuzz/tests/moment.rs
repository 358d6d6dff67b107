//! Each target for a moment, on inputs of a fixed generator: finds what is shallow and keeps the targets building.
//! `TAMBO_FUZZ_RUNS` sets how many inputs; `TAMBO_FUZZ_SEED` where the generator begins.

use std::panic::{AssertUnwindSafe, catch_unwind};

fn setting(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(default)
}

fn for_a_moment(target: fn(&[u8]), runs: u64) {
    let seed = setting("TAMBO_FUZZ_SEED", 1);
    for run in 0..setting("TAMBO_FUZZ_RUNS", runs) {
        let mut state = (seed << 32 | run).wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
        let mut next = || {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            (state >> 24) as u8
        };
        let len = usize::from(next()) * 8;
        let data: Vec<u8> = (0..len).map(|_| next()).collect();
        let outcome = catch_unwind(AssertUnwindSafe(|| target(&data)));
        assert!(outcome.is_ok(), "run {run} of seed {seed} failed; the message is above");
    }
}

#[test]
fn component_hostile() {
    for_a_moment(tambo_fuzz::component_hostile::run, 100);
}

#[test]
fn component_plan() {
    for_a_moment(tambo_fuzz::component_plan::run, 300);
}

#[test]
fn component_values() {
    for_a_moment(tambo_fuzz::component_values::run, 100);
}

#[test]
fn p1_calls() {
    for_a_moment(tambo_fuzz::p1_calls::run, 2000);
}

#[test]
fn p1_paths() {
    for_a_moment(tambo_fuzz::p1_paths::run, 200);
}
