//! The system's network: sockets of the Internet families, and names by `getaddrinfo`.

mod address_info;
mod lookup;
mod options;
mod tcp;
mod udp;

use std::net::{IpAddr, SocketAddr};
use std::os::fd::{AsFd, OwnedFd};
use std::rc::Rc;

use rustix::net::{AddressFamily, SocketFlags, SocketType, sockopt};
use tambo_kernel::net::{Family, HostName, Lookup, Network, TcpSocket, UdpSocket};
use tambo_kernel::{Error, GuestId, Result};

use crate::descriptors::for_guest;
use crate::errno::kernel_error;
use crate::pool::Pool;
use lookup::OsLookup;
use tcp::OsTcp;
use udp::OsUdp;

/// What the resolver of the C library, and what is plugged into it, may need.
const RESOLVER_STACK: usize = 512 * 1024;

/// The system's network.
struct OsNetwork {
    resolvers: Pool,
}

/// The network of this system, all of it: what a guest may do with it is up to its rules. Names are looked up on a few
/// threads that all users of this object share; one guest has four of them at most.
pub fn network() -> Rc<dyn Network> {
    Rc::new(OsNetwork { resolvers: Pool::of_many(RESOLVER_STACK) })
}

/// Look up a name, and block until it is known: for threads whose work that is. The errors of
/// [`Lookup::addresses`](tambo_kernel::net::Lookup::addresses).
pub fn resolve(name: &HostName) -> Result<Vec<IpAddr>> {
    address_info::look_up(name)
}

impl Network for OsNetwork {
    fn tcp(&self, family: Family) -> Result<Rc<dyn TcpSocket>> {
        // Non-blocking until it is connected: a connect cannot be asked otherwise not to wait.
        let fd = socket(family, SocketType::STREAM, SocketFlags::NONBLOCK)?;
        Ok(Rc::new(OsTcp::new(fd, family)))
    }

    fn udp(&self, family: Family) -> Result<Rc<dyn UdpSocket>> {
        let fd = socket(family, SocketType::DGRAM, SocketFlags::empty())?;
        Ok(Rc::new(OsUdp::new(fd, family)))
    }

    fn look_up(&self, name: &HostName, guest: GuestId) -> Result<Rc<dyn Lookup>> {
        Ok(Rc::new(OsLookup::begin(&self.resolvers, name.clone(), guest)))
    }
}

fn socket(family: Family, kind: SocketType, flags: SocketFlags) -> Result<OwnedFd> {
    let domain = match family {
        Family::V4 => AddressFamily::INET,
        Family::V6 => AddressFamily::INET6,
    };
    let fd = rustix::net::socket_with(domain, kind, flags | SocketFlags::CLOEXEC, None).map_err(kernel_error)?;
    let fd = for_guest(fd)?;
    if family == Family::V6 {
        sockopt::set_ipv6_v6only(&fd, true).map_err(kernel_error)?;
    }
    Ok(fd)
}

fn local_address(fd: impl AsFd) -> Result<SocketAddr> {
    let address = rustix::net::getsockname(fd).map_err(kernel_error)?;
    SocketAddr::try_from(address).map_err(|_| Error::AddressFamily)
}

/// Linux says that no address is available where it means that no port is left to connect from.
fn connect_error(errno: rustix::io::Errno) -> Error {
    match kernel_error(errno) {
        Error::AddressNotAvailable | Error::WouldBlock => Error::AddressInUse,
        error => error,
    }
}
