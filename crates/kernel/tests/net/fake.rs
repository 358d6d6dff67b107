//! A network that does nothing, notes what it is asked for, and answers what it is told to.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::io::{IoSlice, IoSliceMut};
use std::net::{IpAddr, SocketAddr};
use std::rc::Rc;
use std::sync::Arc;

use tambo_kernel::fs::FileKind;
use tambo_kernel::net::{
    Connection, Family, GuestNetwork, HostName, Lookup, Network, Receive, Shutdown, SocketOption, TcpSocket, UdpSocket,
};
use tambo_kernel::stream::{Stream, Wait};
use tambo_kernel::wait::{Interest, Pollable, Source};
use tambo_kernel::{Budget, Error, GuestId, Result};

/// What was asked, in order, and what will be answered.
pub(crate) struct Log {
    asked: RefCell<Vec<String>>,
    /// How the next operation ends.
    pub(crate) outcome: Cell<Result<()>>,
    /// What waits to be received.
    pub(crate) datagrams: RefCell<VecDeque<SocketAddr>>,
    /// What names resolve to.
    pub(crate) addresses: RefCell<Vec<IpAddr>>,
}

impl Log {
    fn ask(&self, what: impl Into<String>) -> Result<()> {
        self.asked.borrow_mut().push(what.into());
        self.outcome.replace(Ok(()))
    }

    /// What was asked since the last time.
    pub(crate) fn take(&self) -> Vec<String> {
        self.asked.take()
    }
}

pub(crate) fn address(text: &str) -> SocketAddr {
    text.parse().unwrap()
}

/// A guest with these rules and this budget, and the log of its network.
pub(crate) fn guest_within(rules: &str, budget: &Budget) -> (Rc<GuestNetwork>, Rc<Log>) {
    let log = Rc::new(Log {
        asked: RefCell::default(),
        outcome: Cell::new(Ok(())),
        datagrams: RefCell::default(),
        addresses: RefCell::default(),
    });
    let network = GuestNetwork::new(Rc::new(Fake(log.clone())), Arc::new(rules.parse().unwrap()), budget);
    (Rc::new(network), log)
}

pub(crate) fn guest(rules: &str) -> (Rc<GuestNetwork>, Rc<Log>) {
    guest_within(rules, &Budget::default())
}

struct Fake(Rc<Log>);

struct FakeSocket {
    log: Rc<Log>,
    local: Cell<Option<SocketAddr>>,
}

impl FakeSocket {
    fn new(log: &Rc<Log>) -> Rc<Self> {
        Rc::new(Self { log: log.clone(), local: Cell::new(None) })
    }

    fn bind_to(&self, local: SocketAddr) -> Result<()> {
        self.log.ask(format!("bind {local}"))?;
        let port = if local.port() == 0 { 49_152 } else { local.port() };
        self.local.set(Some(SocketAddr::new(local.ip(), port)));
        Ok(())
    }
}

impl Network for Fake {
    fn tcp(&self, _: Family) -> Result<Rc<dyn TcpSocket>> {
        self.0.ask("tcp")?;
        Ok(FakeSocket::new(&self.0))
    }

    fn udp(&self, _: Family) -> Result<Rc<dyn UdpSocket>> {
        self.0.ask("udp")?;
        Ok(FakeSocket::new(&self.0))
    }

    fn look_up(&self, name: &HostName, _: GuestId) -> Result<Rc<dyn Lookup>> {
        self.0.ask(format!("look up {name}"))?;
        Ok(FakeSocket::new(&self.0))
    }
}

impl Lookup for FakeSocket {
    fn addresses(&self, _: Wait) -> Result<Vec<IpAddr>> {
        self.log.outcome.replace(Ok(()))?;
        Ok(self.log.addresses.borrow().clone())
    }
}

impl TcpSocket for FakeSocket {
    fn bind(&self, local: SocketAddr) -> Result<()> {
        self.bind_to(local)
    }

    fn connect(&self, remote: SocketAddr) -> Result<()> {
        self.log.ask(format!("connect {remote}"))
    }

    fn finish_connect(&self, _: Wait) -> Result<()> {
        self.log.ask("finish connect")
    }

    fn listen(&self, backlog: u32) -> Result<()> {
        self.log.ask(format!("listen {backlog}"))
    }

    fn accept(&self, _: Wait) -> Result<Rc<dyn TcpSocket>> {
        self.log.ask("accept")?;
        Ok(Self::new(&self.log))
    }

    fn local_address(&self) -> Result<SocketAddr> {
        self.local.get().ok_or(Error::Io)
    }

    fn remote_address(&self) -> Result<SocketAddr> {
        Err(Error::NotConnected)
    }

    fn option(&self, option: SocketOption) -> Result<u64> {
        self.log.ask(format!("{option:?}"))?;
        Ok(1)
    }

    fn set_option(&self, option: SocketOption, value: u64) -> Result<()> {
        self.log.ask(format!("{option:?} = {value}"))
    }
}

impl UdpSocket for FakeSocket {
    fn bind(&self, local: SocketAddr) -> Result<()> {
        self.bind_to(local)
    }

    fn connect(&self, remote: SocketAddr) -> Result<()> {
        self.log.ask(format!("connect {remote}"))
    }

    fn disconnect(&self) -> Result<()> {
        self.log.ask("disconnect")
    }

    fn send(&self, _: &[u8], to: Option<SocketAddr>, _: Wait) -> Result<()> {
        self.log.ask(match to {
            Some(to) => format!("send to {to}"),
            None => "send".to_owned(),
        })
    }

    fn receive(&self, _: &mut [u8], _: Wait) -> Result<(usize, SocketAddr)> {
        self.log.ask("receive")?;
        self.log.datagrams.borrow_mut().pop_front().map(|from| (1, from)).ok_or(Error::WouldBlock)
    }

    fn local_address(&self) -> Result<SocketAddr> {
        self.local.get().ok_or(Error::Io)
    }

    fn option(&self, option: SocketOption) -> Result<u64> {
        TcpSocket::option(self, option)
    }

    fn set_option(&self, option: SocketOption, value: u64) -> Result<()> {
        TcpSocket::set_option(self, option, value)
    }
}

impl Connection for FakeSocket {
    fn receive(&self, _: &mut [IoSliceMut<'_>], _: Receive, _: Wait) -> Result<usize> {
        Ok(1)
    }

    fn shutdown(&self, how: Shutdown) -> Result<()> {
        self.log.ask(format!("shut down {how:?}"))
    }
}

impl Stream for FakeSocket {
    fn read(&self, _: &mut [IoSliceMut<'_>], _: Wait) -> Result<usize> {
        Ok(1)
    }

    fn write(&self, buffers: &[IoSlice<'_>], _: Wait) -> Result<usize> {
        self.log.ask("write")?;
        Ok(buffers.iter().map(|buffer| buffer.len()).sum())
    }

    fn kind(&self) -> FileKind {
        FileKind::StreamSocket
    }
}

impl Pollable for FakeSocket {
    fn source(&self, _: Interest) -> Source<'_> {
        Source::Never
    }
}
