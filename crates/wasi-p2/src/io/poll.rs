//! `wasi:io/poll`: waiting for any of several things.

use std::task::Poll;

use tambo_component_linker::bindings::{Borrow, Own};
use tambo_engine::Trap;
use tambo_kernel::Error;
use tambo_kernel::poll::{List, Subscription, poll};

use crate::P2;
use crate::bindings::wasi::io::poll::{Host, HostPollable, Pollable};
use crate::p2::fault;

impl P2 {
    /// Wait for any of these; what has happened is then in `io.events`.
    fn wait_for_any(&mut self, pollables: &[Borrow<Pollable>]) -> Poll<Result<(), Trap>> {
        let outcome = self.ask_any(pollables)?;
        self.waited(outcome, poll_failed)
    }

    /// No list is kept: what the guest drops next has to end then, and not with the next wait.
    fn ask_any(&mut self, pollables: &[Borrow<Pollable>]) -> Result<tambo_kernel::Result<()>, Trap> {
        let mut list = match List::begin(&mut self.host, pollables.len(), &mut self.io.events) {
            Ok(list) => list,
            Err(error) => return Ok(Err(error)),
        };
        for pollable in pollables {
            let subscription = &self.io.pollables.get(pollable.rep())?.subscription;
            if let Err(error) = list.add(&self.host, subscription) {
                return Ok(Err(error));
            }
        }
        Ok(list.poll(&mut self.host))
    }

    /// Whether a pollable is ready, by its representation.
    pub(crate) fn is_ready(&mut self, pollable: u64) -> Result<bool, Trap> {
        let subscription = self.io.pollables.get(pollable)?.subscription.clone();
        let list = [subscription, Subscription::Monotonic(0)];
        poll(&mut self.host, &list, &mut self.io.events).map_err(|error| poll_failed(self, error))?;
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
        self.wait_for_any(&[pollable])
    }

    fn drop(&mut self, pollable: Own<Pollable>) -> Result<(), Trap> {
        self.io.pollables.remove(pollable.rep());
        Ok(())
    }
}

impl Host for P2 {
    fn poll(&mut self, pollables: Vec<Borrow<Pollable>>) -> Poll<Result<Vec<u32>, Trap>> {
        self.wait_for_any(&pollables).map_ok(|()| self.io.events.iter().map(|event| event.index as u32).collect())
    }
}
