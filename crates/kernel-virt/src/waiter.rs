//! Waiting without an operating system and without real time.

use std::rc::Rc;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Wake, Waker};

use tambo_kernel::clock::MonotonicClock;
use tambo_kernel::wait::{Source, WaitSet, Waiter};
use tambo_kernel::{Error, Interrupt, Result};

use crate::VirtualClock;

/// A waiter whose time is a [`VirtualClock`]'s.
///
/// Nothing waits for time: if nothing is ready and there is a deadline, the clock jumps there. Without a deadline, the
/// thread is parked until an object's waker or the interrupt wakes it. Objects of the operating system are
/// [`Error::Unsupported`].
pub struct VirtualWaiter {
    clock: Rc<VirtualClock>,
    bell: Arc<Bell>,
    /// One for all waits, so that objects recognise it and keep it once.
    waker: Waker,
}

impl VirtualWaiter {
    /// A waiter on this clock, which should be the guest's monotonic clock.
    pub fn new(clock: Rc<VirtualClock>) -> Self {
        let bell = Arc::new(Bell::default());
        Self { clock, waker: Waker::from(bell.clone()), bell }
    }

    /// Whether the deadline has come, after a jump to it.
    fn jump(&self, set: &WaitSet) -> bool {
        set.deadline.is_some_and(|deadline| self.clock.skip_to(deadline))
    }
}

impl Waiter for VirtualWaiter {
    fn now(&self) -> u64 {
        self.clock.peek()
    }

    fn check(&self, set: &mut WaitSet) -> Result<()> {
        mark(set, &mut Context::from_waker(Waker::noop())).map(drop)
    }

    fn wait(&self, set: &mut WaitSet, interrupt: &Interrupt) -> Result<()> {
        let mut context = Context::from_waker(&self.waker);
        let _registration = interrupt.register(&self.waker);
        loop {
            // A ring from here on is heard below, so nothing that happens after the looks is missed.
            self.bell.clear();
            interrupt.check()?;
            if mark(set, &mut context)? || self.jump(set) {
                return Ok(());
            }
            self.bell.hear();
        }
    }

    fn poll_wait(&self, set: &mut WaitSet, interrupt: &Interrupt, context: &mut Context<'_>) -> Poll<Result<()>> {
        set.registration = Some(Box::new(interrupt.register(context.waker())));
        let outcome = interrupt.check().and_then(|()| mark(set, context));
        match outcome {
            Ok(false) if !self.jump(set) => Poll::Pending,
            Ok(_) => Poll::Ready(Ok(())),
            Err(error) => Poll::Ready(Err(error)),
        }
    }
}

/// Mark what is ready; whether anything is. What is not will wake the context's waker.
fn mark(set: &mut WaitSet, context: &mut Context<'_>) -> Result<bool> {
    let mut any = false;
    for entry in &mut set.entries {
        entry.ready = match entry.object.source(entry.interest) {
            Source::Ready => Some(entry.object.readiness(entry.interest)),
            Source::Never => None,
            Source::Os(_) => return Err(Error::Unsupported),
            Source::Waker(object) => match object.poll_ready(entry.interest, context) {
                Poll::Ready(readiness) => Some(readiness),
                Poll::Pending => None,
            },
        };
        any |= entry.ready.is_some();
    }
    Ok(any)
}

/// A waker that a thread can wait for. `rung` is set by any wake and cleared by the one thread that waits.
#[derive(Default)]
struct Bell {
    rung: Mutex<bool>,
    changed: Condvar,
}

impl Bell {
    fn clear(&self) {
        *self.rung() = false;
    }

    fn hear(&self) {
        let mut rung = self.rung();
        while !*rung {
            rung = self.changed.wait(rung).unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn rung(&self) -> MutexGuard<'_, bool> {
        self.rung.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        *self.rung() = true;
        self.changed.notify_all();
    }
}
