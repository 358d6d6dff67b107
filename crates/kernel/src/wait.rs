//! Waiting: what a blocked guest waits for, and who wakes it.
//!
//! An object says through [`Pollable`] what stands behind its readiness: nothing (it is always ready), an operating
//! system's handle, or a waker that somebody else's code wakes. A [`Waiter`] waits for any of a [`WaitSet`], either by
//! blocking the thread or by registering a waker: no thread is needed for the first, no async runtime for the second.

use std::any::Any;
use std::rc::Rc;
use std::task::{Context, Poll};

use crate::{Interrupt, Result};

/// A direction of readiness.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Interest {
    /// A read, receive or accept would not block.
    Read,
    /// A write or send would not block.
    Write,
}

/// What is known of a ready object.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Readiness {
    /// Bytes that can be read or written at once, if known; at least 1 where that many are certain.
    pub bytes: u64,
    /// The other end is gone.
    pub hangup: bool,
}

/// A handle of the operating system, opaque here; `kernel-os` gives and takes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OsHandle(pub i64);

/// What stands behind an object's readiness.
pub enum Source<'a> {
    /// It is always ready: memory, regular files, `/dev/null`.
    Ready,
    /// It will never be ready; a wait for nothing else ends only with its deadline.
    Never,
    /// The operating system knows.
    Os(OsHandle),
    /// This object knows.
    Waker(&'a dyn Wakeable),
}

/// An object that knows its own readiness and wakes those who wait for it.
pub trait Wakeable {
    /// Ready now? If not, wake the waker when it may be.
    fn poll_ready(&self, interest: Interest, context: &mut Context<'_>) -> Poll<Readiness>;
}

/// An object that can be waited for.
pub trait Pollable {
    /// What stands behind readiness for `interest` at this moment; it may change between waits (a file whose page has
    /// to come from disk becomes a [`Source::Waker`] for that time).
    fn source(&self, interest: Interest) -> Source<'_>;

    /// The direction to look in at this moment for what is asked, where the object knows better: a socket that connects is
    /// ready when it can be written, whatever it is waited for.
    fn direction(&self, interest: Interest) -> Interest {
        interest
    }

    /// What more is known of an object that was found ready. Never blocks.
    fn readiness(&self, interest: Interest) -> Readiness {
        let _ = interest;
        Readiness::default()
    }
}

/// One thing waited for.
pub struct WaitEntry {
    /// The object; kept alive while it is waited for.
    pub object: Rc<dyn Pollable>,
    /// The direction.
    pub interest: Interest,
    /// Set by the waiter if it was found ready.
    pub ready: Option<Readiness>,
}

impl WaitEntry {
    fn new(object: Rc<dyn Pollable>, interest: Interest) -> Self {
        Self { interest: object.direction(interest), object, ready: None }
    }
}

/// What a guest waits for: any of the entries, or the deadline.
#[derive(Default)]
pub struct WaitSet {
    /// What a waiter keeps for this set between two [`poll_wait`](Waiter::poll_wait)s. Dropping it undoes every
    /// registration, and being the first field it is dropped before the objects that it is about.
    pub registration: Option<Box<dyn Any>>,
    /// The objects.
    pub entries: Vec<WaitEntry>,
    /// An instant of the *system's* monotonic clock, as the waiter's [`Waiter::now`] counts it.
    pub deadline: Option<u64>,
}

impl WaitSet {
    /// A set of one object and no deadline.
    pub fn one(object: Rc<dyn Pollable>, interest: Interest) -> Self {
        Self { entries: vec![WaitEntry::new(object, interest)], ..Self::default() }
    }

    /// Add an object.
    pub fn push(&mut self, object: Rc<dyn Pollable>, interest: Interest) {
        self.entries.push(WaitEntry::new(object, interest));
    }

    /// Whether a waiter found any entry ready.
    pub fn any_ready(&self) -> bool {
        self.entries.iter().any(|entry| entry.ready.is_some())
    }
}

/// Waits for sets. A wait ends, with success, when at least one entry was marked ready or the deadline has come, and
/// marks *every* entry that is ready then. It may also end early, with none marked: callers look again.
pub trait Waiter {
    /// The clock that deadlines refer to, in nanoseconds.
    fn now(&self) -> u64;

    /// Mark what is ready now, without waiting.
    fn check(&self, set: &mut WaitSet) -> Result<()>;

    /// Block the thread. [`Error::Cancelled`](crate::Error::Cancelled) if the interrupt is raised, before or during.
    fn wait(&self, set: &mut WaitSet, interrupt: &Interrupt) -> Result<()>;

    /// Mark what is ready, or have the waker woken when something is, the deadline comes or the interrupt is raised.
    /// Dropping the set ends the wait and whatever was registered for it.
    fn poll_wait(&self, set: &mut WaitSet, interrupt: &Interrupt, context: &mut Context<'_>) -> Poll<Result<()>>;
}
