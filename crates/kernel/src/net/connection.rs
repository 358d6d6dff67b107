//! What a guest is handed of sockets: listeners, and the transfer half of connections.

use std::io::IoSliceMut;
use std::rc::Rc;

use crate::Result;
use crate::stream::{Stream, Wait};
use crate::wait::Pollable;

/// A socket that listens. The peer's address is not part of this contract.
pub trait Listener: Pollable {
    /// Take the next connection. [`Error::WouldBlock`](crate::Error::WouldBlock) if there is none and the wait is
    /// [`Wait::Try`].
    fn accept(&self, wait: Wait) -> Result<Rc<dyn Connection>>;
}

/// What part of a connection to shut down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shutdown {
    /// No more reading.
    Read,
    /// No more writing; the peer sees the end.
    Write,
    /// Neither.
    Both,
}

/// How to receive.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Receive {
    /// Leave the data in the socket.
    pub peek: bool,
    /// Wait until the buffers are full, if it may wait.
    pub all: bool,
}

/// A connected byte-stream socket.
pub trait Connection: Stream {
    /// Receive into the buffers. [`Error::WouldBlock`](crate::Error::WouldBlock) as for [`Stream::read`].
    fn receive(&self, buffers: &mut [IoSliceMut<'_>], how: Receive, wait: Wait) -> Result<usize>;

    /// Shut down a direction. [`Error::NotConnected`](crate::Error::NotConnected) if the peer is gone.
    fn shutdown(&self, how: Shutdown) -> Result<()>;
}
