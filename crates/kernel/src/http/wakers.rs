//! The wakers of those who wait for one object: a few, whatever a guest does.

use std::task::Waker;

/// How many are kept. A guest can abandon waits without end; the oldest is woken to make room, and looks again.
const KEPT: usize = 8;

/// Wakers, each kept once.
#[derive(Default)]
pub(crate) struct Wakers(Vec<Waker>);

impl Wakers {
    /// Keep a waker. The one answered had to make room: wake it once no lock is held.
    #[must_use]
    pub(crate) fn register(&mut self, waker: &Waker) -> Option<Waker> {
        if self.0.iter().any(|known| known.will_wake(waker)) {
            return None;
        }
        let oldest = if self.0.len() < KEPT { None } else { Some(self.0.remove(0)) };
        self.0.push(waker.clone());
        oldest
    }

    /// All of them, to be woken once no lock is held.
    pub(crate) fn take(&mut self) -> Self {
        Self(std::mem::take(&mut self.0))
    }

    pub(crate) fn wake(self) {
        self.0.into_iter().for_each(Waker::wake);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};
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
    fn attack_13_abandoned_waits_keep_little_and_lose_nobody() {
        let counts: Vec<Arc<Count>> = (0..100).map(|_| Arc::default()).collect();
        let mut wakers = Wakers::default();
        for count in &counts {
            let waker = Waker::from(count.clone());
            for _ in 0..2 {
                wakers.register(&waker).into_iter().for_each(Waker::wake);
            }
        }
        assert_eq!(wakers.0.len(), KEPT);
        wakers.take().wake();
        assert!(counts.iter().all(|count| count.0.load(Ordering::SeqCst) == 1));
    }
}
