//! The TCP socket of a guest: the states of `TcpSocketOperationalSemantics.md`, and the rules.
//!
//! The shape is that of WASI 0.3: binding and listening are done at once, connecting and accepting complete or would
//! block. The `in-progress` states that 0.2 has besides are a matter of its door.

use std::cell::Cell;
use std::io::{IoSlice, IoSliceMut};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::rc::Rc;

use super::guest::{check_family, check_local, check_remote};
use super::rules::{Direction, Protocol};
use super::{Family, GuestNetwork, Shutdown, SocketOption, TcpSocket};
use crate::counted::Counted;
use crate::fs::FileKind;
use crate::stream::{Stream, Wait};
use crate::wait::{Interest, Pollable, Readiness, Source};
use crate::{Error, Result};

/// Connections that wait to be accepted, if nobody says how many.
const BACKLOG: u32 = 128;

/// What a socket is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TcpState {
    /// Nothing yet.
    Unbound,
    /// It has a local address.
    Bound,
    /// A connect was begun and is not known to be over.
    Connecting,
    /// It has a peer.
    Connected,
    /// It accepts.
    Listening,
    /// Something failed; nothing more can be done with it.
    Closed,
}

/// A TCP socket. As a [`Stream`] it is the connection.
pub struct GuestTcp {
    network: Rc<GuestNetwork>,
    socket: Rc<dyn TcpSocket>,
    family: Family,
    state: Cell<TcpState>,
    backlog: Cell<u32>,
    /// Whether the rules let it listen on the address that it is bound to.
    may_listen: Cell<bool>,
    reads: Cell<bool>,
    writes: Cell<bool>,
    _counted: Counted,
}

impl GuestTcp {
    pub(super) fn new(network: Rc<GuestNetwork>, socket: Rc<dyn TcpSocket>, family: Family, counted: Counted) -> Self {
        Self {
            network,
            socket,
            family,
            state: Cell::new(TcpState::Unbound),
            backlog: Cell::new(BACKLOG),
            may_listen: Cell::new(false),
            reads: Cell::new(true),
            writes: Cell::new(true),
            _counted: counted,
        }
    }

    /// What it is doing.
    pub fn state(&self) -> TcpState {
        self.state.get()
    }

    /// The family of its addresses.
    pub fn family(&self) -> Family {
        self.family
    }

    /// Take a local address. [`Error::Invalid`] for another family's, a multicast or a mapped one;
    /// [`Error::InvalidState`]; [`Error::Access`]; the errors of [`TcpSocket::bind`]. It may be tried again then.
    pub fn bind(&self, local: SocketAddr) -> Result<()> {
        if self.state.get() != TcpState::Unbound {
            return Err(Error::InvalidState);
        }
        check_family(self.family, local.ip())?;
        check_unicast(local.ip())?;
        let may_listen = check_local(&self.network, Protocol::Tcp, local)?;
        self.socket.bind(local)?;
        self.may_listen.set(may_listen);
        self.state.set(TcpState::Bound);
        Ok(())
    }

    /// Begin to connect. [`Error::InvalidState`]; [`Error::Already`] if it is connecting. All other errors close the
    /// socket: [`Error::Invalid`] for an address that can be no peer's; [`Error::Access`]; the errors of
    /// [`TcpSocket::connect`].
    pub fn connect(&self, remote: SocketAddr) -> Result<()> {
        match self.state.get() {
            TcpState::Unbound | TcpState::Bound => {}
            TcpState::Connecting => return Err(Error::Already),
            _ => return Err(Error::InvalidState),
        }
        self.closing(self.begin_connect(remote))?;
        self.state.set(TcpState::Connecting);
        Ok(())
    }

    fn begin_connect(&self, remote: SocketAddr) -> Result<()> {
        check_remote(self.family, remote)?;
        check_unicast(remote.ip())?;
        self.network.check(Protocol::Tcp, Direction::Connect, remote)?;
        self.socket.connect(remote)
    }

    /// The end of a connect that was begun. [`Error::InvalidState`] if none was; [`Error::WouldBlock`]. All other errors
    /// close the socket: those of [`TcpSocket::finish_connect`].
    pub fn finish_connect(&self, wait: Wait) -> Result<()> {
        if self.state.get() != TcpState::Connecting {
            return Err(Error::InvalidState);
        }
        self.closing(self.socket.finish_connect(wait))?;
        self.state.set(TcpState::Connected);
        Ok(())
    }

    /// Listen, on an address of the system's choice if it is not bound. [`Error::InvalidState`]. All other errors close
    /// the socket: [`Error::Access`]; those of [`TcpSocket::bind`] and [`TcpSocket::listen`].
    pub fn listen(&self) -> Result<()> {
        match self.state.get() {
            TcpState::Unbound => self.closing(self.bind(self.family.any_address()))?,
            TcpState::Bound => {}
            _ => return Err(Error::InvalidState),
        }
        let permitted = if self.may_listen.get() { Ok(()) } else { Err(Error::Access) };
        self.closing(permitted.and_then(|()| self.socket.listen(self.backlog.get())))?;
        self.state.set(TcpState::Listening);
        Ok(())
    }

    /// The next connection. [`Error::InvalidState`]; [`Error::TooManyDescriptors`] if the guest has as many sockets as it
    /// may; the errors of [`TcpSocket::accept`].
    pub fn accept(&self, wait: Wait) -> Result<Rc<Self>> {
        if self.state.get() != TcpState::Listening {
            return Err(Error::InvalidState);
        }
        let counted = self.network.count_socket()?;
        let accepted = Self::new(self.network.clone(), self.socket.accept(wait)?, self.family, counted);
        accepted.state.set(TcpState::Connected);
        Ok(Rc::new(accepted))
    }

