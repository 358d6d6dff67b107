//! What of the responses on one connection of HTTP/2 waits for the client, in bytes, and who waits for it to become less.
//!
//! A guest that has written its response is gone, and no longer counted among those that run. So a client that asks for
//! much and takes nothing would have the server keep it all.

use std::cell::{Cell, RefCell};
use std::task::{Context, Poll, Waker};

use slab::Slab;
use tambo_kernel::http::BodyGauge;

use crate::peer_wait::PeerWait;

/// A connection with more than this is given no more requests. What those add that are under way by then is what a guest
/// can write before it has to wait.
const MOST: usize = 2 << 20;

#[derive(Default)]
pub(crate) struct Unsent {
    /// Bytes that the library has.
    handed: Cell<usize>,
    /// All bytes that it has let go of.
    gone: Cell<u64>,
    /// What guests have written beyond that.
    bodies: RefCell<Slab<BodyGauge>>,
    waiting: RefCell<Vec<Waker>>,
}

impl Unsent {
    /// The library got so many bytes.
    pub(crate) fn hand(&self, bytes: usize) {
        self.handed.set(self.handed.get() + bytes);
    }

    /// It has sent them, or dropped them.
    pub(crate) fn let_go(&self, bytes: usize) {
        self.handed.set(self.handed.get().saturating_sub(bytes));
        self.gone.set(self.gone.get().wrapping_add(bytes as u64));
        self.wake();
    }

    /// Count what is written to a body; answers its key.
    pub(crate) fn enter(&self, body: BodyGauge) -> usize {
        self.bodies.borrow_mut().insert(body)
    }

    /// The body is over.
    pub(crate) fn leave(&self, key: usize) {
        self.bodies.borrow_mut().try_remove(key);
        self.wake();
    }

    fn wake(&self) {
        let waiting = self.waiting.take();
        waiting.into_iter().for_each(Waker::wake);
    }

    /// Whether there is too much for another request.
    pub(crate) fn is_full(&self) -> bool {
        let bodies = self.bodies.borrow();
        let most: usize = bodies.iter().map(|(_, body)| body.capacity()).sum();
        let handed = self.handed.get();
        // The bodies are asked one by one only if it depends on them.
        handed + most > MOST && handed + bodies.iter().map(|(_, body)| body.bytes()).sum::<usize>() > MOST
    }

    /// Whether the library has too much to be given more.
    pub(crate) fn is_choked(&self) -> bool {
        self.handed.get() > MOST
    }
}

/// Whoever waits for the client to take what is there already.
#[derive(Default)]
pub(crate) struct InLine {
    gone: u64,
}

impl InLine {
    /// Ready once something is no longer the case. Until then it is the client's turn, which shows that it goes on by what
    /// it takes of any response.
    pub(crate) fn poll(
        &mut self,
        unsent: &Unsent,
        is_so: fn(&Unsent) -> bool,
        wait: &PeerWait,
        context: &Context<'_>,
    ) -> Poll<()> {
        if !is_so(unsent) {
            wait.end();
            return Poll::Ready(());
        }
        let gone = unsent.gone.get();
        if gone != self.gone {
            wait.end();
            wait.moved(usize::try_from(gone.wrapping_sub(self.gone)).unwrap_or(usize::MAX));
            self.gone = gone;
        }
        wait.begin();
        let mut waiting = unsent.waiting.borrow_mut();
        if !waiting.iter().any(|known| known.will_wake(context.waker())) {
            waiting.push(context.waker().clone());
        }
        Poll::Pending
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU32, Ordering};
    use std::task::Wake;

    use super::*;
    use crate::ticks::{TICK, Ticks};

    #[derive(Default)]
    struct Count(AtomicU32);

    impl Wake for Count {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }

    #[test]
    fn who_waits_goes_on_when_the_client_has_taken_enough() {
        let (unsent, ticks, woken) = (Unsent::default(), Ticks::default(), Arc::<Count>::default());
        let (wait, waker) = (PeerWait::new(ticks.clone()), Waker::from(woken.clone()));
        let context = Context::from_waker(&waker);
        let mut line = InLine::default();
        unsent.hand(MOST);
        assert!(line.poll(&unsent, Unsent::is_full, &wait, &context).is_ready());
        unsent.hand(MOST);
        assert!((0..3).all(|_| line.poll(&unsent, Unsent::is_full, &wait, &context).is_pending()));
        ticks.set(TICK * 9);
        unsent.let_go(MOST / 2);
        assert_eq!(woken.0.load(Ordering::Relaxed), 1);
        assert!(line.poll(&unsent, Unsent::is_full, &wait, &context).is_pending());
        ticks.set(TICK * 18);
        assert!(!wait.is_too_slow(10), "it took something");
        ticks.set(TICK * 20);
        assert!(wait.is_too_slow(10));
        unsent.let_go(MOST / 2);
        assert!(line.poll(&unsent, Unsent::is_full, &wait, &context).is_ready());
        assert!(!wait.is_too_slow(10));
    }

    #[test]
    fn what_guests_have_written_counts_as_well() {
        let unsent = Unsent::default();
        let bodies: Vec<_> = (0..=MOST >> 16)
            .map(|_| tambo_kernel::http::body(tambo_kernel::http::BodyOf::Response, 1 << 16, None))
            .collect();
        let keys: Vec<_> = bodies.iter().map(|(_, reader)| unsent.enter(reader.gauge())).collect();
        assert!(!unsent.is_full(), "they are empty");
        for (writer, _) in &bodies {
            use tambo_kernel::stream::{Stream as _, Wait};
            writer.stream().write(&[std::io::IoSlice::new(&[0; 1 << 16])], Wait::Try).unwrap();
        }
        assert!(unsent.is_full() && !unsent.is_choked());
        unsent.leave(keys[0]);
        assert!(!unsent.is_full());
    }
}
