//! Yielding must be cheap: a poll that has something to say at once allocates nothing.
//!
//! # Safety
//!
//! The allocator is the system's; it only counts.
#![expect(unsafe_code, reason = "an allocator is unsafe to implement; see Safety")]

use std::alloc::{GlobalAlloc, Layout, System as SystemAllocator};
use std::cell::Cell;
use std::rc::Rc;
use std::task::{Context, Poll};

use tambo_kernel::clock::{CpuClock, MonotonicClock, Timestamp, WallClock};
use tambo_kernel::entropy::Entropy;
use tambo_kernel::poll::{Subscription, after, poll};
use tambo_kernel::stream::Closed;
use tambo_kernel::wait::{Interest, WaitSet, Waiter};
use tambo_kernel::{Grant, Host, Interrupt, Result, System};

thread_local! {
    static ALLOCATIONS: Cell<usize> = const { Cell::new(0) };
}

struct Counting;

// SAFETY: every call goes to the system's allocator with the same arguments.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATIONS.set(ALLOCATIONS.get() + 1);
        // SAFETY: the caller's promise is passed on.
        unsafe { SystemAllocator.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: the caller's promise is passed on.
        unsafe { SystemAllocator.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

struct Nothing;

impl WallClock for Nothing {
    fn now(&self) -> Result<Timestamp> {
        Ok(Timestamp::default())
    }

    fn resolution(&self) -> u64 {
        1
    }
}

impl MonotonicClock for Nothing {
    fn now(&self) -> u64 {
        10
    }

    fn resolution(&self) -> u64 {
        1
    }
}

impl CpuClock for Nothing {
    fn now(&self) -> Result<u64> {
        Ok(0)
    }

    fn resolution(&self) -> u64 {
        1
    }
}

impl Entropy for Nothing {
    fn fill(&self, _: &mut [u8]) -> Result<()> {
        Ok(())
    }
}

impl Waiter for Nothing {
    fn now(&self) -> u64 {
        10
    }

    fn check(&self, _: &mut WaitSet) -> Result<()> {
        panic!("there is nothing to check")
    }

    fn wait(&self, _: &mut WaitSet, _: &Interrupt) -> Result<()> {
        panic!("there is nothing to wait for")
    }

    fn poll_wait(&self, _: &mut WaitSet, _: &Interrupt, _: &mut Context<'_>) -> Poll<Result<()>> {
        panic!("there is nothing to wait for")
    }
}

#[test]
fn case_10_a_poll_that_does_not_wait_allocates_nothing() {
    let nothing = Rc::new(Nothing);
    let mut host = Host::new(&Grant::new(System {
        wall: nothing.clone(),
        monotonic: nothing.clone(),
        process_cpu: nothing.clone(),
        thread_cpu: nothing.clone(),
        entropy: nothing.clone(),
        waiter: nothing,
    }));
    let closed = Rc::new(Closed);
    let mut events = Vec::with_capacity(4);
    let mut subscriptions = Vec::with_capacity(4);
    let before = ALLOCATIONS.get();
    for _ in 0..1_000 {
        subscriptions.clear();
        subscriptions.push(after(&mut host, 0));
        subscriptions.push(Subscription::Monotonic(10));
        subscriptions.push(Subscription::Object(closed.clone(), Interest::Read));
        subscriptions.push(Subscription::Monotonic(11));
        poll(&mut host, &subscriptions, &mut events).unwrap();
        assert_eq!(events.len(), 3);
    }
    assert_eq!(ALLOCATIONS.get(), before);
}
