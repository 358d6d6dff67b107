//! The state of one guest's host that all doors share: its services, and what it is parked on.

use std::rc::Rc;
use std::task::{Context, Poll};

use crate::grant::System;
use crate::http::GuestHttp;
use crate::net::GuestNetwork;
use crate::stream::Wait;
use crate::wait::{Interest, Pollable, WaitSet};
use crate::{Budget, Error, Grant, Interrupt, Result};

/// The host of one guest.
///
/// # Parking
///
/// An operation that would block leaves here what it waits for ([`park`](Host::park)) and fails with
/// [`Error::WouldBlock`]; the door then answers "pending". The driver of the guest waits, blocking
/// ([`block`](Host::block)) or not ([`poll_wait`](Host::poll_wait)), and has the same operation tried again.
/// [`started`](Host::started) tells that retry when the first try was, [`progress`](Host::progress) how far it came.
pub struct Host {
    /// Clocks, entropy, waiting.
    pub system: System,
    /// Bounds.
    pub budget: Budget,
    /// Sockets and names.
    pub network: Rc<GuestNetwork>,
    /// Fields, and sending requests.
    pub http: Rc<GuestHttp>,
    /// Stops the guest from outside.
    pub interrupt: Interrupt,
    /// How objects are asked to do their work: [`Wait::Block`] if the thread may block in them.
    pub wait: Wait,
    /// How much of the operation earlier tries of it have done, in a unit of its own; 0 before the first.
    pub progress: usize,
    parked: Option<WaitSet>,
    started: Option<u64>,
    /// What took bytes from the guest and has not given them on.
    deferred: Vec<Rc<dyn Deferred>>,
}

/// Something that took bytes from a guest, and gives them on when it can.
pub trait Deferred: Pollable {
    /// Give on what can be given at once; whether there is nothing left.
    fn give_on(&self) -> bool;

    /// How many bytes are left.
    fn left(&self) -> usize;
}

impl Host {
    /// The host half of a grant.
    pub fn new(grant: &Grant) -> Self {
        Self {
            system: grant.system.clone(),
            budget: grant.budget.clone(),
            network: Rc::new(GuestNetwork::new(grant.network.clone(), grant.network_rules.clone(), &grant.budget)),
            http: Rc::new(GuestHttp::new(grant)),
            interrupt: grant.interrupt.clone(),
            wait: if grant.may_block_thread { Wait::Block } else { Wait::Try },
            progress: 0,
            parked: None,
            started: None,
            deferred: Vec::new(),
        }
    }

    /// Have bytes given on while the guest waits for other things, and at its end ([`finish_output`](Host::finish_output)).
    pub fn defer(&mut self, object: Rc<dyn Deferred>) {
        if !self.deferred.iter().any(|known| std::ptr::addr_eq(Rc::as_ptr(known), Rc::as_ptr(&object))) {
            self.deferred.push(object);
        }
    }

    /// How many bytes wait to be given on.
    pub fn deferred_bytes(&self) -> usize {
        self.deferred.iter().map(|object| object.left()).sum()
    }

    /// Give on what can be given at once.
    #[inline]
    pub fn give_on(&mut self) {
        if !self.deferred.is_empty() {
            self.deferred.retain(|object| !object.give_on());
        }
    }

    /// The guest has ended: [`Error::WouldBlock`], parked, until all that it wrote is given on.
    pub fn finish_output(&mut self) -> Result<()> {
        self.give_on();
        if self.deferred.is_empty() { Ok(()) } else { self.park(WaitSet::default()) }
    }

    /// How to ask an object, given that the guest may have asked not to wait. While bytes wait to be given on, nobody
    /// blocks in anything else.
    #[inline]
    pub fn wait_for(&self, nonblocking: bool) -> Wait {
        if nonblocking || !self.deferred.is_empty() { Wait::Try } else { self.wait }
    }

    /// Leave what the guest waits for, and fail with [`Error::WouldBlock`].
    pub fn park<T>(&mut self, mut set: WaitSet) -> Result<T> {
        self.give_on();
        for object in &self.deferred {
            set.push(object.clone(), Interest::Write);
        }
        self.parked = Some(set);
        Err(Error::WouldBlock)
    }

    /// [`park`](Host::park) on one object.
    pub fn park_on<T>(&mut self, object: Rc<dyn Pollable>, interest: Interest) -> Result<T> {
        self.park(WaitSet::one(object, interest))
    }

    /// Whether the last operation left something to wait for.
    pub fn is_parked(&self) -> bool {
        self.parked.is_some()
    }

    /// When the operation that is being tried was tried first, on the guest's monotonic clock. Kept until
    /// [`finish`](Host::finish).
    pub fn started(&mut self) -> u64 {
        *self.started.get_or_insert_with(|| self.system.monotonic.now())
    }

    /// The operation is over: forget when it started and how far it came.
    #[inline]
    pub fn finish(&mut self) {
        self.started = None;
        self.progress = 0;
    }

    /// Block the thread until a retry may succeed. [`Error::Cancelled`] if interrupted.
    pub fn block(&mut self) -> Result<()> {
        let Some(mut set) = self.parked.take() else { return self.interrupt.check() };
        // A wait that fails is the end of its operation.
        self.system.waiter.wait(&mut set, &self.interrupt).inspect_err(|_| self.finish())
    }

    /// Ask whether a retry may succeed, or register the waker. [`Error::Cancelled`] if interrupted.
    pub fn poll_wait(&mut self, context: &mut Context<'_>) -> Poll<Result<()>> {
        let Some(set) = &mut self.parked else { return Poll::Ready(self.interrupt.check()) };
        let outcome = self.system.waiter.poll_wait(set, &self.interrupt, context);
        if outcome.is_ready() {
            self.parked = None;
        }
        if let Poll::Ready(Err(_)) = outcome {
            self.finish();
        }
        outcome
    }
}
