//! The UDP socket of a guest: its states, and the rules.
//!
//! # Policy
//!
//! Every destination is judged, that of a connect as well as of each datagram. A socket that is bound to a port of the
//! system's choice, without a rule to listen there, hears those only whom it may speak to: otherwise every guest with
//! one permitted destination could be reached by everybody.

use std::cell::Cell;
use std::net::SocketAddr;
use std::rc::Rc;

use super::datagrams::{Datagram, LARGEST};
use super::guest::{check_family, check_local, check_remote};
use super::rules::{Direction, Protocol};
use super::{Family, GuestNetwork, SocketOption, UdpSocket};
use crate::counted::Counted;
use crate::stream::Wait;
use crate::wait::{Interest, Pollable, Readiness, Source};
use crate::{Error, Result};

/// Unwanted datagrams that one receive drops before it answers that there is nothing: what floods a guest must not
/// hold its thread.
const MAX_DROPPED: usize = 64;

/// A UDP socket.
pub struct GuestUdp {
    network: Rc<GuestNetwork>,
    socket: Rc<dyn UdpSocket>,
    family: Family,
    bound: Cell<bool>,
    /// Whether the rules let everybody be heard.
    may_listen: Cell<bool>,
    remote: Cell<Option<SocketAddr>>,
    associations: Cell<u64>,
    /// The destination that was judged last, and permitted.
    permitted: Cell<Option<SocketAddr>>,
    _counted: Counted,
}

impl GuestUdp {
    pub(super) fn new(network: Rc<GuestNetwork>, socket: Rc<dyn UdpSocket>, family: Family, counted: Counted) -> Self {
        Self {
            network,
            socket,
            family,
            bound: Cell::new(false),
            may_listen: Cell::new(false),
            remote: Cell::new(None),
            associations: Cell::new(0),
            permitted: Cell::new(None),
            _counted: counted,
        }
    }

    /// The family of its addresses.
    pub fn family(&self) -> Family {
        self.family
    }

    /// Whether it has a local address.
    pub fn is_bound(&self) -> bool {
        self.bound.get()
    }

    /// How often it was connected and disconnected: what was made for an association knows by this that it is over.
    pub fn associations(&self) -> u64 {
        self.associations.get()
    }

    /// Take a local address. [`Error::Invalid`] for another family's; [`Error::InvalidState`] if it has one;
    /// [`Error::Access`]; the errors of [`UdpSocket::bind`].
    pub fn bind(&self, local: SocketAddr) -> Result<()> {
        if self.bound.get() {
            return Err(Error::InvalidState);
        }
        check_family(self.family, local.ip())?;
        let may_listen = check_local(&self.network, Protocol::Udp, local)?;
        self.socket.bind(local)?;
        self.may_listen.set(may_listen);
        self.bound.set(true);
        Ok(())
    }

    /// Speak to one peer only, from an address of the system's choice if it is not bound. [`Error::Invalid`] for an
    /// address that can be no peer's; [`Error::Access`]; the errors of [`UdpSocket::connect`].
    pub fn connect(&self, remote: SocketAddr) -> Result<()> {
        self.check_destination(remote)?;
        self.bind_if_unbound()?;
        self.associations.set(self.associations.get() + 1);
        // If the system refuses, it may have given up the former peer already.
        self.remote.set(None);
        if let Err(error) = self.socket.connect(remote) {
            let _ = self.socket.disconnect();
            return Err(error);
        }
        self.remote.set(Some(remote));
        Ok(())
    }

    /// Speak to everybody again. [`Error::InvalidState`] if it is not connected.
    pub fn disconnect(&self) -> Result<()> {
        if self.remote.get().is_none() {
            return Err(Error::InvalidState);
        }
        self.socket.disconnect()?;
        self.remote.set(None);
        self.associations.set(self.associations.get() + 1);
        Ok(())
    }

    /// Begin another association: with this peer, or with everybody. The errors of [`connect`](GuestUdp::connect).
    pub fn associate(&self, remote: Option<SocketAddr>) -> Result<()> {
        match remote {
            Some(remote) => self.connect(remote),
            None if self.remote.get().is_some() => self.disconnect(),
            None => {
                self.associations.set(self.associations.get() + 1);
                Ok(())
            }
        }
    }

