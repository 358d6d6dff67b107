//! The system's clocks.
//!
//! Wall and monotonic time come from the vDSO, without a system call; the monotonic clock is the one that deadlines
//! of [`OsWaiter`](crate::OsWaiter) refer to.

use rustix::time::{ClockId, Timespec, clock_getres, clock_gettime};
use tambo_kernel::Result;
use tambo_kernel::clock::{CpuClock, MonotonicClock, Timestamp, WallClock};

/// `CLOCK_REALTIME`.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemWallClock;

/// `CLOCK_MONOTONIC`.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemMonotonicClock;

/// Processor time of this process, all threads together.
#[derive(Clone, Copy, Debug, Default)]
pub struct ProcessCpuClock;

/// Processor time of the calling thread.
#[derive(Clone, Copy, Debug, Default)]
pub struct ThreadCpuClock;

/// The monotonic clock, in nanoseconds.
#[inline]
pub(crate) fn monotonic() -> u64 {
    nanoseconds(clock_gettime(ClockId::Monotonic))
}

impl WallClock for SystemWallClock {
    #[inline]
    fn now(&self) -> Result<Timestamp> {
        let now = clock_gettime(ClockId::Realtime);
        Ok(Timestamp { seconds: now.tv_sec, nanoseconds: now.tv_nsec as u32 })
    }

    fn resolution(&self) -> u64 {
        resolution(ClockId::Realtime)
    }
}

impl MonotonicClock for SystemMonotonicClock {
    #[inline]
    fn now(&self) -> u64 {
        monotonic()
    }

    fn resolution(&self) -> u64 {
        resolution(ClockId::Monotonic)
    }
}

impl CpuClock for ProcessCpuClock {
    fn now(&self) -> Result<u64> {
        Ok(nanoseconds(clock_gettime(ClockId::ProcessCPUTime)))
    }

    fn resolution(&self) -> u64 {
        resolution(ClockId::ProcessCPUTime)
    }
}

impl CpuClock for ThreadCpuClock {
    fn now(&self) -> Result<u64> {
        Ok(nanoseconds(clock_gettime(ClockId::ThreadCPUTime)))
    }

    fn resolution(&self) -> u64 {
        resolution(ClockId::ThreadCPUTime)
    }
}

/// Time since boot or of a processor: never negative, and 64 bits of nanoseconds last 584 years.
#[inline]
fn nanoseconds(time: Timespec) -> u64 {
    (time.tv_sec as u64).wrapping_mul(1_000_000_000).wrapping_add(time.tv_nsec as u64)
}

fn resolution(clock: ClockId) -> u64 {
    nanoseconds(clock_getres(clock)).max(1)
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, SystemTime, UNIX_EPOCH};

    use super::*;

    #[test]
    fn wall_time_is_the_standard_library_s() {
        let before = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
        let now = SystemWallClock.now().unwrap();
        let after = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
        let now = Duration::new(now.seconds as u64, now.nanoseconds);
        assert!(before <= now && now <= after, "{before:?} {now:?} {after:?}");
    }

    #[test]
    fn monotonic_time_goes_with_real_time() {
        let before = SystemMonotonicClock.now();
        std::thread::sleep(Duration::from_millis(5));
        let after = SystemMonotonicClock.now();
        assert!(after - before >= 5_000_000);
    }

    #[test]
    fn processor_time_grows_with_work() {
        let thread = ThreadCpuClock.now().unwrap();
        let process = ProcessCpuClock.now().unwrap();
        let start = monotonic();
        while monotonic() - start < 3_000_000 {
            std::hint::spin_loop();
        }
        assert!(ThreadCpuClock.now().unwrap() > thread);
        assert!(ProcessCpuClock.now().unwrap() > process);
    }

    #[test]
    fn resolutions_are_never_zero() {
        let all = [
            SystemWallClock.resolution(),
            SystemMonotonicClock.resolution(),
            ProcessCpuClock.resolution(),
            ThreadCpuClock.resolution(),
        ];
        assert!(all.iter().all(|&resolution| resolution >= 1), "{all:?}");
    }
}
