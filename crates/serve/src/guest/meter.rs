//! How long a guest computes: the time for which it holds its thread, and from a point on the processor time of that thread.
//!
//! The clock of a thread is a system call, several times as dear as the monotonic clock, which is not. Hardly any request
//! needs it: holding the thread for less than a small part of what is allowed is within bounds, however busy the machine
//! is. Only beyond that part does a busy machine make a difference, and from there on processor time is charged. Nobody
//! knows how much of the turn that crosses the line was computing: no more of it is charged than up to the line.

use std::time::Duration;

use tambo_kernel::System;

/// The part of what is allowed that is charged by the monotonic clock: one in so many.
const UNEXAMINED: u64 = 16;

/// What one request has used.
pub(crate) struct Meter {
    /// Nanoseconds.
    used: u64,
    allowed: u64,
    has_processor_clock: bool,
}

/// A moment on one of the clocks.
pub(crate) enum Moment {
    Monotonic(u64),
    Processor(u64),
}

impl Meter {
    pub(crate) fn new(allowed: Duration) -> Self {
        let allowed = u64::try_from(allowed.as_nanos()).unwrap_or(u64::MAX);
        Self { used: 0, allowed, has_processor_clock: true }
    }

    /// The guest gets the thread.
    pub(crate) fn begin(&mut self, system: &System) -> Moment {
        if self.has_processor_clock && self.used > self.allowed / UNEXAMINED {
            match system.thread_cpu.now() {
                Ok(now) => return Moment::Processor(now),
                Err(_) => self.has_processor_clock = false,
            }
        }
        Moment::Monotonic(system.monotonic.now())
    }

    /// It gives the thread back.
    pub(crate) fn end(&mut self, system: &System, began: &Moment) {
        self.used = match *began {
            Moment::Monotonic(began) => {
                let used = self.used.saturating_add(system.monotonic.now().saturating_sub(began));
                if self.has_processor_clock { used.min(self.allowed / UNEXAMINED + 1) } else { used }
            }
            // A clock that answered once does so again.
            Moment::Processor(began) => {
                self.used.saturating_add(system.thread_cpu.now().unwrap_or(began).saturating_sub(began))
            }
        };
    }

    /// Whether it has used more than it may.
    pub(crate) fn is_over(&self) -> bool {
        self.used > self.allowed
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::rc::Rc;

    use tambo_kernel::Error;
    use tambo_kernel::clock::{CpuClock, MonotonicClock};

    use super::*;

    /// Two clocks, and how often the second was asked for.
    #[derive(Default)]
    struct Clocks {
        monotonic: Cell<u64>,
        processor: Cell<u64>,
        asked: Cell<u32>,
        is_broken: bool,
    }

    impl MonotonicClock for Clocks {
        fn now(&self) -> u64 {
            self.monotonic.get()
        }

        fn resolution(&self) -> u64 {
            1
        }
    }

    impl CpuClock for Clocks {
        fn now(&self) -> tambo_kernel::Result<u64> {
            self.asked.set(self.asked.get() + 1);
            if self.is_broken { Err(Error::Unsupported) } else { Ok(self.processor.get()) }
        }

        fn resolution(&self) -> u64 {
            1
        }
    }

    fn system(clocks: &Rc<Clocks>) -> System {
        System { monotonic: clocks.clone(), thread_cpu: clocks.clone(), ..tambo::os::system() }
    }

    /// Hold the thread for so many milliseconds, and use the processor for some of them.
    fn hold(meter: &mut Meter, clocks: &Rc<Clocks>, held: u64, used: u64) {
        let system = system(clocks);
        let began = meter.begin(&system);
        clocks.monotonic.set(clocks.monotonic.get() + held * 1_000_000);
        clocks.processor.set(clocks.processor.get() + used * 1_000_000);
        meter.end(&system, &began);
    }

    const ALLOWED: Duration = Duration::from_millis(160);

    #[test]
    fn a_busy_machine_is_not_the_guests_fault() {
        let clocks = Rc::new(Clocks::default());
        let mut meter = Meter::new(ALLOWED);
        hold(&mut meter, &clocks, 10_000, 1);
        for _ in 0..100 {
            hold(&mut meter, &clocks, 11, 1);
            assert!(!meter.is_over());
        }
        hold(&mut meter, &clocks, 60, 60);
        assert!(meter.is_over());
    }

    #[test]
    fn a_short_request_asks_for_no_processor_time() {
        let clocks = Rc::new(Clocks::default());
        let mut meter = Meter::new(ALLOWED);
        (0..10).for_each(|_| hold(&mut meter, &clocks, 1, 1));
        assert_eq!(clocks.asked.get(), 0);
        (0..2).for_each(|_| hold(&mut meter, &clocks, 1, 1));
        assert_eq!(clocks.asked.get(), 2);
    }

    #[test]
    fn without_such_a_clock_the_time_is_charged() {
        let clocks = Rc::new(Clocks { is_broken: true, ..Clocks::default() });
        let mut meter = Meter::new(ALLOWED);
        hold(&mut meter, &clocks, 1000, 0);
        assert!(!meter.is_over(), "it is not known yet");
        (0..14).for_each(|_| hold(&mut meter, &clocks, 11, 0));
        assert!(meter.is_over());
        assert_eq!(clocks.asked.get(), 1);
    }
}
