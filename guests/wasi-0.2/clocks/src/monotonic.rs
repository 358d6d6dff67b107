//! `wasi:clocks/monotonic-clock`.

use conformance::wasi::clocks::monotonic_clock::{now, resolution, subscribe_duration, subscribe_instant};
use conformance::wasi::io::poll::poll;

conformance::cases! {
    "monotonic-clock/now":
        never_goes_back,
        moves_on_while_we_wait;
    "monotonic-clock/resolution":
        is_a_tick,
        is_always_the_same;
    "monotonic-clock/subscribe-instant":
        an_instant_that_has_occurred_is_ready,
        an_instant_to_come_is_not,
        resolves_once_the_instant_has_occurred,
        earlier_instants_come_first;
    "monotonic-clock/subscribe-duration":
        a_duration_of_zero_is_over,
        counts_from_the_call,
        resolves_after_the_duration,
        many_at_once;
    "attacks/25":
        the_last_instant_never_comes,
        the_longest_duration_never_ends,
        long_durations_do_not_wrap,
}

const MILLISECOND: u64 = 1_000_000;

fn never_goes_back() {
    let mut last = now();
    for _ in 0..1000 {
        let next = now();
        assert!(next >= last, "{next} after {last}");
        last = next;
    }
}

fn moves_on_while_we_wait() {
    let before = now();
    subscribe_duration(20 * MILLISECOND).block();
    assert!(now() >= before + 20 * MILLISECOND);
}

/// "Returns the duration of time corresponding to a clock tick."
fn is_a_tick() {
    assert!(resolution() > 0);
    assert!(resolution() < 1000 * MILLISECOND, "a clock that ticks once in a second measures nothing");
}

fn is_always_the_same() {
    assert_eq!(resolution(), resolution());
}

fn an_instant_that_has_occurred_is_ready() {
    assert!(subscribe_instant(0).ready());
    let instant = now();
    assert!(subscribe_instant(instant).ready());
}

fn an_instant_to_come_is_not() {
    assert!(!subscribe_instant(now() + 3_600_000 * MILLISECOND).ready());
}

fn resolves_once_the_instant_has_occurred() {
    let instant = now() + 30 * MILLISECOND;
    let pollable = subscribe_instant(instant);
    pollable.block();
    assert!(now() >= instant);
    assert!(pollable.ready());
}

fn earlier_instants_come_first() {
    let start = now();
    let late = subscribe_instant(start + 3_600_000 * MILLISECOND);
    let soon = subscribe_instant(start + 20 * MILLISECOND);
    assert_eq!(poll(&[&late, &soon]), [1]);
}

fn a_duration_of_zero_is_over() {
    assert!(subscribe_duration(0).ready());
}

/// "after the specified duration has elapsed from the time this function is invoked": not from when it is polled.
fn counts_from_the_call() {
    let first = subscribe_duration(40 * MILLISECOND);
    subscribe_duration(40 * MILLISECOND).block();
    subscribe_duration(MILLISECOND).block();
    assert!(first.ready());
}

fn resolves_after_the_duration() {
    let before = now();
    let pollable = subscribe_duration(30 * MILLISECOND);
    assert_eq!(poll(&[&pollable]), [0]);
    assert!(now() - before >= 30 * MILLISECOND);
}

fn many_at_once() {
    let before = now();
    let timers: Vec<_> = (1..=50).map(|number| subscribe_duration(number * MILLISECOND)).collect();
    for timer in timers.iter().rev() {
        timer.block();
    }
    assert!(now() - before >= 50 * MILLISECOND);
    assert!(timers.iter().all(conformance::wasi::io::poll::Pollable::ready));
}

fn the_last_instant_never_comes() {
    let never = subscribe_instant(u64::MAX);
    assert!(!never.ready());
    let soon = subscribe_duration(10 * MILLISECOND);
    assert_eq!(poll(&[&never, &soon]), [1]);
}

fn the_longest_duration_never_ends() {
    let never = subscribe_duration(u64::MAX);
    assert!(!never.ready());
    let soon = subscribe_duration(10 * MILLISECOND);
    assert_eq!(poll(&[&never, &soon]), [1]);
}

fn long_durations_do_not_wrap() {
    for shift in 40..64 {
        let never = subscribe_duration(1 << shift);
        assert!(!never.ready(), "2^{shift} ns");
        let never = subscribe_duration(u64::MAX - (1 << shift));
        assert!(!never.ready(), "2^64 - 2^{shift} ns");
    }
}
