//! Sockets: listeners on TCP and Unix stream sockets, and the connections they accept.
//!
//! # Without blocking
//!
//! A listener's description is always `O_NONBLOCK`, also one that was passed to us: between a poll and an `accept` the
//! peer may give up, or another process take the connection, and a blocking `accept` would then hold the guest past
//! any deadline. Whoever passes a listening socket hands it over, so changing it is ours to do; a process that accepts
//! from the same description has to expect `EAGAIN`. A connection is a description of our own that stays blocking:
//! each call says for itself whether it waits (`MSG_DONTWAIT`), so that waiting takes one system call, not two.

use std::io::{IoSlice, IoSliceMut};
use std::net::SocketAddr;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::Path;
use std::rc::Rc;

use rustix::fs::OFlags;
use rustix::io::{Errno, FdFlags};
use rustix::net::{
    AddressFamily, RecvAncillaryBuffer, RecvFlags, SendAncillaryBuffer, SendFlags, SocketAddrUnix, SocketFlags,
    SocketType, accept_with, recv, recvmsg, send, sendmsg, sockopt,
};
use tambo_kernel::fs::FileKind;
use tambo_kernel::net::{Connection, Listener, Receive, Shutdown};
use tambo_kernel::stream::{Stream, Wait};
use tambo_kernel::wait::{Interest, Pollable, Readiness, Source};
use tambo_kernel::{Error, Result};

use crate::descriptors::for_guest;
use crate::errno::kernel_error;
use crate::{handle, poll_list};

/// Buffers that the system takes in one message. `rustix` cuts lists for reads and writes, and not for these.
const MAX_BUFFERS: usize = 1024;

/// Connections that wait to be accepted; the system lowers it to its own limit.
const BACKLOG: i32 = 4096;

/// A listening stream socket.
pub struct OsListener {
    fd: OwnedFd,
}

/// Listen on a TCP address. [`Error::AddressInUse`], [`Error::AddressNotAvailable`], [`Error::Access`].
pub fn listen_tcp(address: SocketAddr) -> Result<Rc<OsListener>> {
    let family = if address.is_ipv4() { AddressFamily::INET } else { AddressFamily::INET6 };
    let fd = stream_socket(family)?;
    // A server that is restarted finds its port free, although old connections linger.
    sockopt::set_socket_reuseaddr(&fd, true).map_err(kernel_error)?;
    rustix::net::bind(&fd, &address).map_err(kernel_error)?;
    listening(fd)
}

/// Listen on a Unix socket that is made at `path`. [`Error::AddressInUse`] if something is there.
pub fn listen_unix(path: impl AsRef<Path>) -> Result<Rc<OsListener>> {
    let address = SocketAddrUnix::new(path.as_ref()).map_err(kernel_error)?;
    let fd = stream_socket(AddressFamily::UNIX)?;
    rustix::net::bind(&fd, &address).map_err(kernel_error)?;
    listening(fd)
}

/// Take over a listening socket. [`Error::NotSocket`]; [`Error::Unsupported`] if it is not a stream socket;
/// [`Error::Invalid`] if it does not listen.
pub fn listener_from_fd(fd: OwnedFd) -> Result<Rc<OsListener>> {
    check_listener(fd.as_fd())?;
    prepare_listener(&fd)?;
    Ok(Rc::new(OsListener { fd }))
}

/// Have a listening socket never block, and no child inherit it.
pub(crate) fn prepare_listener(fd: &OwnedFd) -> Result<()> {
    rustix::io::fcntl_setfd(fd, FdFlags::CLOEXEC).map_err(kernel_error)?;
    let flags = rustix::fs::fcntl_getfl(fd).map_err(kernel_error)?;
    rustix::fs::fcntl_setfl(fd, flags | OFlags::NONBLOCK).map_err(kernel_error)
}

/// Whether it is a listening stream socket; the errors of [`listener_from_fd`].
pub(crate) fn check_listener(fd: BorrowedFd<'_>) -> Result<()> {
    if sockopt::socket_type(fd).map_err(kernel_error)? != SocketType::STREAM {
        return Err(Error::Unsupported);
    }
    if sockopt::socket_acceptconn(fd).map_err(kernel_error)? { Ok(()) } else { Err(Error::Invalid) }
}

/// Whether a stream socket listens.
pub fn listens(fd: impl AsFd) -> Result<bool> {
    sockopt::socket_acceptconn(fd).map_err(kernel_error)
}

fn stream_socket(family: AddressFamily) -> Result<OwnedFd> {
    let flags = SocketFlags::CLOEXEC | SocketFlags::NONBLOCK;
    rustix::net::socket_with(family, SocketType::STREAM, flags, None).map_err(kernel_error)
}

fn listening(fd: OwnedFd) -> Result<Rc<OsListener>> {
    rustix::net::listen(&fd, BACKLOG).map_err(kernel_error)?;
    Ok(Rc::new(OsListener { fd }))
}

