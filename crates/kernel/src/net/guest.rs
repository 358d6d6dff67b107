//! What one guest has of the network: a network, the rules, a bound, and the names that it looked up.

use std::cell::{Cell, RefCell};
use std::net::{IpAddr, SocketAddr};
use std::rc::Rc;
use std::sync::Arc;

use super::guest_lookup::GuestLookup;
use super::known_names::KnownNames;
use super::rules::{Direction, NetworkRules, Protocol};
use super::{Denied, Family, GuestTcp, GuestUdp, HostName, Network, Peer};
use crate::counted::{Allowance, Counted};
use crate::{Budget, Error, GuestId, Result};

/// The network as one guest may use it.
pub struct GuestNetwork {
    id: GuestId,
    network: Rc<dyn Network>,
    rules: Arc<NetworkRules>,
    known: RefCell<KnownNames>,
    sockets: Rc<Allowance>,
    lookups: Rc<Allowance>,
    /// Where datagrams are received, from one to the next.
    buffer: Cell<Vec<u8>>,
}

impl GuestNetwork {
    /// A guest's view of `network`.
    pub fn new(network: Rc<dyn Network>, rules: Arc<NetworkRules>, budget: &Budget) -> Self {
        Self {
            id: GuestId::new(),
            network,
            rules,
            known: RefCell::default(),
            sockets: Allowance::new(budget.sockets),
            lookups: Allowance::new(budget.lookups),
            buffer: Cell::default(),
        }
    }

    /// The rules; for outbound HTTP, which is judged by them too.
    pub fn rules(&self) -> &Arc<NetworkRules> {
        &self.rules
    }

    /// A TCP socket; one that takes nothing of the system, if no rule is about TCP. [`Error::TooManyDescriptors`] if the
    /// guest has as many sockets as it may; the errors of [`Network::tcp`].
    pub fn tcp(self: &Rc<Self>, family: Family) -> Result<Rc<GuestTcp>> {
        let counted = self.count_socket()?;
        let socket = self.network_for(Protocol::Tcp).tcp(family)?;
        Ok(Rc::new(GuestTcp::new(self.clone(), socket, family, counted)))
    }

    /// A UDP socket; otherwise as [`tcp`](GuestNetwork::tcp).
    pub fn udp(self: &Rc<Self>, family: Family) -> Result<Rc<GuestUdp>> {
        let counted = self.count_socket()?;
        let socket = self.network_for(Protocol::Udp).udp(family)?;
        Ok(Rc::new(GuestUdp::new(self.clone(), socket, family, counted)))
    }

    /// Begin to look up a name or the text of an address; an address needs no rule. Never blocks. [`Error::Invalid`] if
    /// it is neither; [`Error::Access`]; [`Error::ResolverUnavailable`] if the guest has as many lookups as it may.
    pub fn look_up(self: &Rc<Self>, name: &str) -> Result<Rc<GuestLookup>> {
        let counted = self.lookups.take().map_err(|_| Error::ResolverUnavailable)?;
        Ok(Rc::new(match Peer::bare(name)? {
            Peer::Address(address) => GuestLookup::of_address(address, counted),
            Peer::Name(name) => {
                self.rules.check_lookup(&name)?;
                let lookup = self.network.look_up(&name, self.id)?;
                GuestLookup::of_name(self.clone(), name, lookup, counted)
            }
        }))
    }

    /// Judge an address, as [`NetworkRules::check`] does, with the names for which the resolver gave it to this guest.
    /// [`Error::Access`].
    pub fn check(&self, protocol: Protocol, direction: Direction, address: SocketAddr) -> Result<()> {
        let check = |name| self.rules.check(protocol, direction, address, name);
        if check(None).is_ok() || self.known.borrow().names(address.ip()).any(|name| check(Some(name)).is_ok()) {
            Ok(())
        } else {
            Err(Error::Access)
        }
    }

    /// Remember what the resolver gave, if rules may ask.
    pub(super) fn remember(&self, name: &HostName, addresses: &[IpAddr]) {
        if self.rules.is_by_name(name) {
            self.known.borrow_mut().remember(name, addresses);
        }
    }

    /// A buffer of this size, whatever is in it.
    pub(super) fn take_buffer(&self, size: usize) -> Vec<u8> {
        let mut buffer = self.buffer.take();
        buffer.resize(size, 0);
        buffer
    }

    pub(super) fn keep_buffer(&self, buffer: Vec<u8>) {
        self.buffer.set(buffer);
    }

    pub(super) fn count_socket(&self) -> Result<Counted> {
        self.sockets.take()
    }

    fn network_for(&self, protocol: Protocol) -> &dyn Network {
        let directions = [Direction::Connect, Direction::Listen];
        match directions.into_iter().any(|direction| self.rules.has_any(protocol, direction)) {
            true => &*self.network,
            false => &Denied,
        }
    }
}

/// Judge the own address of a socket. Answers whether it may be listened on: a port of the system's choice may also be
/// taken to connect from.
pub(super) fn check_local(network: &GuestNetwork, protocol: Protocol, local: SocketAddr) -> Result<bool> {
    match network.check(protocol, Direction::Listen, local) {
        Err(_) if local.port() == 0 && network.rules.has_any(protocol, Direction::Connect) => Ok(false),
        verdict => verdict.map(|()| true),
    }
}

/// Judge whether an address can be one of a socket of this family. [`Error::Invalid`] if not.
pub(super) fn check_family(family: Family, address: IpAddr) -> Result<()> {
    let is_mapped = matches!(address, IpAddr::V6(v6) if v6.to_ipv4_mapped().is_some());
    if Family::of(address) == family && !is_mapped { Ok(()) } else { Err(Error::Invalid) }
}

/// Judge whether an address can be a peer's. [`Error::Invalid`] if not.
pub(super) fn check_remote(family: Family, remote: SocketAddr) -> Result<()> {
    check_family(family, remote.ip())?;
    if remote.ip().is_unspecified() || remote.port() == 0 { Err(Error::Invalid) } else { Ok(()) }
}
