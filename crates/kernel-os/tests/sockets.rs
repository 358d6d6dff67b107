//! Listeners and connections over loopback and Unix sockets, one and many at once, in both modes of waiting.

#![expect(clippy::unwrap_used, reason = "test helpers, whose failures are panics")]

mod common;

use std::io::{IoSlice, IoSliceMut, Read as _, Write as _};
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::os::unix::net::{UnixListener, UnixStream};
use std::rc::Rc;
use std::time::Duration;

use common::{MODES, block_on, client, join_all, loopback, read, ready, wait, write};
use tambo_kernel::fs::FileKind;
use tambo_kernel::net::{Connection, Listener, Receive, Shutdown};
use tambo_kernel::stream::Wait;
use tambo_kernel::wait::{Interest, Pollable, WaitSet, Waiter};
use tambo_kernel::{Error, Interrupt};
use tambo_kernel_os::{OsListener, OsWaiter, listen_tcp, listen_unix, listener_from_fd};

/// A connection as the guest sees it, and its peer.
fn connected() -> (Rc<dyn Connection>, TcpStream) {
    let (listener, address) = loopback();
    let peer = TcpStream::connect(address).unwrap();
    (listener.accept(Wait::Block).unwrap(), peer)
}

#[test]
fn a_hundred_connections_at_once_on_one_blocking_thread() {
    let (listener, address) = loopback();
    let clients: Vec<_> = (0..100).map(|number| std::thread::spawn(move || client(address, number))).collect();
    let (waiter, interrupt) = (OsWaiter::new(), Interrupt::new());
    let mut open: Vec<Option<Rc<dyn Connection>>> = Vec::new();
    let mut served = 0;
    while served < 100 {
        let mut set = WaitSet::one(listener.clone(), Interest::Read);
        let waiting: Vec<usize> = (0..open.len()).filter(|&index| open[index].is_some()).collect();
        for &index in &waiting {
            set.push(open[index].clone().unwrap(), Interest::Read);
        }
        waiter.wait(&mut set, &interrupt).unwrap();
        if set.entries[0].ready.is_some() {
            open.push(Some(listener.accept(Wait::Try).unwrap()));
        }
        for (entry, &index) in set.entries[1..].iter().zip(&waiting) {
            let Some(readiness) = entry.ready else { continue };
            assert_eq!(readiness.bytes, 4);
            let connection = open[index].take().unwrap();
            let mut bytes = [0; 4];
            assert_eq!(read(&*connection, &mut bytes, Wait::Try), Ok(4));
            bytes.reverse();
            assert_eq!(write(&*connection, &bytes, Wait::Try), Ok(4));
            served += 1;
        }
    }
    clients.into_iter().for_each(|client| client.join().unwrap());
}

#[test]
fn a_hundred_connections_at_once_without_blocking() {
    let (listener, address) = loopback();
    let clients: Vec<_> = (0..100).map(|number| std::thread::spawn(move || client(address, number))).collect();
    let waiter = &OsWaiter::new();
    let serve = |listener: Rc<OsListener>| async move {
        let connection = loop {
            match listener.accept(Wait::Try) {
                Ok(connection) => break connection,
                Err(error) => assert_eq!(error, Error::WouldBlock),
            }
            ready(waiter, listener.clone(), Interest::Read).await.unwrap();
        };
        let mut bytes = [0; 4];
        while let Err(error) = read(&*connection, &mut bytes, Wait::Try) {
            assert_eq!(error, Error::WouldBlock);
            let object: Rc<dyn Pollable> = connection.clone();
            ready(waiter, object, Interest::Read).await.unwrap();
        }
        bytes.reverse();
        assert_eq!(write(&*connection, &bytes, Wait::Try), Ok(4));
    };
    block_on(join_all((0..100).map(|_| Box::pin(serve(listener.clone())) as _).collect()));
    clients.into_iter().for_each(|client| client.join().unwrap());
}