    /// Shut down a direction; again has no effect. What was received and not read is lost.
    /// [`Error::InvalidState`] if it is not connected.
    pub fn shutdown(&self, how: Shutdown) -> Result<()> {
        if self.state.get() != TcpState::Connected {
            return Err(Error::InvalidState);
        }
        let reads = self.reads.get() && how != Shutdown::Write;
        let writes = self.writes.get() && how != Shutdown::Read;
        let left = match (reads, writes) {
            (true, true) => Shutdown::Both,
            (true, false) => Shutdown::Read,
            (false, true) => Shutdown::Write,
            (false, false) => return Ok(()),
        };
        self.reads.set(self.reads.get() && !reads);
        self.writes.set(self.writes.get() && !writes);
        match self.socket.shutdown(left) {
            // The peer was faster.
            Err(Error::NotConnected) => Ok(()),
            outcome => outcome,
        }
    }

    /// The own address. [`Error::InvalidState`] if it has none.
    pub fn local_address(&self) -> Result<SocketAddr> {
        match self.state.get() {
            TcpState::Unbound | TcpState::Closed => Err(Error::InvalidState),
            _ => self.socket.local_address(),
        }
    }

    /// The peer's address. [`Error::InvalidState`] if it has none.
    pub fn remote_address(&self) -> Result<SocketAddr> {
        match self.state.get() {
            TcpState::Connected => self.socket.remote_address().map_err(|_| Error::InvalidState),
            _ => Err(Error::InvalidState),
        }
    }

    /// Say how many connections may wait to be accepted. [`Error::Invalid`] for none; [`Error::InvalidState`] if nothing
    /// will ever be accepted.
    pub fn set_backlog(&self, size: u64) -> Result<()> {
        if size == 0 {
            return Err(Error::Invalid);
        }
        let size = u32::try_from(size).unwrap_or(u32::MAX);
        match self.state.get() {
            TcpState::Unbound | TcpState::Bound => {}
            TcpState::Listening => self.socket.listen(size)?,
            _ => return Err(Error::InvalidState),
        }
        self.backlog.set(size);
        Ok(())
    }

    /// The value of an option. [`Error::InvalidState`] if the socket is closed.
    pub fn option(&self, option: SocketOption) -> Result<u64> {
        self.check_open()?;
        self.socket.option(option)
    }

    /// Set an option. [`Error::Invalid`] for 0, except for [`SocketOption::KeepAlive`]; [`Error::InvalidState`] if the
    /// socket is closed.
    pub fn set_option(&self, option: SocketOption, value: u64) -> Result<()> {
        self.check_open()?;
        if value == 0 && option != SocketOption::KeepAlive {
            return Err(Error::Invalid);
        }
        self.socket.set_option(option, value)
    }

    /// What is ready when the operation that is under way is over, or something can be accepted; also when there is
    /// nothing to wait for.
    pub fn progress(self: &Rc<Self>) -> Rc<dyn Pollable> {
        Rc::new(Progress(self.clone()))
    }

    pub(super) fn is_connected(&self) -> bool {
        self.state.get() == TcpState::Connected
    }

    fn check_open(&self) -> Result<()> {
        if self.state.get() == TcpState::Closed { Err(Error::InvalidState) } else { Ok(()) }
    }

    /// An error of what cannot be tried again closes the socket.
    fn closing<T>(&self, outcome: Result<T>) -> Result<T> {
        if outcome.as_ref().is_err_and(|&error| error != Error::WouldBlock) {
            self.state.set(TcpState::Closed);
        }
        outcome
    }
}

fn check_unicast(address: IpAddr) -> Result<()> {
    let is_broadcast = address == IpAddr::V4(Ipv4Addr::BROADCAST);
    if address.is_multicast() || is_broadcast { Err(Error::Invalid) } else { Ok(()) }
}

impl Stream for GuestTcp {
    fn read(&self, buffers: &mut [IoSliceMut<'_>], wait: Wait) -> Result<usize> {
        if self.reads.get() { self.socket.read(buffers, wait) } else { Ok(0) }
    }

    fn write(&self, buffers: &[IoSlice<'_>], wait: Wait) -> Result<usize> {
        if self.writes.get() { self.socket.write(buffers, wait) } else { Err(Error::Pipe) }
    }

    fn kind(&self) -> FileKind {
        FileKind::StreamSocket
    }
}

impl Pollable for GuestTcp {
    fn source(&self, interest: Interest) -> Source<'_> {
        let open = match interest {
            Interest::Read => self.reads.get(),
            Interest::Write => self.writes.get(),
        };
        if open { self.socket.source(interest) } else { Source::Ready }
    }

    fn readiness(&self, interest: Interest) -> Readiness {
        self.socket.readiness(interest)
    }
}

/// The readiness of the socket rather than of the connection, whichever direction is asked for; the section "Pollable
/// readiness".
struct Progress(Rc<GuestTcp>);

impl Pollable for Progress {
    fn source(&self, interest: Interest) -> Source<'_> {
        match self.0.state.get() {
            TcpState::Connecting | TcpState::Listening => self.0.socket.source(self.direction(interest)),
            _ => Source::Ready,
        }
    }

    fn direction(&self, _: Interest) -> Interest {
        if self.0.state.get() == TcpState::Connecting { Interest::Write } else { Interest::Read }
    }
}
