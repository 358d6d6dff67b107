//! Requests that have not been answered yet, and how long each may still take. A request that is answered at once never
//! gets here.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use slab::Slab;

use crate::peer_wait::PeerWait;
use crate::ticks::Ticks;

/// All of one worker.
pub(crate) struct Deadlines {
    ticks: Ticks,
    waiting: RefCell<Slab<Waiting>>,
}

struct Waiting {
    limit: Limit,
    waker: Waker,
}

/// From when, and how long; what was spent on waiting for the client is not counted.
#[derive(Clone)]
struct Limit {
    since: u32,
    allowed: u32,
    client: Option<Arc<PeerWait>>,
}

/// One request's deadline.
pub(crate) struct Deadline {
    all: Rc<Deadlines>,
    limit: Limit,
    key: Option<usize>,
}

impl Deadlines {
    pub(crate) fn new(ticks: Ticks) -> Self {
        Self { ticks, waiting: RefCell::default() }
    }

    /// A deadline `allowed` ticks from now.
    pub(crate) fn set(self: &Rc<Self>, allowed: u32, client: Option<Arc<PeerWait>>) -> Deadline {
        let limit = Limit { since: self.ticks.now(), allowed, client };
        Deadline { all: self.clone(), limit, key: None }
    }

    /// A tick: wake those whose time is up.
    pub(crate) fn sweep(&self) {
        let now = self.ticks.now();
        for (_, waiting) in &*self.waiting.borrow() {
            if waiting.limit.is_over(now) {
                waiting.waker.wake_by_ref();
            }
        }
    }
}

impl Limit {
    fn is_over(&self, now: u32) -> bool {
        let waited = self.client.as_ref().map_or(0, |client| client.total());
        now.saturating_sub(self.since).saturating_sub(waited) > self.allowed
    }
}

impl Deadline {
    /// Ready when the time is up.
    pub(crate) fn poll(&mut self, context: &Context<'_>) -> Poll<()> {
        if self.limit.is_over(self.all.ticks.now()) {
            return Poll::Ready(());
        }
        let mut waiting = self.all.waiting.borrow_mut();
        match self.key.and_then(|key| waiting.get_mut(key)) {
            Some(known) if known.waker.will_wake(context.waker()) => {}
            Some(known) => known.waker = context.waker().clone(),
            None => {
                let entry = Waiting { limit: self.limit.clone(), waker: context.waker().clone() };
                self.key = Some(waiting.insert(entry));
            }
        }
        Poll::Pending
    }
}

impl Drop for Deadline {
    fn drop(&mut self) {
        if let Some(key) = self.key {
            self.all.waiting.borrow_mut().try_remove(key);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ticks::TICK;

    #[test]
    fn a_client_cannot_use_up_the_guests_time() {
        let ticks = Ticks::default();
        let all = Rc::new(Deadlines::new(ticks.clone()));
        let client = Arc::new(PeerWait::new(ticks.clone()));
        let mut context = Context::from_waker(Waker::noop());
        let mut deadline = all.set(10, Some(client.clone()));
        client.begin();
        ticks.set(TICK * 100);
        assert!(deadline.poll(&mut context).is_pending());
        client.end();
        ticks.set(TICK * 109);
        assert!(deadline.poll(&mut context).is_pending());
        ticks.set(TICK * 112);
        assert!(deadline.poll(&mut context).is_ready());
        drop(deadline);
        assert!(all.waiting.borrow().is_empty());
    }
}
