//! A lookup that a guest began.

use std::cell::{Cell, OnceCell};
use std::net::IpAddr;
use std::rc::Rc;

use super::{GuestNetwork, HostName, Lookup};
use crate::counted::Counted;
use crate::stream::Wait;
use crate::wait::{Interest, Pollable, Source};
use crate::{Error, Result};

/// Addresses of one name that a guest gets to see.
const MAX_ADDRESSES: usize = 64;

/// A lookup; readable when it is over.
pub struct GuestLookup {
    begun: Option<Begun>,
    outcome: OnceCell<Result<Vec<IpAddr>>>,
    next: Cell<usize>,
    _counted: Counted,
}

struct Begun {
    network: Rc<GuestNetwork>,
    name: HostName,
    lookup: Rc<dyn Lookup>,
}

impl GuestLookup {
    /// The lookup of an address, which is over.
    pub(super) fn of_address(address: IpAddr, counted: Counted) -> Self {
        let outcome = OnceCell::from(Ok(vec![address.to_canonical()]));
        Self { begun: None, outcome, next: Cell::new(0), _counted: counted }
    }

    pub(super) fn of_name(network: Rc<GuestNetwork>, name: HostName, lookup: Rc<dyn Lookup>, counted: Counted) -> Self {
        let begun = Some(Begun { network, name, lookup });
        Self { begun, outcome: OnceCell::new(), next: Cell::new(0), _counted: counted }
    }

    /// The addresses, best first, none of them IPv4 in the form of IPv6. The errors of [`Lookup::addresses`]; one other
    /// than [`Error::WouldBlock`] stays.
    pub fn addresses(&self, wait: Wait) -> Result<&[IpAddr]> {
        if self.outcome.get().is_none() {
            let outcome = self.begun.as_ref().ok_or(Error::Invalid)?.finish(wait);
            if outcome == Err(Error::WouldBlock) {
                return Err(Error::WouldBlock);
            }
            self.outcome.get_or_init(|| outcome);
        }
        match self.outcome.get() {
            Some(Ok(addresses)) => Ok(addresses),
            Some(Err(error)) => Err(*error),
            None => Err(Error::WouldBlock),
        }
    }

    /// The next of the addresses; none behind the last. The errors of [`addresses`](GuestLookup::addresses).
    pub fn next_address(&self, wait: Wait) -> Result<Option<IpAddr>> {
        let address = self.addresses(wait)?.get(self.next.get()).copied();
        self.next.set(self.next.get() + usize::from(address.is_some()));
        Ok(address)
    }
}

impl Begun {
    fn finish(&self, wait: Wait) -> Result<Vec<IpAddr>> {
        let mut addresses = self.lookup.addresses(wait)?;
        addresses.truncate(MAX_ADDRESSES);
        addresses.iter_mut().for_each(|address| *address = address.to_canonical());
        self.network.remember(&self.name, &addresses);
        Ok(addresses)
    }
}

impl Pollable for GuestLookup {
    fn source(&self, interest: Interest) -> Source<'_> {
        match &self.begun {
            Some(begun) if self.outcome.get().is_none() => begun.lookup.source(interest),
            _ => Source::Ready,
        }
    }
}