#[test]
fn a_connection_is_a_stream_socket_with_both_directions() {
    let (connection, mut peer) = connected();
    assert_eq!(connection.kind(), FileKind::StreamSocket);
    assert_eq!(connection.stat().unwrap().kind, FileKind::StreamSocket);
    assert_eq!(read(&*connection, &mut [0; 4], Wait::Try), Err(Error::WouldBlock));
    let parts = [IoSlice::new(b"he"), IoSlice::new(b""), IoSlice::new(b"llo")];
    for wait in [Wait::Block, Wait::Try] {
        assert_eq!(connection.write(&parts, wait), Ok(5));
        let mut bytes = [0; 5];
        peer.read_exact(&mut bytes).unwrap();
        assert_eq!(&bytes, b"hello");
    }
    peer.write_all(b"abcdef").unwrap();
    let (mut one, mut two) = ([0; 2], [0; 10]);
    let count = connection.read(&mut [IoSliceMut::new(&mut one), IoSliceMut::new(&mut two)], Wait::Block);
    assert_eq!((count, &one, &two[..4]), (Ok(6), b"ab", &b"cdef"[..]));
}

#[test]
fn peeking_leaves_the_bytes_and_all_waits_for_them() {
    let (connection, mut peer) = connected();
    peer.write_all(b"12").unwrap();
    let mut bytes = [0; 4];
    let peek = Receive { peek: true, ..Receive::default() };
    for _ in 0..2 {
        assert_eq!(connection.receive(&mut [IoSliceMut::new(&mut bytes)], peek, Wait::Block), Ok(2));
    }
    let all = Receive { all: true, ..Receive::default() };
    let rest = std::thread::spawn(move || {
        std::thread::sleep(Duration::from_millis(20));
        peer.write_all(b"34").unwrap();
        peer
    });
    let (head, tail) = bytes.split_at_mut(1);
    let mut parts = [IoSliceMut::new(head), IoSliceMut::new(tail)];
    assert_eq!(connection.receive(&mut parts, all, Wait::Block), Ok(4));
    assert_eq!(&bytes, b"1234");
    let mut peer = rest.join().unwrap();
    peer.write_all(b"5").unwrap();
    // What has not come is not waited for.
    let waiter = OsWaiter::new();
    waiter.wait(&mut WaitSet::one(connection.clone(), Interest::Read), &Interrupt::new()).unwrap();
    assert_eq!(connection.receive(&mut [IoSliceMut::new(&mut bytes)], all, Wait::Try), Ok(1));
}

#[test]
fn shutting_down_ends_a_direction() {
    let (connection, mut peer) = connected();
    connection.shutdown(Shutdown::Write).unwrap();
    let mut bytes = Vec::new();
    peer.read_to_end(&mut bytes).unwrap();
    assert_eq!(write(&*connection, b"x", Wait::Block), Err(Error::Pipe));
    peer.write_all(b"still").unwrap();
    assert_eq!(read(&*connection, &mut [0; 8], Wait::Block), Ok(5));
    connection.shutdown(Shutdown::Read).unwrap();
    assert_eq!(read(&*connection, &mut [0; 8], Wait::Block), Ok(0));
}

#[test]
fn case_26_a_peer_that_reads_nothing_does_not_hold_a_try() {
    let (connection, _peer) = connected();
    let block = vec![0; 1 << 20];
    let mut total = 0;
    while let Ok(count) = write(&*connection, &block, Wait::Try) {
        total += count;
        assert!(total < 1 << 30);
    }
    assert_eq!(write(&*connection, &block, Wait::Try), Err(Error::WouldBlock));
}

#[test]
fn a_peer_that_leaves_is_a_hangup() {
    let (connection, mut peer) = connected();
    peer.write_all(b"bye").unwrap();
    drop(peer);
    let waiter = OsWaiter::new();
    let mut set = WaitSet::one(connection.clone(), Interest::Read);
    while set.entries[0].ready.is_none_or(|ready| !ready.hangup) {
        waiter.wait(&mut set, &Interrupt::new()).unwrap();
    }
    assert_eq!(set.entries[0].ready.unwrap().bytes, 3);
    assert_eq!(read(&*connection, &mut [0; 8], Wait::Block), Ok(3));
    waiter.check(&mut set).unwrap();
    assert_eq!(set.entries[0].ready.unwrap().bytes, 0);
    assert_eq!(read(&*connection, &mut [0; 8], Wait::Block), Ok(0));
}

