//! TCP sockets.
//!
//! # Without blocking
//!
//! A description is `O_NONBLOCK` until it is connected, so that a connect does not wait, and a listener for ever, for
//! the reason given in [`socket`](crate::socket). A connection blocks; each call says whether it waits.

use std::io::{IoSlice, IoSliceMut};
use std::net::SocketAddr;
use std::os::fd::OwnedFd;
use std::rc::Rc;

use rustix::fs::OFlags;
use rustix::io::Errno;
use rustix::net::sockopt;
use tambo_kernel::fs::FileKind;
use tambo_kernel::net::{Connection, Family, Receive, Shutdown, SocketOption, TcpSocket};
use tambo_kernel::stream::{Stream, Wait};
use tambo_kernel::wait::{Interest, Pollable, Readiness, Source};
use tambo_kernel::{Error, Result};

use super::{connect_error, local_address, options};
use crate::errno::kernel_error;
use crate::{handle, poll_list, socket};

/// A TCP socket.
pub(super) struct OsTcp {
    fd: OwnedFd,
    family: Family,
}

impl OsTcp {
    pub(super) fn new(fd: OwnedFd, family: Family) -> Self {
        Self { fd, family }
    }
}

impl TcpSocket for OsTcp {
    fn bind(&self, local: SocketAddr) -> Result<()> {
        // A port that old connections linger on is free, if both they and this socket say so. A port of the system's
        // choice is chosen before that is said: it could be one that somebody else connects from.
        let chooses = local.port() == 0;
        sockopt::set_socket_reuseaddr(&self.fd, !chooses).map_err(kernel_error)?;
        rustix::net::bind(&self.fd, &local).map_err(kernel_error)?;
        match chooses {
            true => sockopt::set_socket_reuseaddr(&self.fd, true).map_err(kernel_error),
            false => Ok(()),
        }
    }

    fn connect(&self, remote: SocketAddr) -> Result<()> {
        match rustix::net::connect(&self.fd, &remote) {
            // Interrupted, it goes on.
            Ok(()) | Err(Errno::INPROGRESS | Errno::INTR) => Ok(()),
            Err(errno) => Err(connect_error(errno)),
        }
    }

    fn finish_connect(&self, wait: Wait) -> Result<()> {
        while let Err(error) = poll_list::check(&self.fd, Interest::Write) {
            match (error, wait) {
                (Error::WouldBlock, Wait::Block) => poll_list::wait_for(&self.fd, Interest::Write)?,
                _ => return Err(error),
            }
        }
        sockopt::socket_error(&self.fd).map_err(kernel_error)?.map_err(connect_error)?;
        rustix::fs::fcntl_setfl(&self.fd, OFlags::empty()).map_err(kernel_error)
    }

    fn listen(&self, backlog: u32) -> Result<()> {
        // The system lowers it to its own limit.
        rustix::net::listen(&self.fd, i32::try_from(backlog).unwrap_or(i32::MAX)).map_err(kernel_error)
    }

    fn accept(&self, wait: Wait) -> Result<Rc<dyn TcpSocket>> {
        let fd = socket::accept(&self.fd, wait)?;
        Ok(Rc::new(Self { fd, family: self.family }))
    }

    fn local_address(&self) -> Result<SocketAddr> {
        local_address(&self.fd)
    }

    fn remote_address(&self) -> Result<SocketAddr> {
        let address = rustix::net::getpeername(&self.fd).map_err(kernel_error)?.ok_or(Error::NotConnected)?;
        SocketAddr::try_from(address).map_err(|_| Error::AddressFamily)
    }

    fn option(&self, option: SocketOption) -> Result<u64> {
        options::get(&self.fd, self.family, option)
    }

    fn set_option(&self, option: SocketOption, value: u64) -> Result<()> {
        options::set(&self.fd, self.family, option, value)
    }
}

impl Connection for OsTcp {
    fn receive(&self, buffers: &mut [IoSliceMut<'_>], how: Receive, wait: Wait) -> Result<usize> {
        socket::receive(&self.fd, buffers, how, wait)
    }

    fn shutdown(&self, how: Shutdown) -> Result<()> {
        socket::shutdown(&self.fd, how)
    }
}

impl Stream for OsTcp {
    fn read(&self, buffers: &mut [IoSliceMut<'_>], wait: Wait) -> Result<usize> {
        socket::receive(&self.fd, buffers, Receive::default(), wait)
    }

    fn write(&self, buffers: &[IoSlice<'_>], wait: Wait) -> Result<usize> {
        socket::write(&self.fd, buffers, wait)
    }

    fn kind(&self) -> FileKind {
        FileKind::StreamSocket
    }
}

impl Pollable for OsTcp {
    fn source(&self, _: Interest) -> Source<'_> {
        Source::Os(handle::of(&self.fd))
    }

    /// A listener has no bytes; one stands for the connection that is there.
    fn readiness(&self, interest: Interest) -> Readiness {
        Readiness { bytes: u64::from(interest == Interest::Read), hangup: false }
    }
}
