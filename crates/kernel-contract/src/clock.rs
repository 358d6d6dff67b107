//! The suite for clocks: [`WallClock`], [`MonotonicClock`], [`CpuClock`].
#![expect(missing_docs, reason = "a case's name is its sentence")]

use std::rc::Rc;

use tambo_kernel::Error;
use tambo_kernel::clock::{CpuClock, MonotonicClock, WallClock};

/// One `#[test]` for each case, in a module of the given name; the second argument is a closure without captures that
/// answers [`Clocks`](crate::clock::Clocks).
#[macro_export]
macro_rules! clock_tests {
    ($module:ident, $make:expr) => {
        mod $module {
            #[allow(unused_imports, reason = "the expression may need what is imported around the macro")]
            use super::*;

            $crate::cases!(clock, $make, [
                the_wall_clock_tells_a_time
                resolutions_are_not_zero
                monotonic_time_never_goes_back
                skipping_moves_forward_or_not_at_all
                skipping_to_the_past_changes_nothing
                processor_time_never_goes_back
            ]);
        }
    };
}

/// One of each clock.
pub struct Clocks {
    pub wall: Rc<dyn WallClock>,
    pub monotonic: Rc<dyn MonotonicClock>,
    pub cpu: Rc<dyn CpuClock>,
}

pub fn the_wall_clock_tells_a_time(clocks: &Clocks) {
    for _ in 0..100 {
        let now = clocks.wall.now().unwrap();
        assert!(now.nanoseconds < 1_000_000_000);
    }
}

pub fn resolutions_are_not_zero(clocks: &Clocks) {
    for resolution in [clocks.wall.resolution(), clocks.monotonic.resolution(), clocks.cpu.resolution()] {
        assert!((1..=1_000_000_000).contains(&resolution));
    }
}

pub fn monotonic_time_never_goes_back(clocks: &Clocks) {
    let mut last = clocks.monotonic.now();
    for _ in 0..10_000 {
        let now = clocks.monotonic.now();
        assert!(now >= last);
        last = now;
    }
}

pub fn skipping_moves_forward_or_not_at_all(clocks: &Clocks) {
    for hours in [1, 2, 1_000] {
        let instant = clocks.monotonic.now() + hours * 3_600_000_000_000;
        let skipped = clocks.monotonic.skip_to(instant);
        assert_eq!(clocks.monotonic.now() >= instant, skipped);
    }
    if clocks.monotonic.skip_to(u64::MAX) {
        assert_eq!(clocks.monotonic.now(), u64::MAX);
        assert_eq!(clocks.monotonic.now(), u64::MAX);
        clocks.wall.now().unwrap();
    }
}

pub fn skipping_to_the_past_changes_nothing(clocks: &Clocks) {
    clocks.monotonic.skip_to(clocks.monotonic.now().saturating_add(1_000));
    let before = clocks.monotonic.now();
    clocks.monotonic.skip_to(0);
    clocks.monotonic.skip_to(before.saturating_sub(1));
    assert!(clocks.monotonic.now() >= before);
}

pub fn processor_time_never_goes_back(clocks: &Clocks) {
    let mut last = match clocks.cpu.now() {
        Ok(now) => now,
        Err(error) => return assert_eq!(error, Error::Unsupported),
    };
    for _ in 0..1_000 {
        let now = clocks.cpu.now().unwrap();
        assert!(now >= last);
        last = now;
    }
}