impl OsListener {
    /// The TCP address that it listens on. [`Error::AddressFamily`] for a Unix socket.
    pub fn local_address(&self) -> Result<SocketAddr> {
        let address = rustix::net::getsockname(&self.fd).map_err(kernel_error)?;
        SocketAddr::try_from(address).map_err(|_| Error::AddressFamily)
    }
}

impl Listener for OsListener {
    fn accept(&self, wait: Wait) -> Result<Rc<dyn Connection>> {
        accept(&self.fd, wait).map(|fd| Rc::new(OsConnection { fd }) as Rc<dyn Connection>)
    }
}

/// The next connection of a listener, which is `O_NONBLOCK`. The connection blocks.
pub(crate) fn accept(listener: &OwnedFd, wait: Wait) -> Result<OwnedFd> {
    loop {
        match accept_with(listener, SocketFlags::CLOEXEC) {
            Ok(fd) => return for_guest(fd),
            Err(Errno::AGAIN) if wait == Wait::Block => poll_list::wait_for(listener, Interest::Read)?,
            // The connection broke before we took it, and is gone from the queue: look for the next one.
            Err(errno) if is_peers_fault(errno) => {}
            Err(errno) => return Err(kernel_error(errno)),
        }
    }
}

/// Linux reports errors that are pending on a new connection through `accept`.
fn is_peers_fault(errno: Errno) -> bool {
    matches!(
        errno,
        Errno::INTR
            | Errno::CONNABORTED
            | Errno::PROTO
            | Errno::NETDOWN
            | Errno::HOSTDOWN
            | Errno::NONET
            | Errno::HOSTUNREACH
            | Errno::NETUNREACH
    )
}

impl Pollable for OsListener {
    fn source(&self, _: Interest) -> Source<'_> {
        Source::Os(handle::of(&self.fd))
    }

    /// A listener has no bytes; one stands for the connection that is there.
    fn readiness(&self, interest: Interest) -> Readiness {
        Readiness { bytes: u64::from(interest == Interest::Read), hangup: false }
    }
}

/// A connected stream socket.
struct OsConnection {
    fd: OwnedFd,
}

impl Stream for OsConnection {
    fn read(&self, buffers: &mut [IoSliceMut<'_>], wait: Wait) -> Result<usize> {
        receive(&self.fd, buffers, Receive::default(), wait)
    }

    fn write(&self, buffers: &[IoSlice<'_>], wait: Wait) -> Result<usize> {
        write(&self.fd, buffers, wait)
    }

    fn kind(&self) -> FileKind {
        FileKind::StreamSocket
    }
}

impl Connection for OsConnection {
    fn receive(&self, buffers: &mut [IoSliceMut<'_>], how: Receive, wait: Wait) -> Result<usize> {
        receive(&self.fd, buffers, how, wait)
    }

    fn shutdown(&self, how: Shutdown) -> Result<()> {
        shutdown(&self.fd, how)
    }
}

impl Pollable for OsConnection {
    fn source(&self, _: Interest) -> Source<'_> {
        Source::Os(handle::of(&self.fd))
    }
}

/// [`Stream::write`] on a connection.
pub(crate) fn write(fd: &OwnedFd, buffers: &[IoSlice<'_>], wait: Wait) -> Result<usize> {
    let mut flags = SendFlags::NOSIGNAL;
    flags.set(SendFlags::DONTWAIT, wait == Wait::Try);
    let buffers = &buffers[..buffers.len().min(MAX_BUFFERS)];
    rustix::io::retry_on_intr(|| match buffers {
        [one] => send(fd, one, flags),
        _ => sendmsg(fd, buffers, &mut SendAncillaryBuffer::default(), flags),
    })
    .map_err(kernel_error)
}

/// [`Connection::receive`]. With [`Wait::Try`], `all` means all that is there.
pub(crate) fn receive(fd: &OwnedFd, buffers: &mut [IoSliceMut<'_>], how: Receive, wait: Wait) -> Result<usize> {
    if buffers.iter().all(|buffer| buffer.is_empty()) {
        return Ok(0);
    }
    let mut flags = RecvFlags::empty();
    flags.set(RecvFlags::DONTWAIT, wait == Wait::Try);
    flags.set(RecvFlags::PEEK, how.peek);
    flags.set(RecvFlags::WAITALL, how.all && wait == Wait::Block);
    let count = buffers.len().min(MAX_BUFFERS);
    let buffers = &mut buffers[..count];
    rustix::io::retry_on_intr(|| match buffers {
        [one] => recv(fd, &mut **one, flags).map(|(count, _)| count),
        // Descriptors that a Unix peer sends along have nowhere to go and are closed by the system.
        _ => recvmsg(fd, buffers, &mut RecvAncillaryBuffer::default(), flags).map(|message| message.bytes),
    })
    .map_err(kernel_error)
}

/// [`Connection::shutdown`].
pub(crate) fn shutdown(fd: &OwnedFd, how: Shutdown) -> Result<()> {
    let how = match how {
        Shutdown::Read => rustix::net::Shutdown::Read,
        Shutdown::Write => rustix::net::Shutdown::Write,
        Shutdown::Both => rustix::net::Shutdown::Both,
    };
    rustix::net::shutdown(fd, how).map_err(kernel_error)
}
