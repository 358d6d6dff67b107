//! A lookup on a thread of the resolvers.

use std::cell::RefCell;
use std::net::IpAddr;
use std::task::{Context, Poll};

use tambo_kernel::net::{HostName, Lookup};
use tambo_kernel::stream::Wait;
use tambo_kernel::wait::{Interest, Pollable, Readiness, Source, Wakeable};
use tambo_kernel::{Error, GuestId, Result};

use super::address_info;
use crate::pool::{Completion, Pool};

/// A lookup. One that is dropped before a thread took it is never made.
pub(super) struct OsLookup {
    /// None once it was taken.
    completion: RefCell<Option<Completion<Result<Vec<IpAddr>>>>>,
}

impl OsLookup {
    pub(super) fn begin(resolvers: &Pool, name: HostName, guest: GuestId) -> Self {
        let completion = resolvers.submit_for(guest, move || address_info::look_up(&name));
        Self { completion: RefCell::new(Some(completion)) }
    }
}

impl Lookup for OsLookup {
    fn addresses(&self, wait: Wait) -> Result<Vec<IpAddr>> {
        let mut completion = self.completion.borrow_mut();
        if wait == Wait::Try && completion.as_ref().is_some_and(|completion| !completion.is_done()) {
            return Err(Error::WouldBlock);
        }
        completion.take().ok_or(Error::InvalidState)?.wait()?
    }
}

impl Pollable for OsLookup {
    fn source(&self, _: Interest) -> Source<'_> {
        Source::Waker(self)
    }
}

impl Wakeable for OsLookup {
    fn poll_ready(&self, _: Interest, context: &mut Context<'_>) -> Poll<Readiness> {
        match &*self.completion.borrow() {
            Some(completion) => completion.poll(context).map(|()| Readiness::default()),
            None => Poll::Ready(Readiness::default()),
        }
    }
}
