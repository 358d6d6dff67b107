//! The datagrams of one association of a UDP socket, many at a time: what 0.2's datagram streams are made of.

use std::cell::Cell;
use std::net::SocketAddr;
use std::rc::Rc;

use super::GuestUdp;
use crate::host::Host;
use crate::stream::Wait;
use crate::wait::{Interest, Pollable, Source, WaitSet};
use crate::{Error, Result};

/// Datagrams that are sent or received at once.
const AT_ONCE: u64 = 16;
/// Bytes of datagrams after which no more are received at once.
const ENOUGH: usize = 64 << 10;
/// The largest datagram: its length has 16 bits.
pub(super) const LARGEST: usize = 64 << 10;

/// A datagram that was received.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Datagram {
    /// What is in it.
    pub data: Vec<u8>,
    /// Who sent it.
    pub from: SocketAddr,
}

/// What comes and goes while a socket speaks to one peer, or to everybody. Over when the socket is associated anew:
/// [`Error::InvalidState`].
pub struct Datagrams {
    socket: Rc<GuestUdp>,
    association: u64,
    /// How many the guest was told it may send.
    permit: Cell<u64>,
    /// The system took no more when it was asked last.
    full: Cell<bool>,
}

impl GuestUdp {
    /// Speak to this peer only, or to everybody. [`Error::InvalidState`] if it is not bound; the errors of
    /// [`associate`](GuestUdp::associate).
    pub fn datagrams(self: &Rc<Self>, remote: Option<SocketAddr>) -> Result<Datagrams> {
        if !self.is_bound() {
            return Err(Error::InvalidState);
        }
        self.associate(remote)?;
        let association = self.associations();
        Ok(Datagrams { socket: self.clone(), association, permit: Cell::new(0), full: Cell::new(false) })
    }
}

impl Datagrams {
    /// Receive at most so many, as far as they are there. An error is told only if nothing was received; those of
    /// [`GuestUdp::receive`].
    pub fn receive(&self, max: u64) -> Result<Vec<Datagram>> {
        self.check()?;
        let mut received = Vec::new();
        let mut bytes = 0;
        while received.len() < max.min(AT_ONCE) as usize && bytes < ENOUGH {
            match self.socket.receive_datagram(Wait::Try) {
                Ok(datagram) => {
                    bytes += datagram.data.len();
                    received.push(datagram);
                }
                Err(Error::WouldBlock) => break,
                Err(error) if received.is_empty() => return Err(error),
                Err(_) => break,
            }
        }
        Ok(received)
    }

    /// How many datagrams the guest may send now; it may send them later too.
    pub fn check_send(&self, host: &Host) -> Result<u64> {
        self.check()?;
        if self.full.get() {
            let mut set = WaitSet::one(self.socket.clone(), Interest::Write);
            host.system.waiter.check(&mut set)?;
            self.full.set(!set.any_ready());
        }
        self.permit.set(if self.full.get() { 0 } else { AT_ONCE });
        Ok(self.permit.get())
    }

    /// Whether the guest may send so many: it was told so, and has not sent since.
    pub fn permits(&self, count: u64) -> bool {
        count <= self.permit.get()
    }

    /// Send what is [permitted](Datagrams::permits), in order, until one fails; how many were sent. An error is told only if
    /// none was; those of [`GuestUdp::send`].
    pub fn send<'a>(&self, datagrams: impl IntoIterator<Item = (&'a [u8], Option<SocketAddr>)>) -> Result<u64> {
        self.check()?;
        let mut sent = 0;
        for (data, to) in datagrams {
            self.permit.set(0);
            match self.socket.send(data, to, Wait::Try) {
                Ok(()) => sent += 1,
                Err(Error::WouldBlock) => {
                    self.full.set(true);
                    break;
                }
                Err(error) if sent == 0 => return Err(error),
                Err(_) => break,
            }
        }
        Ok(sent)
    }

    fn is_over(&self) -> bool {
        self.association != self.socket.associations()
    }

    fn check(&self) -> Result<()> {
        if self.is_over() { Err(Error::InvalidState) } else { Ok(()) }
    }
}

impl Pollable for Datagrams {
    fn source(&self, interest: Interest) -> Source<'_> {
        if self.is_over() { Source::Ready } else { self.socket.source(interest) }
    }
}
