//! What an implementation of sockets provides.
//!
//! Its callers, [`GuestTcp`](super::GuestTcp) and the like, know the states of a socket and judge addresses; an
//! implementation may answer anything, but must not misbehave, if it is asked what does not fit the state.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::rc::Rc;

use super::{Connection, HostName};
use crate::stream::Wait;
use crate::wait::Pollable;
use crate::{GuestId, Result};

/// A family of addresses. A socket of one never speaks to the other (`IPV6_V6ONLY`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Family {
    /// IPv4.
    V4,
    /// IPv6.
    V6,
}

impl Family {
    /// The family of an address.
    pub const fn of(address: IpAddr) -> Self {
        if address.is_ipv4() { Self::V4 } else { Self::V6 }
    }

    /// Any address of this host and a port that the system chooses.
    pub const fn any_address(self) -> SocketAddr {
        match self {
            Self::V4 => SocketAddr::new(IpAddr::V4(Ipv4Addr::UNSPECIFIED), 0),
            Self::V6 => SocketAddr::new(IpAddr::V6(Ipv6Addr::UNSPECIFIED), 0),
        }
    }
}

/// An option of a socket; its value is a number. Values that the system does not take are brought to the nearest that
/// it does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SocketOption {
    /// TCP: whether to probe idle connections; 0 or 1.
    KeepAlive,
    /// TCP: how long a connection is idle before it is probed, in nanoseconds.
    KeepAliveIdle,
    /// TCP: the time between probes, in nanoseconds.
    KeepAliveInterval,
    /// TCP: how many probes are lost before the connection is.
    KeepAliveCount,
    /// How many routers a packet may pass.
    HopLimit,
    /// Bytes that the system keeps until they are received.
    ReceiveBuffer,
    /// Bytes that the system keeps until they are sent.
    SendBuffer,
}

/// A network: what makes sockets, and looks up names.
pub trait Network {
    /// A TCP socket. [`Error::AddressFamily`](crate::Error::AddressFamily) if there is no such family;
    /// [`Error::TooManyFiles`](crate::Error::TooManyFiles).
    fn tcp(&self, family: Family) -> Result<Rc<dyn TcpSocket>>;

    /// A UDP socket. The errors of [`tcp`](Network::tcp).
    fn udp(&self, family: Family) -> Result<Rc<dyn UdpSocket>>;

    /// Begin to look up a name. Never blocks. Dropping the lookup gives it up. Lookups of many names do not keep another
    /// guest waiting.
    fn look_up(&self, name: &HostName, guest: GuestId) -> Result<Rc<dyn Lookup>>;
}

/// A lookup that was begun; readable when it is over.
pub trait Lookup: Pollable {
    /// The addresses, best first; at least one, and a bounded number. [`Error::WouldBlock`](crate::Error::WouldBlock);
    /// [`Error::NoSuchName`](crate::Error::NoSuchName), [`Error::ResolverUnavailable`](crate::Error::ResolverUnavailable),
    /// [`Error::ResolverFailed`](crate::Error::ResolverFailed).
    fn addresses(&self, wait: Wait) -> Result<Vec<IpAddr>>;
}

/// A TCP socket. As a [`Stream`](crate::stream::Stream) it is the connection. It is readable when there is something to
/// accept or read, and writable when a connect is over or there is room to write.
pub trait TcpSocket: Connection {
    /// Take a local address; port 0 has the system choose. An address that an old connection lingers on is free.
    /// [`Error::AddressInUse`](crate::Error::AddressInUse),
    /// [`Error::AddressNotAvailable`](crate::Error::AddressNotAvailable), [`Error::Access`](crate::Error::Access).
    fn bind(&self, local: SocketAddr) -> Result<()>;

    /// Begin to connect; never blocks. Dropping the socket gives it up. The errors of
    /// [`finish_connect`](TcpSocket::finish_connect), if they are known at once.
    fn connect(&self, remote: SocketAddr) -> Result<()>;

    /// The end of a connect that was begun, to be asked for once. [`Error::WouldBlock`](crate::Error::WouldBlock);
    /// [`Error::ConnectionRefused`](crate::Error::ConnectionRefused), [`Error::TimedOut`](crate::Error::TimedOut),
    /// [`Error::HostUnreachable`](crate::Error::HostUnreachable),
    /// [`Error::NetworkUnreachable`](crate::Error::NetworkUnreachable) and others.
    fn finish_connect(&self, wait: Wait) -> Result<()>;

    /// Listen, with room for this many connections to be accepted; or change that room.
    /// [`Error::AddressInUse`](crate::Error::AddressInUse).
    fn listen(&self, backlog: u32) -> Result<()>;

    /// The next connection, with the options of this socket. [`Error::WouldBlock`](crate::Error::WouldBlock);
    /// [`Error::TooManyFiles`](crate::Error::TooManyFiles).
    fn accept(&self, wait: Wait) -> Result<Rc<dyn TcpSocket>>;

    /// The own address.
    fn local_address(&self) -> Result<SocketAddr>;

    /// The peer's address. [`Error::NotConnected`](crate::Error::NotConnected).
    fn remote_address(&self) -> Result<SocketAddr>;

    /// The value of an option.
    fn option(&self, option: SocketOption) -> Result<u64>;

    /// Set an option. The value is not 0, except for [`SocketOption::KeepAlive`].
    fn set_option(&self, option: SocketOption, value: u64) -> Result<()>;
}

/// A UDP socket.
pub trait UdpSocket: Pollable {
    /// Take a local address; port 0 has the system choose. The errors of [`TcpSocket::bind`].
    fn bind(&self, local: SocketAddr) -> Result<()>;

    /// Speak to one peer only, instead of the former one if there was any.
    fn connect(&self, remote: SocketAddr) -> Result<()>;

    /// Speak to everybody again.
    fn disconnect(&self) -> Result<()>;

    /// Send a datagram, to the peer that it is connected to if no other is given.
    /// [`Error::WouldBlock`](crate::Error::WouldBlock); [`Error::MessageSize`](crate::Error::MessageSize);
    /// [`Error::ConnectionRefused`](crate::Error::ConnectionRefused) and others for datagrams sent before.
    fn send(&self, data: &[u8], to: Option<SocketAddr>, wait: Wait) -> Result<()>;

    /// Receive a datagram and tell its length and sender; what does not fit into the buffer is lost.
    /// [`Error::WouldBlock`](crate::Error::WouldBlock); the errors of datagrams sent before.
    fn receive(&self, buffer: &mut [u8], wait: Wait) -> Result<(usize, SocketAddr)>;

    /// The own address.
    fn local_address(&self) -> Result<SocketAddr>;

    /// The value of an option.
    fn option(&self, option: SocketOption) -> Result<u64>;

    /// Set an option. The value is not 0.
    fn set_option(&self, option: SocketOption, value: u64) -> Result<()>;
}
