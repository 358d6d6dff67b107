//! Gates: so many may be inside at a time, so many of them one guest's, and those who wait go in by turns of their guests.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tambo_kernel::{GuestId, Turns};
use tokio::sync::oneshot;

/// A gate. Clones are the same one.
#[derive(Clone)]
pub(crate) struct Gate(Arc<Mutex<State>>);

struct State {
    /// How many more may go in.
    free: usize,
    turns: Turns<GuestId, oneshot::Sender<Pass>>,
}

/// Being inside. Whoever drops it, on any thread, is outside again.
pub(crate) struct Pass {
    gate: Gate,
    guest: GuestId,
}

impl Gate {
    /// A gate for so many at a time, `share` of them one guest's.
    pub(crate) fn new(all: usize, share: usize) -> Self {
        Self(Arc::new(Mutex::new(State { free: all, turns: Turns::new(share) })))
    }

    /// Go in, if nobody waits whose turn it is and there is room.
    pub(crate) fn enter_at_once(&self, guest: GuestId) -> Option<Pass> {
        let mut state = self.lock();
        if state.free == 0 || !state.turns.begin_at_once(guest) {
            return None;
        }
        state.free -= 1;
        drop(state);
        Some(Pass { gate: self.clone(), guest })
    }

    /// Wait for one's turn. Dropping the future gives it up.
    pub(crate) async fn enter(&self, guest: GuestId) -> Pass {
        loop {
            if let Some(pass) = self.enter_at_once(guest) {
                return pass;
            }
            let tidy = Tidy(self);
            let (sender, receiver) = oneshot::channel();
            self.lock().turns.push(guest, sender);
            // There may be room since the look, and nobody else who would let somebody in.
            self.admit();
            let entered = receiver.await;
            std::mem::forget(tidy);
            // A sender is dropped only when nobody waits for it.
            if let Ok(pass) = entered {
                return pass;
            }
        }
    }

    /// How many wait who could go in if only there were room.
    pub(crate) fn waiting(&self) -> usize {
        self.lock().turns.ready()
    }

    /// Let those in for whom there is room.
    fn admit(&self) {
        loop {
            let mut state = self.lock();
            if state.free == 0 {
                return;
            }
            let Some((guest, sender)) = state.turns.begin() else { return };
            state.free -= 1;
            drop(state);
            // One who has just gone away drops the pass, which makes room again.
            drop(sender.send(Pass { gate: self.clone(), guest }));
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Takes those who gave up waiting out of the line, which would grow with them.
struct Tidy<'a>(&'a Gate);

impl Drop for Tidy<'_> {
    fn drop(&mut self) {
        self.0.lock().turns.retain(|sender| !sender.is_closed());
    }
}

impl Drop for Pass {
    fn drop(&mut self) {
        let mut state = self.gate.lock();
        state.free += 1;
        state.turns.end(self.guest);
        drop(state);
        self.gate.admit();
    }
}

#[cfg(test)]
mod tests {
    use std::pin::pin;
    use std::task::{Context, Poll, Waker};

    use super::*;

    fn poll<T>(future: std::pin::Pin<&mut impl Future<Output = T>>) -> Poll<T> {
        future.poll(&mut Context::from_waker(Waker::noop()))
    }

    #[test]
    fn attack_17_guests_take_turns_and_none_has_all() {
        let (gate, greedy, other) = (Gate::new(3, 2), GuestId::new(), GuestId::new());
        let mut inside = vec![gate.enter_at_once(greedy).unwrap(), gate.enter_at_once(greedy).unwrap()];
        assert!(gate.enter_at_once(greedy).is_none(), "it has its share");
        let (mut third, mut fourth) = (pin!(gate.enter(greedy)), pin!(gate.enter(greedy)));
        assert!(poll(third.as_mut()).is_pending() && poll(fourth.as_mut()).is_pending());
        let others = gate.enter_at_once(other).unwrap();
        let mut waits = pin!(gate.enter(other));
        assert!(poll(waits.as_mut()).is_pending() && gate.waiting() == 1);
        inside.remove(0);
        let Poll::Ready(third) = poll(third.as_mut()) else { panic!("it was the first to wait who could go in") };
        drop(others);
        let Poll::Ready(second) = poll(waits.as_mut()) else { panic!("its turn") };
        drop((third, second, inside));
        assert!(poll(fourth.as_mut()).is_ready() && gate.waiting() == 0);
    }

    #[test]
    fn who_gives_up_is_not_waited_for() {
        let (gate, guest) = (Gate::new(1, 1), GuestId::new());
        let first = gate.enter_at_once(guest).unwrap();
        {
            let mut given_up = pin!(gate.enter(guest));
            assert!(poll(given_up.as_mut()).is_pending());
        }
        assert_eq!(gate.lock().turns.waiting(), 0, "nobody is in the line");
        let mut waits = pin!(gate.enter(guest));
        assert!(poll(waits.as_mut()).is_pending());
        drop(first);
        let Poll::Ready(second) = poll(waits.as_mut()) else { panic!("its turn") };
        drop(second);
        {
            // It was let in, and goes away before it looks.
            let second = gate.enter_at_once(guest).unwrap();
            let mut unseen = pin!(gate.enter(guest));
            assert!(poll(unseen.as_mut()).is_pending());
            drop(second);
        }
        assert!(gate.enter_at_once(guest).is_some());
    }
}