#[test]
fn a_listener_is_ready_when_somebody_connects() {
    let listener = listen_tcp(SocketAddr::from((Ipv6Addr::LOCALHOST, 0))).unwrap();
    let waiter = OsWaiter::new();
    let mut set = WaitSet::one(listener.clone(), Interest::Read);
    waiter.check(&mut set).unwrap();
    assert!(!set.any_ready());
    assert_eq!(listener.accept(Wait::Try).err(), Some(Error::WouldBlock));
    let _peer = TcpStream::connect(listener.local_address().unwrap()).unwrap();
    waiter.wait(&mut set, &Interrupt::new()).unwrap();
    assert_eq!(set.entries[0].ready.unwrap().bytes, 1);
    assert!(listener.accept(Wait::Try).is_ok());
}

#[test]
fn blocking_accept_waits() {
    let (listener, address) = loopback();
    let peer = std::thread::spawn(move || {
        std::thread::sleep(Duration::from_millis(20));
        TcpStream::connect(address).unwrap()
    });
    assert!(listener.accept(Wait::Block).is_ok());
    peer.join().unwrap();
}

#[test]
fn a_port_is_taken_once() {
    let (_listener, address) = loopback();
    assert_eq!(listen_tcp(address).err(), Some(Error::AddressInUse));
}

#[test]
fn a_unix_socket_carries_bytes() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("socket");
    let listener = listen_unix(&path).unwrap();
    assert_eq!(listener.local_address(), Err(Error::AddressFamily));
    assert_eq!(listen_unix(&path).err(), Some(Error::AddressInUse));
    let mut peer = UnixStream::connect(&path).unwrap();
    let connection = listener.accept(Wait::Block).unwrap();
    peer.write_all(b"unix").unwrap();
    assert_eq!(read(&*connection, &mut [0; 8], Wait::Block), Ok(4));
    drop(peer);
    assert_eq!(write(&*connection, b"x", Wait::Block), Err(Error::Pipe));
    let long = folder.path().join("x".repeat(200));
    assert_eq!(listen_unix(long).err(), Some(Error::NameTooLong));
}

#[test]
fn only_listening_stream_sockets_are_taken_over() {
    let tcp = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let address = tcp.local_addr().unwrap();
    let listener = listener_from_fd(tcp.into()).unwrap();
    assert_eq!(listener.local_address(), Ok(address));
    assert_eq!(listener.accept(Wait::Try).err(), Some(Error::WouldBlock));
    let folder = tempfile::tempdir().unwrap();
    assert!(listener_from_fd(UnixListener::bind(folder.path().join("s")).unwrap().into()).is_ok());
    let udp = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    assert_eq!(listener_from_fd(udp.into()).err(), Some(Error::Unsupported));
    assert_eq!(listener_from_fd(UnixStream::pair().unwrap().0.into()).err(), Some(Error::Invalid));
    assert_eq!(listener_from_fd(common::pipe_fds().0).err(), Some(Error::NotSocket));
}

#[test]
fn case_13_a_peer_that_reset_before_the_accept_is_survived() {
    let (listener, address) = loopback();
    for mode in MODES {
        let peer = TcpStream::connect(address).unwrap();
        rustix::net::sockopt::set_socket_linger(&peer, Some(Duration::ZERO)).unwrap();
        drop(peer);
        let waiter = OsWaiter::new();
        let mut set = WaitSet::one(listener.clone(), Interest::Read);
        wait(mode, &waiter, &mut set, &Interrupt::new()).unwrap();
        let connection = listener.accept(Wait::Try).unwrap();
        assert_eq!(read(&*connection, &mut [0; 4], Wait::Block), Err(Error::ConnectionReset));
    }
}
