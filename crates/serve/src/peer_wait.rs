//! How long one body has waited for the client, who has to send it or to take it.
//!
//! A wait for bytes ends when they arrive, which is when whoever waits is woken: a guest that looks for them much later
//! does not make the client slow.

use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Wake, Waker};

use crate::limits::SLOWEST;
use crate::ticks::{TICK, Ticks};

/// The waits of one body. Its numbers are each written by one thread, and a sweep may read them late.
pub(crate) struct PeerWait {
    ticks: Ticks,
    /// When the present wait began; 0 if there is none.
    since: AtomicU32,
    /// How long the waits before it took, in ticks.
    before: AtomicU32,
    bytes: AtomicU64,
    /// Whether the body is over.
    ended: AtomicBool,
    /// Whether the client broke the rules of the protocol within the body.
    malformed: AtomicBool,
    /// Whether the client took too long, and nobody waits for it any more.
    given_up: AtomicBool,
    /// Who waits for bytes.
    task: Mutex<Waker>,
}

impl PeerWait {
    pub(crate) fn new(ticks: Ticks) -> Self {
        Self {
            ticks,
            since: AtomicU32::new(0),
            before: AtomicU32::new(0),
            bytes: AtomicU64::new(0),
            ended: AtomicBool::new(false),
            malformed: AtomicBool::new(false),
            given_up: AtomicBool::new(false),
            task: Mutex::new(Waker::noop().clone()),
        }
    }

    /// What whoever waits for bytes has woken when they arrive: the task, and with it the wait ends.
    pub(crate) fn waker(self: &Arc<Self>, task: &Waker) -> Waker {
        self.task.lock().unwrap_or_else(PoisonError::into_inner).clone_from(task);
        Waker::from(self.clone())
    }

    fn wake_task(&self) {
        let task = self.task.lock().unwrap_or_else(PoisonError::into_inner).clone();
        task.wake();
    }

    /// It is the client's turn.
    pub(crate) fn begin(&self) {
        if self.since.load(Ordering::Relaxed) == 0 {
            self.since.store(self.ticks.now().max(1), Ordering::Relaxed);
        }
    }

    /// The client did something.
    pub(crate) fn end(&self) {
        let since = self.since.swap(0, Ordering::Relaxed);
        if since != 0 {
            let before = self.before.load(Ordering::Relaxed);
            self.before.store(before.saturating_add(self.ticks.now().saturating_sub(since)), Ordering::Relaxed);
        }
    }

    /// So many bytes went by.
    pub(crate) fn moved(&self, bytes: usize) {
        self.bytes.store(self.bytes.load(Ordering::Relaxed).saturating_add(bytes as u64), Ordering::Relaxed);
    }

    /// There is no more of the body.
    pub(crate) fn finish(&self) {
        self.ended.store(true, Ordering::Relaxed);
    }

    pub(crate) fn is_finished(&self) -> bool {
        self.ended.load(Ordering::Relaxed)
    }

    /// The body is not what the protocol wants.
    pub(crate) fn is_malformed(&self) -> bool {
        self.malformed.load(Ordering::Relaxed)
    }

    pub(crate) fn found_malformed(&self) {
        self.malformed.store(true, Ordering::Relaxed);
    }

    /// Nobody waits any more; who did is told.
    pub(crate) fn give_up(&self) {
        self.given_up.store(true, Ordering::Relaxed);
        self.wake_task();
    }

    pub(crate) fn is_given_up(&self) -> bool {
        self.given_up.load(Ordering::Relaxed)
    }

    /// How long all waits took together, in ticks.
    pub(crate) fn total(&self) -> u32 {
        let now = match self.since.load(Ordering::Relaxed) {
            0 => 0,
            since => self.ticks.now().saturating_sub(since),
        };
        now.saturating_add(self.before.load(Ordering::Relaxed))
    }

    /// Whether the client has taken too long: this time, or all in all for what it sent.
    pub(crate) fn is_too_slow(&self, allowed: u32) -> bool {
        let since = self.since.load(Ordering::Relaxed);
        if since == 0 {
            return false;
        }
        let now = self.ticks.now().saturating_sub(since);
        let waited = u64::from(self.total());
        let per_tick = (SLOWEST * TICK.as_millis() as u64 / 1000).max(1);
        now > allowed || waited > u64::from(allowed) + self.bytes.load(Ordering::Relaxed) / per_tick
    }
}

/// Bytes arrived.
impl Wake for PeerWait {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.end();
        self.wake_task();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attack_16_a_drip_is_not_progress() {
        let ticks = Ticks::default();
        let wait = PeerWait::new(ticks.clone());
        let mut now = 0;
        let mut drip = |bytes: usize| {
            wait.begin();
            now += 9;
            ticks.set(TICK * now);
            let slow = wait.is_too_slow(10);
            wait.end();
            wait.moved(bytes);
            slow
        };
        assert!(!drip(1));
        assert!(drip(1), "one byte for each wait that is just short enough");
        assert!(drip(100_000));
        assert!(!drip(1), "bytes earn time");
    }

    #[test]
    fn a_wait_of_the_guest_is_not_the_clients() {
        let ticks = Ticks::default();
        let wait = PeerWait::new(ticks.clone());
        ticks.set(TICK * 1000);
        assert!(!wait.is_too_slow(10));
        wait.begin();
        ticks.set(TICK * 1011);
        assert!(wait.is_too_slow(10));
        wait.end();
        assert!(!wait.is_too_slow(10));
    }

    #[test]
    fn bytes_that_nobody_has_looked_at_end_the_wait() {
        let ticks = Ticks::default();
        let wait = Arc::new(PeerWait::new(ticks.clone()));
        let waker = wait.waker(Waker::noop());
        wait.begin();
        ticks.set(TICK * 5);
        waker.wake();
        ticks.set(TICK * 1000);
        assert!(!wait.is_too_slow(10));
        assert_eq!(wait.total(), 5 - 1, "the first tick is 1");
    }
}
