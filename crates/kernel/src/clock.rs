//! Clocks: wall time, monotonic time and processor time.

use crate::{Error, Result};

/// A point in wall time: seconds since 1970-01-01T00:00:00Z, possibly before it, and nanoseconds after that second.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp {
    /// Whole seconds, rounded towards the past.
    pub seconds: i64,
    /// `0..1_000_000_000`.
    pub nanoseconds: u32,
}

impl Timestamp {
    /// A timestamp from a count of nanoseconds, as WASI 0.1 counts.
    pub fn from_nanoseconds(nanoseconds: u64) -> Self {
        Self { seconds: (nanoseconds / 1_000_000_000) as i64, nanoseconds: (nanoseconds % 1_000_000_000) as u32 }
    }

    /// The count of nanoseconds; [`Error::Overflow`] before 1970 and after 2554.
    pub fn to_nanoseconds(self) -> Result<u64> {
        let seconds = u64::try_from(self.seconds).map_err(|_| Error::Overflow)?;
        let whole = seconds.checked_mul(1_000_000_000).ok_or(Error::Overflow)?;
        whole.checked_add(u64::from(self.nanoseconds)).ok_or(Error::Overflow)
    }
}

/// Wall time: may jump, means something outside.
pub trait WallClock {
    /// The time now.
    fn now(&self) -> Result<Timestamp>;

    /// The smallest step, in nanoseconds; never zero.
    fn resolution(&self) -> u64;
}

/// Monotonic time: never goes back, means nothing outside.
pub trait MonotonicClock {
    /// Nanoseconds since a moment of the clock's choosing.
    fn now(&self) -> u64;

    /// The smallest step, in nanoseconds; never zero.
    fn resolution(&self) -> u64;

    /// A clock that is not the system's moves itself to `instant`, if that lies ahead, instead of letting anybody wait
    /// for it, and answers `true`; also to an instant that has passed, which tells whether it is such a clock.
    fn skip_to(&self, instant: u64) -> bool {
        let _ = instant;
        false
    }
}

/// Processor time that the guest has used, as well as the host can tell.
pub trait CpuClock {
    /// Nanoseconds used. [`Error::Unsupported`] if the host cannot tell.
    fn now(&self) -> Result<u64>;

    /// The smallest step, in nanoseconds; never zero.
    fn resolution(&self) -> u64;
}
