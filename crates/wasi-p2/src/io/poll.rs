//! `wasi:io/poll`: waiting for any of several things.

use std::task::Poll;

use tambo_component_linker::bindings::{Borrow, Own};
use tambo_engine::Trap;
use tambo_kernel::Error;
use tambo_kernel::poll::{Subscription, poll};

use crate::P2;
use crate::bindings::wasi::io::poll::{Host, HostPollable, Pollable};
use crate::p2::fault;

impl P2 {
    /// Wait for any of what is in `io.subscriptions`; what has happened is then in `io.events`. Nothing is left in the
    /// former: what the guest drops next has to end then, and not with the next wait.
    fn poll_subscriptions(&mut self) -> Poll<Result<(), Trap>> {
        let outcome = poll(&mut self.host, &self.io.subscriptions, &mut self.io.events);
        self.io.subscriptions.clear();
        self.waited(outcome, poll_failed)
    }

    fn subscribe(&mut self, pollable: u64) -> Result<(), Trap> {
        let subscription = self.io.pollables.get(pollable)?.subscription.clone();
        self.io.subscriptions.push(subscription);
        Ok(())
    }

    /// Whether a pollable is ready, by its representation.
    pub(crate) fn is_ready(&mut self, pollable: u64) -> Result<bool, Trap> {
        let now = Subscription::Monotonic(0);
        self.subscribe(pollable)?;
        self.io.subscriptions.push(now);
        let outcome = poll(&mut self.host, &self.io.subscriptions, &mut self.io.events);
        self.io.subscriptions.clear();
        outcome.map_err(|error| poll_failed(self, error))?;
        Ok(self.io.events.iter().any(|event| event.index == 0))
    }
}

#[cold]
fn poll_failed(p2: &mut P2, error: Error) -> Trap {
    match p2.stopped(error) {
        Some(trap) => trap,
        None if error == Error::Invalid => fault("poll: the list is empty, or longer than the host allows"),
        None => Trap::bug(format!("polling failed: {error}")),
    }
}

impl HostPollable for P2 {
    fn ready(&mut self, pollable: Borrow<Pollable>) -> Result<bool, Trap> {
        self.is_ready(pollable.rep())
    }

    fn block(&mut self, pollable: Borrow<Pollable>) -> Poll<Result<(), Trap>> {
        self.subscribe(pollable.rep())?;
        self.poll_subscriptions()
    }

    fn drop(&mut self, pollable: Own<Pollable>) -> Result<(), Trap> {
        self.io.pollables.remove(pollable.rep());
        Ok(())
    }
}

impl Host for P2 {
    fn poll(&mut self, pollables: Vec<Borrow<Pollable>>) -> Poll<Result<Vec<u32>, Trap>> {
        for pollable in pollables {
            self.subscribe(pollable.rep())?;
        }
        self.poll_subscriptions().map_ok(|()| self.io.events.iter().map(|event| event.index as u32).collect())
    }
}