    /// Send a datagram, from an address of the system's choice if it is not bound. [`Error::Invalid`] for an address that
    /// can be no peer's, is not the peer's, or is missing; [`Error::Access`]; the errors of [`UdpSocket::send`].
    pub fn send(&self, data: &[u8], to: Option<SocketAddr>, wait: Wait) -> Result<()> {
        let to = match (self.remote.get(), to) {
            (Some(_), None) => None,
            (Some(remote), Some(to)) if is_same(remote, to) => None,
            (None, Some(to)) => Some(to),
            _ => return Err(Error::Invalid),
        };
        if let Some(to) = to {
            self.check_destination(to)?;
        }
        self.bind_if_unbound()?;
        self.socket.send(data, to, wait)
    }

    /// Receive a datagram and tell its length and sender. [`Error::InvalidState`] if it has no address; the errors of
    /// [`UdpSocket::receive`].
    pub fn receive(&self, buffer: &mut [u8], wait: Wait) -> Result<(usize, SocketAddr)> {
        if !self.bound.get() {
            return Err(Error::InvalidState);
        }
        let mut dropped = 0;
        loop {
            let (length, from) = self.socket.receive(buffer, wait)?;
            if self.is_wanted(from) {
                return Ok((length, from));
            }
            dropped += 1;
            if dropped == MAX_DROPPED && wait == Wait::Try {
                return Err(Error::WouldBlock);
            }
        }
    }

    /// Receive a datagram of any size. The errors of [`receive`](GuestUdp::receive).
    pub fn receive_datagram(&self, wait: Wait) -> Result<Datagram> {
        let mut buffer = self.network.take_buffer(LARGEST);
        let outcome = self
            .receive(&mut buffer, wait)
            .map(|(length, from)| Datagram { data: buffer.get(..length).unwrap_or_default().to_vec(), from });
        self.network.keep_buffer(buffer);
        outcome
    }

    /// The own address. [`Error::InvalidState`] if it has none.
    pub fn local_address(&self) -> Result<SocketAddr> {
        if self.bound.get() { self.socket.local_address() } else { Err(Error::InvalidState) }
    }

    /// The peer's address. [`Error::InvalidState`] if it is not connected.
    pub fn remote_address(&self) -> Result<SocketAddr> {
        self.remote.get().ok_or(Error::InvalidState)
    }

    /// The value of an option.
    pub fn option(&self, option: SocketOption) -> Result<u64> {
        self.socket.option(option)
    }

    /// Set an option. [`Error::Invalid`] for 0.
    pub fn set_option(&self, option: SocketOption, value: u64) -> Result<()> {
        if value == 0 { Err(Error::Invalid) } else { self.socket.set_option(option, value) }
    }

    fn bind_if_unbound(&self) -> Result<()> {
        if self.bound.get() { Ok(()) } else { self.bind(self.family.any_address()) }
    }

    fn check_destination(&self, remote: SocketAddr) -> Result<()> {
        check_remote(self.family, remote)?;
        if self.permitted.get() != Some(remote) {
            self.network.check(Protocol::Udp, Direction::Connect, remote)?;
            self.permitted.set(Some(remote));
        }
        Ok(())
    }

    /// The system judges the sender when a datagram arrives; one from before a connect is still there.
    fn is_wanted(&self, from: SocketAddr) -> bool {
        match self.remote.get() {
            Some(remote) => is_same(remote, from),
            None => self.may_listen.get() || self.network.check(Protocol::Udp, Direction::Connect, from).is_ok(),
        }
    }
}

/// Flow labels, and scopes that one side left out, make no other peer.
fn is_same(one: SocketAddr, other: SocketAddr) -> bool {
    one.ip() == other.ip() && one.port() == other.port()
}

impl Pollable for GuestUdp {
    fn source(&self, interest: Interest) -> Source<'_> {
        self.socket.source(interest)
    }

    fn readiness(&self, interest: Interest) -> Readiness {
        self.socket.readiness(interest)
    }
}
