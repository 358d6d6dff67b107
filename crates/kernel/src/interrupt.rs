//! Stopping a guest from outside, also while it is blocked in the host.

use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::Waker;

use crate::{Error, Result};

/// A flag that can be raised from any thread and that every blocking wait of a guest heeds.
///
/// # State
///
/// `raised` only ever goes from false to true, until [`reset`](Interrupt::reset). Wakers are registered by a waiter
/// *before* it looks at `raised` a last time and sleeps, and woken *after* `raised` is set: whichever comes first, the
/// waiter sees it.
#[derive(Clone, Default)]
pub struct Interrupt(Arc<State>);

#[derive(Default)]
struct State {
    raised: AtomicBool,
    wakers: Mutex<Vec<Waker>>,
}

impl Interrupt {
    /// A flag that is not raised.
    pub fn new() -> Self {
        Self::default()
    }

    /// Stop the guest: every wait ends with [`Error::Cancelled`], now and later.
    pub fn raise(&self) {
        self.0.raised.store(true, Ordering::SeqCst);
        let wakers = std::mem::take(&mut *self.wakers());
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

    /// Have `waker` woken when the flag is raised. The caller looks at [`is_raised`](Interrupt::is_raised) afterwards.
    pub fn register(&self, waker: &Waker) {
        let mut wakers = self.wakers();
        if !wakers.iter().any(|known| known.will_wake(waker)) {
            wakers.push(waker.clone());
        }
    }

    /// Lower the flag, for the next guest.
    pub fn reset(&self) {
        self.wakers().clear();
        self.0.raised.store(false, Ordering::SeqCst);
    }

    fn wakers(&self) -> std::sync::MutexGuard<'_, Vec<Waker>> {
        self.0.wakers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Interrupt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Interrupt").field(&self.is_raised()).finish()
    }
}
