//! The services of this system, as a guest is granted them.

use std::rc::Rc;

use tambo_kernel::System;

use crate::clock::{ProcessCpuClock, SystemMonotonicClock, SystemWallClock, ThreadCpuClock};
use crate::{OsEntropy, OsWaiter};

/// The system's clocks, entropy and waiting. Each call has its own random state and its own waiter.
pub fn system() -> System {
    System {
        wall: Rc::new(SystemWallClock),
        monotonic: Rc::new(SystemMonotonicClock),
        process_cpu: Rc::new(ProcessCpuClock),
        thread_cpu: Rc::new(ThreadCpuClock),
        entropy: Rc::new(OsEntropy::new()),
        waiter: Rc::new(OsWaiter::new()),
    }
}
