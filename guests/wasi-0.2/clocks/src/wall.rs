//! `wasi:clocks/wall-clock`.

use conformance::wasi::clocks::{monotonic_clock, wall_clock};

conformance::cases! {
    "wall-clock/now":
        nanoseconds_are_less_than_a_second,
        counts_from_1970,
        runs_as_the_monotonic_clock_does;
    "wall-clock/resolution":
        is_a_tick,
}

const SECOND: u32 = 1_000_000_000;

/// "The nanoseconds field of the output is always less than 1000000000."
fn nanoseconds_are_less_than_a_second() {
    for _ in 0..1000 {
        assert!(wall_clock::now().nanoseconds < SECOND);
    }
}

/// "seconds since 1970-01-01T00:00:00Z": between the years 2025 and 2200 where this is run.
fn counts_from_1970() {
    let seconds = wall_clock::now().seconds;
    assert!((1_735_689_600..7_258_118_400).contains(&seconds), "{seconds}");
}

fn runs_as_the_monotonic_clock_does() {
    let nanoseconds = || {
        let now = wall_clock::now();
        i128::from(now.seconds) * i128::from(SECOND) + i128::from(now.nanoseconds)
    };
    let before = nanoseconds();
    monotonic_clock::subscribe_duration(50_000_000).block();
    let passed = nanoseconds() - before;
    // It may be reset, but hardly just now.
    assert!((40_000_000..20_000_000_000).contains(&passed), "{passed} ns");
}

fn is_a_tick() {
    let resolution = wall_clock::resolution();
    assert!(resolution.nanoseconds < SECOND);
    assert!(resolution.seconds > 0 || resolution.nanoseconds > 0);
}
