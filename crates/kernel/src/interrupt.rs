//! Stopping a guest from outside, also while it is blocked in the host.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Waker;

use crate::{Error, Result};

/// A flag that can be raised from any thread and that every blocking wait of a guest heeds.
///
/// # State
///
/// `raised` only ever goes from false to true, until [`reset`](Interrupt::reset). Wakers are registered by a waiter
/// *before* it looks at `raised` a last time and sleeps, and woken *after* `raised` is set: whichever comes first, the
/// waiter sees it. A waker stays until its [`Registration`] is dropped, so that neither a reset between a raise and
/// the waiter's look loses a later raise, nor a guest that waits often makes the list grow.
#[derive(Clone, Default)]
pub struct Interrupt(Arc<State>);

#[derive(Default)]
struct State {
    raised: AtomicBool,
    wakers: Mutex<Wakers>,
}

#[derive(Default)]
struct Wakers {
    next: u64,
    registered: BTreeMap<u64, Waker>,
}

impl Interrupt {
    /// A flag that is not raised.
    pub fn new() -> Self {
        Self::default()
    }

    /// Stop the guest: every wait ends with [`Error::Cancelled`], now and later.
    pub fn raise(&self) {
        self.0.raised.store(true, Ordering::SeqCst);
        let wakers: Vec<Waker> = self.0.wakers().registered.values().cloned().collect();
        wakers.into_iter().for_each(Waker::wake);
    }

    /// Whether it is raised.
    #[inline]
    pub fn is_raised(&self) -> bool {
        self.0.raised.load(Ordering::Relaxed)
    }

    /// [`Error::Cancelled`] if it is raised: for the middle of long work.
    #[inline]
    pub fn check(&self) -> Result<()> {
        if self.is_raised() { Err(Error::Cancelled) } else { Ok(()) }
    }

    /// Have `waker` woken each time the flag is raised, until the registration is dropped. The caller looks at
    /// [`is_raised`](Interrupt::is_raised) afterwards.
    pub fn register(&self, waker: &Waker) -> Registration {
        let mut wakers = self.0.wakers();
        let key = wakers.next;
        wakers.next += 1;
        wakers.registered.insert(key, waker.clone());
        Registration { state: self.0.clone(), key }
    }

    /// Lower the flag, for the next guest.
    pub fn reset(&self) {
        self.0.raised.store(false, Ordering::SeqCst);
    }
}

/// Keeps a waker registered with an [`Interrupt`].
#[must_use = "dropping it ends the registration"]
pub struct Registration {
    state: Arc<State>,
    key: u64,
}

impl Drop for Registration {
    fn drop(&mut self) {
        let waker = self.state.wakers().registered.remove(&self.key);
        // Outside of the lock: what a waker drops is not ours to know.
        drop(waker);
    }
}

impl State {
    fn wakers(&self) -> MutexGuard<'_, Wakers> {
        self.wakers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Interrupt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Interrupt").field(&self.is_raised()).finish()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicUsize;
    use std::task::Wake;

    use super::*;

    #[derive(Default)]
    struct Count(AtomicUsize);

    impl Wake for Count {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::SeqCst);
        }
    }

    #[test]
    fn a_registration_lasts_until_it_is_dropped() {
        let count = Arc::new(Count::default());
        let waker = Waker::from(count.clone());
        let interrupt = Interrupt::new();
        let registration = interrupt.register(&waker);
        assert_eq!(interrupt.check(), Ok(()));
        interrupt.raise();
        assert_eq!(interrupt.check(), Err(Error::Cancelled));
        interrupt.reset();
        assert_eq!(interrupt.check(), Ok(()));
        interrupt.raise();
        assert_eq!(count.0.load(Ordering::SeqCst), 2);
        drop(registration);
        interrupt.raise();
        assert_eq!(count.0.load(Ordering::SeqCst), 2);
    }

    #[test]
    fn case_13_waiting_often_keeps_nothing() {
        let interrupt = Interrupt::new();
        for _ in 0..1_000 {
            drop(interrupt.register(&Waker::from(Arc::new(Count::default()))));
        }
        let kept = interrupt.register(Waker::noop());
        assert_eq!(interrupt.0.wakers().registered.len(), 1);
        drop(kept);
        assert_eq!(interrupt.0.wakers().registered.len(), 0);
    }
}
