//! The kernel's contracts without an operating system: a file system in memory, virtual clocks, seeded entropy,
//! memory pipes, and a waiter that never waits for real time.
//!
//! [`system`] puts them together for a guest whose every run is the same. Each part stands alone too: a memory file
//! system beside the real clock, a seeded entropy beside real files.
//!
//! # Invariants
//!
//! - Nothing here names `std::fs`, `std::net`, `std::env` or a clock of the system; threads are parked and woken, not
//!   timed.
//! - Everything that a guest can grow has a bound that the embedder sets.

mod clock;
mod entropy;
mod memory;
mod pipe;
mod stream;
mod waiter;

use std::rc::Rc;

use tambo_kernel::System;
use tambo_kernel::clock::Timestamp;

pub use clock::{FixedWall, VirtualClock};
pub use entropy::Seeded;
pub use memory::MemoryFs;
pub use pipe::{PipeReader, PipeWriter, pipe};
pub use stream::{Input, Output};
pub use tambo_kernel::stream::Closed as Discard;
pub use waiter::VirtualWaiter;

/// How far the clocks of [`system`] move at each look: so far that a guest which spins until a time has come gets
/// there, and not so far that a guest which looks often notices.
const STEP: u64 = 1_000;

/// A system with which every run of a guest is the same: the wall clock begins at `start`, the monotonic clock at 0,
/// both move by a microsecond at each look and jump to where a guest waits for; random bytes come from `seed`.
///
/// What comes from other threads through a [`pipe`] comes when it comes; a run is the same only as far as its input
/// is.
pub fn system(seed: u64, start: Timestamp) -> System {
    let clock = Rc::new(VirtualClock::new(start, STEP));
    // Processor time only moves when somebody looks: sleeping uses none.
    let cpu = Rc::new(VirtualClock::new(start, STEP));
    System {
        wall: clock.clone(),
        monotonic: clock.clone(),
        process_cpu: cpu.clone(),
        thread_cpu: cpu,
        entropy: Rc::new(Seeded::new(seed)),
        waiter: Rc::new(VirtualWaiter::new(clock)),
    }
}

/// Give another system clocks like those of [`system`]. It keeps its waiter, for objects that are not virtual.
pub fn virtualize_clocks(system: &mut System, start: Timestamp) {
    let System { wall, monotonic, process_cpu, thread_cpu, .. } = crate::system(0, start);
    *system = System { wall, monotonic, process_cpu, thread_cpu, ..system.clone() };
}
