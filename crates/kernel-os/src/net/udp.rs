//! UDP sockets. A description blocks; each call says whether it waits.

use std::cell::Cell;
use std::net::SocketAddr;
use std::os::fd::OwnedFd;

use rustix::net::{RecvFlags, SendFlags};
use tambo_kernel::net::{Family, SocketOption, UdpSocket};
use tambo_kernel::stream::Wait;
use tambo_kernel::wait::{Interest, Pollable, Source};
use tambo_kernel::{Error, Result};

use super::{connect_error, local_address, options};
use crate::errno::kernel_error;
use crate::handle;

/// A UDP socket.
pub(super) struct OsUdp {
    fd: OwnedFd,
    family: Family,
    /// Where it was bound, before a connect chose among several addresses.
    bound: Cell<Option<SocketAddr>>,
}

impl OsUdp {
    pub(super) fn new(fd: OwnedFd, family: Family) -> Self {
        Self { fd, family, bound: Cell::new(None) }
    }
}

impl UdpSocket for OsUdp {
    fn bind(&self, local: SocketAddr) -> Result<()> {
        rustix::net::bind(&self.fd, &local).map_err(kernel_error)?;
        self.bound.set(Some(local_address(&self.fd)?));
        Ok(())
    }

    fn connect(&self, remote: SocketAddr) -> Result<()> {
        rustix::net::connect(&self.fd, &remote).map_err(connect_error)
    }

    fn disconnect(&self) -> Result<()> {
        rustix::net::connect_unspec(&self.fd).map_err(kernel_error)?;
        // Linux gives a port that it chose itself back on this occasion.
        match self.bound.get() {
            Some(bound) if local_address(&self.fd)?.port() != bound.port() => {
                rustix::net::bind(&self.fd, &bound).map_err(kernel_error)
            }
            _ => Ok(()),
        }
    }

    fn send(&self, data: &[u8], to: Option<SocketAddr>, wait: Wait) -> Result<()> {
        let mut flags = SendFlags::NOSIGNAL;
        flags.set(SendFlags::DONTWAIT, wait == Wait::Try);
        rustix::io::retry_on_intr(|| match to {
            Some(to) => rustix::net::sendto(&self.fd, data, flags, &to),
            None => rustix::net::send(&self.fd, data, flags),
        })
        .map(|_| ())
        .map_err(kernel_error)
    }

    fn receive(&self, buffer: &mut [u8], wait: Wait) -> Result<(usize, SocketAddr)> {
        let mut flags = RecvFlags::empty();
        flags.set(RecvFlags::DONTWAIT, wait == Wait::Try);
        let (length, _, from) =
            rustix::io::retry_on_intr(|| rustix::net::recvfrom(&self.fd, &mut *buffer, flags)).map_err(kernel_error)?;
        let from = from.ok_or(Error::AddressFamily)?;
        Ok((length, SocketAddr::try_from(from).map_err(|_| Error::AddressFamily)?))
    }

    fn local_address(&self) -> Result<SocketAddr> {
        local_address(&self.fd)
    }

    fn option(&self, option: SocketOption) -> Result<u64> {
        options::get(&self.fd, self.family, option)
    }

    fn set_option(&self, option: SocketOption, value: u64) -> Result<()> {
        options::set(&self.fd, self.family, option, value)
    }
}

impl Pollable for OsUdp {
    fn source(&self, _: Interest) -> Source<'_> {
        Source::Os(handle::of(&self.fd))
    }
}
