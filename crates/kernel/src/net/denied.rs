//! The network of a guest that was granted none.
//!
//! A socket can be made without a grant: until it is bound or connected it is "an in-memory configuration object, unable
//! to communicate with the outside world" (`create-tcp-socket`). So here it is one, and no more.

use std::cell::Cell;
use std::io::{IoSlice, IoSliceMut};
use std::net::SocketAddr;
use std::rc::Rc;

use super::{Connection, Family, HostName, Lookup, Network, Receive, Shutdown, SocketOption, TcpSocket, UdpSocket};
use crate::fs::FileKind;
use crate::stream::{Stream, Wait};
use crate::wait::{Interest, Pollable, Source};
use crate::{Error, GuestId, Result};

/// Answers all that leads outside with [`Error::Access`].
#[derive(Clone, Copy, Debug, Default)]
pub struct Denied;

impl Network for Denied {
    fn tcp(&self, _: Family) -> Result<Rc<dyn TcpSocket>> {
        Ok(Rc::new(Inert::default()))
    }

    fn udp(&self, _: Family) -> Result<Rc<dyn UdpSocket>> {
        Ok(Rc::new(Inert::default()))
    }

    fn look_up(&self, _: &HostName, _: GuestId) -> Result<Rc<dyn Lookup>> {
        Err(Error::Access)
    }
}

/// The options of a socket.
struct Inert {
    options: [Cell<u64>; 7],
}

const SECOND: u64 = 1_000_000_000;

impl Default for Inert {
    /// The values that Linux begins with.
    fn default() -> Self {
        Self { options: [0, 7_200 * SECOND, 75 * SECOND, 9, 64, 64 << 10, 64 << 10].map(Cell::new) }
    }
}

impl Inert {
    fn cell(&self, option: SocketOption) -> &Cell<u64> {
        let [keep_alive, idle, interval, count, hop_limit, receive_buffer, send_buffer] = &self.options;
        match option {
            SocketOption::KeepAlive => keep_alive,
            SocketOption::KeepAliveIdle => idle,
            SocketOption::KeepAliveInterval => interval,
            SocketOption::KeepAliveCount => count,
            SocketOption::HopLimit => hop_limit,
            SocketOption::ReceiveBuffer => receive_buffer,
            SocketOption::SendBuffer => send_buffer,
        }
    }
}

impl TcpSocket for Inert {
    fn bind(&self, _: SocketAddr) -> Result<()> {
        Err(Error::Access)
    }

    fn connect(&self, _: SocketAddr) -> Result<()> {
        Err(Error::Access)
    }

    fn finish_connect(&self, _: Wait) -> Result<()> {
        Err(Error::Access)
    }

    fn listen(&self, _: u32) -> Result<()> {
        Err(Error::Access)
    }

    fn accept(&self, _: Wait) -> Result<Rc<dyn TcpSocket>> {
        Err(Error::Access)
    }

    fn local_address(&self) -> Result<SocketAddr> {
        Err(Error::InvalidState)
    }

    fn remote_address(&self) -> Result<SocketAddr> {
        Err(Error::NotConnected)
    }

    fn option(&self, option: SocketOption) -> Result<u64> {
        Ok(self.cell(option).get())
    }

    fn set_option(&self, option: SocketOption, value: u64) -> Result<()> {
        self.cell(option).set(value);
        Ok(())
    }
}

impl UdpSocket for Inert {
    fn bind(&self, _: SocketAddr) -> Result<()> {
        Err(Error::Access)
    }

    fn connect(&self, _: SocketAddr) -> Result<()> {
        Err(Error::Access)
    }

    fn disconnect(&self) -> Result<()> {
        Err(Error::InvalidState)
    }

    fn send(&self, _: &[u8], _: Option<SocketAddr>, _: Wait) -> Result<()> {
        Err(Error::Access)
    }

    fn receive(&self, _: &mut [u8], _: Wait) -> Result<(usize, SocketAddr)> {
        Err(Error::InvalidState)
    }

    fn local_address(&self) -> Result<SocketAddr> {
        Err(Error::InvalidState)
    }

    fn option(&self, option: SocketOption) -> Result<u64> {
        TcpSocket::option(self, option)
    }

    fn set_option(&self, option: SocketOption, value: u64) -> Result<()> {
        TcpSocket::set_option(self, option, value)
    }
}

impl Connection for Inert {
    fn receive(&self, _: &mut [IoSliceMut<'_>], _: Receive, _: Wait) -> Result<usize> {
        Err(Error::NotConnected)
    }

    fn shutdown(&self, _: Shutdown) -> Result<()> {
        Err(Error::NotConnected)
    }
}

impl Stream for Inert {
    fn read(&self, _: &mut [IoSliceMut<'_>], _: Wait) -> Result<usize> {
        Err(Error::NotConnected)
    }

    fn write(&self, _: &[IoSlice<'_>], _: Wait) -> Result<usize> {
        Err(Error::NotConnected)
    }

    fn kind(&self) -> FileKind {
        FileKind::StreamSocket
    }
}

impl Pollable for Inert {
    fn source(&self, _: Interest) -> Source<'_> {
        Source::Ready
    }
}
