//! Clocks that show what they are told to.

use std::cell::Cell;

use tambo_kernel::Result;
use tambo_kernel::clock::{CpuClock, MonotonicClock, Timestamp, WallClock};

const NANOSECONDS: u64 = 1_000_000_000;

/// A wall clock that stands still.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FixedWall(pub Timestamp);

impl WallClock for FixedWall {
    fn now(&self) -> Result<Timestamp> {
        Ok(self.0)
    }

    fn resolution(&self) -> u64 {
        1
    }
}

/// A clock that moves when it is looked at, and when it is told to.
///
/// Its monotonic time begins at 0; its wall time is always the start plus the monotonic time, so that the two agree.
/// Each look, at either, shows the present time and then moves it by the step. At the end of the range it stands.
#[derive(Debug)]
pub struct VirtualClock {
    start: Timestamp,
    step: u64,
    now: Cell<u64>,
}

impl VirtualClock {
    /// A clock that shows `start` as wall time and 0 as monotonic time, and moves by `step` nanoseconds at each look.
    ///
    /// With a step of 0, a guest that looks at the clock in a loop until a time has come does so for ever.
    pub fn new(start: Timestamp, step: u64) -> Self {
        Self { start, step, now: Cell::new(0) }
    }

    /// The monotonic time, without moving it.
    pub fn peek(&self) -> u64 {
        self.now.get()
    }

    /// Move it by this many nanoseconds.
    pub fn advance(&self, nanoseconds: u64) {
        self.now.set(self.now.get().saturating_add(nanoseconds));
    }

    fn look(&self) -> u64 {
        let now = self.now.get();
        self.advance(self.step);
        now
    }
}

impl MonotonicClock for VirtualClock {
    fn now(&self) -> u64 {
        self.look()
    }

    fn resolution(&self) -> u64 {
        self.step.clamp(1, NANOSECONDS)
    }

    fn skip_to(&self, instant: u64) -> bool {
        self.now.set(self.now.get().max(instant));
        true
    }
}

impl WallClock for VirtualClock {
    fn now(&self) -> Result<Timestamp> {
        let now = self.look();
        // A start that is no valid time must not make an invalid one, nor overflow.
        let nanoseconds = u64::from(self.start.nanoseconds) + now % NANOSECONDS;
        let seconds = now / NANOSECONDS + nanoseconds / NANOSECONDS;
        Ok(Timestamp {
            seconds: self.start.seconds.saturating_add_unsigned(seconds),
            nanoseconds: (nanoseconds % NANOSECONDS) as u32,
        })
    }

    fn resolution(&self) -> u64 {
        self.step.clamp(1, NANOSECONDS)
    }
}

impl CpuClock for VirtualClock {
    fn now(&self) -> Result<u64> {
        Ok(self.look())
    }

    fn resolution(&self) -> u64 {
        self.step.clamp(1, NANOSECONDS)
    }
}
