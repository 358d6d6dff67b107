//! A waker that ends a `poll(2)`.
//!
//! # State
//!
//! `pending` is true from a wake until the waiter has seen it, so that only the first of many wakes pays for a system
//! call. The waiter drains the descriptor *before* it lowers the flag and looks at its conditions *after* that: a wake
//! that found the flag raised, and so wrote nothing, set its condition before the waiter looks. The other order would
//! lose wakes for good: a write that lands between lowering and draining leaves the flag up and nothing to read.

use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::Wake;

use rustix::event::{EventfdFlags, eventfd};
use tambo_kernel::Result;

use crate::errno::kernel_error;

/// An eventfd that becomes readable when it is woken.
pub(crate) struct WakeEvent {
    fd: OwnedFd,
    pending: AtomicBool,
}

impl WakeEvent {
    pub(crate) fn new() -> Result<Arc<Self>> {
        let fd = eventfd(0, EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK).map_err(kernel_error)?;
        Ok(Arc::new(Self { fd, pending: AtomicBool::new(false) }))
    }

    /// Make it not readable. To be called when it was found readable, before the conditions are looked at.
    pub(crate) fn clear(&self) {
        // Fails only if there is nothing to drain: the wake that raised the flag is yet to write, and the next wait
        // ends early once.
        let _ = rustix::io::read(&self.fd, &mut [0; 8]);
        self.pending.swap(false, Ordering::AcqRel);
    }
}

impl AsFd for WakeEvent {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.fd.as_fd()
    }
}

impl Wake for WakeEvent {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        if !self.pending.swap(true, Ordering::AcqRel) {
            // Fails only if the counter is full, and then it is readable all the same.
            let _ = rustix::io::write(&self.fd, &1u64.to_ne_bytes());
        }
    }
}
