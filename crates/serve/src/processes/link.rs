//! A channel to another process, in a runtime: what comes is waited for, what is sent is sent at once or not at all.

use std::io;
use std::os::fd::{AsFd as _, BorrowedFd, OwnedFd};

use tambo::os::replica::Channel;
use tokio::io::Interest;
use tokio::net::UnixStream;

pub(crate) struct Link {
    channel: Channel,
    /// The same socket, for its readiness alone: the runtime knows no sockets with messages, but waits for this one as for a
    /// stream.
    socket: UnixStream,
}

impl Link {
    /// To be made in the runtime that uses it.
    pub(crate) fn new(channel: Channel) -> io::Result<Self> {
        let socket = UnixStream::from_std(channel.as_fd().try_clone_to_owned()?.into())?;
        Ok(Self { channel, socket })
    }

    /// What cannot be sent is lost: the other process is gone, or reads nothing any more although there is much to read.
    pub(crate) fn send(&self, message: &str) {
        let _ = self.channel.send(message.as_bytes(), None);
    }

    /// As [`send`](Self::send), with a descriptor, for what must not be lost.
    pub(crate) fn send_with(&self, message: &str, descriptor: BorrowedFd<'_>) -> io::Result<()> {
        self.channel.send(message.as_bytes(), Some(descriptor))
    }

    /// The next message, and what came with it; none if the other process is gone. May be dropped and asked for again.
    pub(crate) async fn receive(&self) -> Option<(String, Option<OwnedFd>)> {
        loop {
            self.socket.readable().await.ok()?;
            match self.socket.try_io(Interest::READABLE, || self.channel.receive()) {
                Ok(received) => {
                    return received.map(|(text, fd)| (String::from_utf8_lossy(&text).into_owned(), fd));
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(_) => return None,
            }
        }
    }
}
