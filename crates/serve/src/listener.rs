//! Listening sockets: one for each worker on the same address (`SO_REUSEPORT`), so that the system spreads connections;
//! or sockets that a service manager passed, which the workers share. A worker that is a process gets them from its supervisor.

use std::net::SocketAddr;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use tambo::{Error, ErrorKind};
use tokio::net::{TcpListener, TcpSocket};

/// Connections that wait to be accepted; the system lowers it to its own limit.
const BACKLOG: u32 = 4096;

/// A socket that a worker is going to listen on.
pub(crate) enum Socket {
    /// Bound, to be made to listen on the worker's thread.
    Bound(TcpSocket),
    /// Passed, listening already.
    Passed(OwnedFd),
}

impl Socket {
    /// A socket that a supervisor bound. It listens already if a worker before this one did.
    pub(crate) fn of_supervisor(socket: OwnedFd) -> Result<Self, Error> {
        let listens = tambo::os::listens(&socket);
        listens
            .map(
                |listens| {
                    if listens { Self::Passed(socket) } else { Self::Bound(TcpSocket::from_std_stream(socket.into())) }
                },
            )
            .map_err(|error| Error::new(ErrorKind::Setup, format!("cannot use a socket of the supervisor: {error}")))
    }

    pub(crate) fn is_bound(&self) -> bool {
        matches!(self, Self::Bound(_))
    }

    /// The socket, for another process.
    pub(crate) fn descriptor(&self) -> BorrowedFd<'_> {
        match self {
            Self::Bound(socket) => socket.as_fd(),
            Self::Passed(socket) => socket.as_fd(),
        }
    }

    /// The listener; to be called in the runtime of the worker.
    pub(crate) fn listen(self) -> std::io::Result<TcpListener> {
        match self {
            Self::Bound(socket) => socket.listen(BACKLOG),
            Self::Passed(fd) => TcpListener::from_std(fd.into()),
        }
    }
}

/// As many sockets on an address as there are workers, and the address: port 0 is a free one.
pub(crate) fn bind(address: SocketAddr, workers: usize) -> Result<(Vec<Socket>, SocketAddr), Error> {
    let mut address = address;
    let mut sockets = Vec::with_capacity(workers);
    for _ in 0..workers {
        let socket = bind_one(address).map_err(|error| {
            let hint = match error.kind() {
                std::io::ErrorKind::AddrInUse
                | std::io::ErrorKind::AddrNotAvailable
                | std::io::ErrorKind::PermissionDenied => "--addr chooses another address",
                _ => "each worker has a socket of its own for each address: fewer --workers need fewer",
            };
            Error::new(ErrorKind::Setup, format!("cannot listen on {address}: {error}")).with_hint(hint)
        })?;
        address = socket.local_addr().unwrap_or(address);
        sockets.push(Socket::Bound(socket));
    }
    Ok((sockets, address))
}

fn bind_one(address: SocketAddr) -> std::io::Result<TcpSocket> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
    socket.set_reuseaddr(true)?;
    socket.set_reuseport(true)?;
    socket.bind(address)?;
    Ok(socket)
}

/// A socket that was passed, once for each worker.
pub(crate) fn share(socket: &OwnedFd, workers: usize) -> Result<Vec<Socket>, Error> {
    let shared = (0..workers).map(|_| socket.try_clone().map(Socket::Passed));
    shared
        .collect::<Result<_, _>>()
        .map_err(|error| Error::new(ErrorKind::Setup, format!("cannot share a socket that was passed: {error}")))
}

/// The address of a socket that was passed, if it has one.
pub(crate) fn address(socket: &OwnedFd) -> Option<SocketAddr> {
    TcpSocket::from_std_stream(socket.try_clone().ok()?.into()).local_addr().ok()
}
