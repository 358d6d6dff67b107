//! The coarse clock of a worker. Limits are counted in its ticks, so that no request makes a timer.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

/// How far apart ticks are.
pub(crate) const TICK: Duration = Duration::from_millis(100);

/// The count of ticks, shared with what may be dropped on another thread. Only the worker moves it.
#[derive(Clone, Default)]
pub(crate) struct Ticks(Arc<AtomicU32>);

impl Ticks {
    /// The count now.
    pub(crate) fn now(&self) -> u32 {
        self.0.load(Ordering::Relaxed)
    }

    /// So much time has passed since the worker began.
    pub(crate) fn set(&self, elapsed: Duration) {
        self.0.store(whole(elapsed), Ordering::Relaxed);
    }
}

/// How many ticks are at least as long as a time.
pub(crate) fn of(time: Duration) -> u32 {
    whole(time).saturating_add(1)
}

fn whole(time: Duration) -> u32 {
    u32::try_from(time.as_millis() / TICK.as_millis()).unwrap_or(u32::MAX - 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_never_cut_short() {
        assert_eq!(of(Duration::ZERO), 1);
        assert_eq!(of(TICK), 2);
        assert_eq!(of(Duration::MAX), u32::MAX);
        let ticks = Ticks::default();
        ticks.set(TICK * 3);
        assert_eq!(ticks.clone().now(), 3);
    }
}
