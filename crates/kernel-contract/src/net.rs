//! The suite for [`Network`]: TCP, UDP and names, on loopback addresses.
#![expect(missing_docs, reason = "a case's name is its sentence")]

use std::io::{IoSlice, IoSliceMut};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::rc::Rc;

use tambo_kernel::net::{Family, HostName, Network, Shutdown, SocketOption, TcpSocket, UdpSocket};
use tambo_kernel::stream::Wait;
use tambo_kernel::wait::{Interest, Pollable, WaitSet, Waiter};
use tambo_kernel::{Error, GuestId, Interrupt};

/// One `#[test]` for each case, in a module of the given name; the second argument is a closure without captures that
/// answers a fresh [`Net`](crate::net::Net).
#[macro_export]
macro_rules! network_tests {
    ($module:ident, $make:expr) => {
        mod $module {
            #[allow(unused_imports, reason = "the expression may need what is imported around the macro")]
            use super::*;

            $crate::cases!(net, $make, [
                a_connection_carries_bytes_both_ways
                connections_of_ipv6_do_too
                both_ends_know_both_addresses
                nobody_listening_refuses
                accepting_would_block_until_somebody_connects
                accepted_sockets_have_the_options_of_the_listener
                the_end_comes_after_a_shutdown
                nobody_reading_is_a_broken_pipe
                an_address_is_taken_once
                an_address_of_somebody_else_cannot_be_taken
                a_port_that_connections_linger_on_is_free
                families_do_not_share_ports
                a_socket_without_a_peer_is_not_connected
                options_keep_their_values
                attack_25_extreme_option_values_are_brought_near
                datagrams_keep_their_boundaries_and_tell_their_sender
                receiving_would_block_until_something_comes
                what_does_not_fit_is_lost
                a_datagram_may_be_too_large
                a_connected_socket_hears_its_peer_only
                a_disconnected_socket_keeps_its_port_and_hears_everybody
                a_peer_that_is_gone_is_told
                this_host_has_a_name
                a_name_that_nobody_has_is_an_error
                attack_17_lookups_can_be_given_up
            ]);
        }
    };
}

/// A network that reaches its own loopback addresses, and what waits for it.
pub struct Net {
    network: Rc<dyn Network>,
    waiter: Rc<dyn Waiter>,
}

const LOCAL: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 0);

impl Net {
    /// A network to test with.
    pub fn new(network: Rc<dyn Network>, waiter: Rc<dyn Waiter>) -> Self {
        Self { network, waiter }
    }

    fn tcp(&self) -> Rc<dyn TcpSocket> {
        self.network.tcp(Family::V4).unwrap()
    }

    fn listener(&self, local: SocketAddr) -> (Rc<dyn TcpSocket>, SocketAddr) {
        let listener = self.network.tcp(Family::of(local.ip())).unwrap();
        listener.bind(local).unwrap();
        listener.listen(16).unwrap();
        let address = listener.local_address().unwrap();
        assert_ne!(address.port(), 0);
        (listener, address)
    }

    /// The two ends of a connection, of who connected first.
    fn connection(&self, local: SocketAddr) -> [Rc<dyn TcpSocket>; 2] {
        let (listener, address) = self.listener(local);
        let client = self.network.tcp(Family::of(local.ip())).unwrap();
        client.connect(address).unwrap();
        client.finish_connect(Wait::Block).unwrap();
        let server = listener.accept(Wait::Block).unwrap();
        [client, server]
    }

    fn udp(&self) -> (Rc<dyn UdpSocket>, SocketAddr) {
        let socket = self.network.udp(Family::V4).unwrap();
        socket.bind(LOCAL).unwrap();
        let address = socket.local_address().unwrap();
        assert_ne!(address.port(), 0);
        (socket, address)
    }

    fn wait_for(&self, object: Rc<dyn Pollable>, interest: Interest) {
        let mut set = WaitSet::one(object, interest);
        set.deadline = Some(self.waiter.now() + 10_000_000_000);
        self.waiter.wait(&mut set, &Interrupt::new()).unwrap();
        assert!(set.any_ready(), "nothing within ten seconds");
    }

    fn is_ready(&self, object: Rc<dyn Pollable>, interest: Interest) -> bool {
        let mut set = WaitSet::one(object, interest);
        self.waiter.check(&mut set).unwrap();
        set.any_ready()
    }
}

fn send(socket: &Rc<dyn TcpSocket>, bytes: &[u8]) {
    assert_eq!(socket.write(&[IoSlice::new(bytes)], Wait::Block), Ok(bytes.len()));
}

fn receive(socket: &Rc<dyn TcpSocket>, wait: Wait) -> Result<Vec<u8>, Error> {
    let mut bytes = vec![0; 64];
    let count = socket.read(&mut [IoSliceMut::new(&mut bytes)], wait)?;
    bytes.truncate(count);
    Ok(bytes)
}

fn receive_from(socket: &Rc<dyn UdpSocket>, wait: Wait) -> Result<(Vec<u8>, SocketAddr), Error> {
    let mut bytes = vec![0; 64];
    let (length, from) = socket.receive(&mut bytes, wait)?;
    bytes.truncate(length);
    Ok((bytes, from))
}

fn exchange([client, server]: &[Rc<dyn TcpSocket>; 2]) {
    assert_eq!(receive(server, Wait::Try), Err(Error::WouldBlock));
    send(client, b"there");
    assert_eq!(receive(server, Wait::Block).unwrap(), b"there");
    send(server, b"and back");
    assert_eq!(receive(client, Wait::Block).unwrap(), b"and back");
    assert_eq!(receive(client, Wait::Try), Err(Error::WouldBlock));
}

pub fn a_connection_carries_bytes_both_ways(net: &Net) {
    exchange(&net.connection(LOCAL));
}

pub fn connections_of_ipv6_do_too(net: &Net) {
    exchange(&net.connection("[::1]:0".parse().unwrap()));
}

pub fn both_ends_know_both_addresses(net: &Net) {
    let [client, server] = net.connection(LOCAL);
    assert_eq!(client.local_address(), server.remote_address());
    assert_eq!(client.remote_address(), server.local_address());
    assert!(client.local_address().unwrap().ip().is_loopback());
}

pub fn nobody_listening_refuses(net: &Net) {
    let (listener, address) = net.listener(LOCAL);
    drop(listener);
    let client = net.tcp();
    let outcome = client.connect(address).and_then(|()| {
        net.wait_for(client.clone(), Interest::Write);
        client.finish_connect(Wait::Try)
    });
    assert_eq!(outcome, Err(Error::ConnectionRefused));
}

pub fn accepting_would_block_until_somebody_connects(net: &Net) {
    let (listener, address) = net.listener(LOCAL);
    assert_eq!(listener.accept(Wait::Try).err(), Some(Error::WouldBlock));
    assert!(!net.is_ready(listener.clone(), Interest::Read));
    let client = net.tcp();
    client.connect(address).unwrap();
    net.wait_for(listener.clone(), Interest::Read);
    let server = listener.accept(Wait::Try).unwrap();
    net.wait_for(client.clone(), Interest::Write);
    client.finish_connect(Wait::Try).unwrap();
    exchange(&[client, server]);
}

pub fn accepted_sockets_have_the_options_of_the_listener(net: &Net) {
    let (listener, address) = net.listener(LOCAL);
    listener.set_option(SocketOption::KeepAlive, 1).unwrap();
    listener.set_option(SocketOption::KeepAliveCount, 5).unwrap();
    listener.set_option(SocketOption::HopLimit, 42).unwrap();
    let client = net.tcp();
    client.connect(address).unwrap();
    let server = listener.accept(Wait::Block).unwrap();
    assert_eq!(server.option(SocketOption::KeepAlive), Ok(1));
    assert_eq!(server.option(SocketOption::KeepAliveCount), Ok(5));
    assert_eq!(server.option(SocketOption::HopLimit), Ok(42));
}

pub fn the_end_comes_after_a_shutdown(net: &Net) {
    let [client, server] = net.connection(LOCAL);
    send(&client, b"last");
    client.shutdown(Shutdown::Write).unwrap();
    assert_eq!(receive(&server, Wait::Block).unwrap(), b"last");
    assert_eq!(receive(&server, Wait::Block).unwrap(), b"");
    assert_eq!(client.write(&[IoSlice::new(b"more")], Wait::Block), Err(Error::Pipe));
    send(&server, b"still open");
    assert_eq!(receive(&client, Wait::Block).unwrap(), b"still open");
}

pub fn nobody_reading_is_a_broken_pipe(net: &Net) {
    let [client, server] = net.connection(LOCAL);
    drop(server);
    net.wait_for(client.clone(), Interest::Read);
    let outcomes: Vec<_> = (0..100).map(|_| client.write(&[IoSlice::new(b"x")], Wait::Block)).collect();
    let is_gone = |error: &Error| matches!(error, Error::Pipe | Error::ConnectionReset);
    assert!(outcomes.iter().any(|outcome| outcome.as_ref().is_err_and(is_gone)), "{outcomes:?}");
}

pub fn an_address_is_taken_once(net: &Net) {
    let (_listener, address) = net.listener(LOCAL);
    let other = net.tcp();
    assert_eq!(other.bind(address).and_then(|()| other.listen(1)), Err(Error::AddressInUse));
    let (_socket, address) = net.udp();
    assert_eq!(net.network.udp(Family::V4).unwrap().bind(address), Err(Error::AddressInUse));
}

pub fn an_address_of_somebody_else_cannot_be_taken(net: &Net) {
    // TEST-NET-3 (RFC 5737).
    let elsewhere = "203.0.113.1:0".parse().unwrap();
    assert_eq!(net.tcp().bind(elsewhere), Err(Error::AddressNotAvailable));
    assert_eq!(net.network.udp(Family::V4).unwrap().bind(elsewhere), Err(Error::AddressNotAvailable));
}

pub fn a_port_that_connections_linger_on_is_free(net: &Net) {
    let (listener, address) = net.listener(LOCAL);
    let client = net.tcp();
    client.connect(address).unwrap();
    let server = listener.accept(Wait::Block).unwrap();
    drop(listener);
    // Who closes first lingers.
    drop(server);
    assert_eq!(receive(&client, Wait::Block).unwrap(), b"");
    drop(client);
    net.listener(address);
}

pub fn families_do_not_share_ports(net: &Net) {
    let (_six, address) = net.listener("[::]:0".parse().unwrap());
    net.listener(SocketAddr::new(Family::V4.any_address().ip(), address.port()));
}

pub fn a_socket_without_a_peer_is_not_connected(net: &Net) {
    assert_eq!(net.tcp().remote_address(), Err(Error::NotConnected));
    assert_eq!(net.listener(LOCAL).0.remote_address(), Err(Error::NotConnected));
}

const SECOND: u64 = 1_000_000_000;

pub fn options_keep_their_values(net: &Net) {
    for family in [Family::V4, Family::V6] {
        let socket = net.network.tcp(family).unwrap();
        for (option, value) in [
            (SocketOption::KeepAlive, 1),
            (SocketOption::KeepAlive, 0),
            (SocketOption::KeepAliveIdle, 42 * SECOND),
            (SocketOption::KeepAliveInterval, 7 * SECOND),
            (SocketOption::KeepAliveCount, 3),
            (SocketOption::HopLimit, 255),
            (SocketOption::HopLimit, 1),
            (SocketOption::ReceiveBuffer, 16_384),
            (SocketOption::SendBuffer, 16_384),
        ] {
            socket.set_option(option, value).unwrap();
            assert_eq!(socket.option(option), Ok(value), "{option:?}");
        }
        let socket = net.network.udp(family).unwrap();
        for option in [SocketOption::HopLimit, SocketOption::ReceiveBuffer, SocketOption::SendBuffer] {
            let value = if option == SocketOption::HopLimit { 9 } else { 16_384 };
            socket.set_option(option, value).unwrap();
            assert_eq!(socket.option(option), Ok(value), "{option:?}");
        }
    }
}

pub fn attack_25_extreme_option_values_are_brought_near(net: &Net) {
    let socket = net.tcp();
    for option in [
        SocketOption::KeepAliveIdle,
        SocketOption::KeepAliveInterval,
        SocketOption::KeepAliveCount,
        SocketOption::HopLimit,
        SocketOption::ReceiveBuffer,
        SocketOption::SendBuffer,
    ] {
        for value in [1, u64::from(u32::MAX), u64::MAX] {
            socket.set_option(option, value).unwrap_or_else(|error| panic!("{option:?} {value}: {error}"));
            assert_ne!(socket.option(option), Ok(0), "{option:?} {value}");
        }
    }
}

pub fn datagrams_keep_their_boundaries_and_tell_their_sender(net: &Net) {
    let ((one, one_address), (other, other_address)) = (net.udp(), net.udp());
    for data in [&b"first"[..], b"", b"third"] {
        one.send(data, Some(other_address), Wait::Block).unwrap();
    }
    for data in [&b"first"[..], b"", b"third"] {
        assert_eq!(receive_from(&other, Wait::Block).unwrap(), (data.to_vec(), one_address));
    }
}

pub fn receiving_would_block_until_something_comes(net: &Net) {
    let ((one, _), (other, address)) = (net.udp(), net.udp());
    assert_eq!(receive_from(&other, Wait::Try).err(), Some(Error::WouldBlock));
    assert!(!net.is_ready(other.clone(), Interest::Read));
    assert!(net.is_ready(other.clone(), Interest::Write));
    one.send(b"x", Some(address), Wait::Try).unwrap();
    net.wait_for(other.clone(), Interest::Read);
    assert_eq!(receive_from(&other, Wait::Try).unwrap().0, b"x");
}

pub fn what_does_not_fit_is_lost(net: &Net) {
    let ((one, _), (other, address)) = (net.udp(), net.udp());
    one.send(&[7; 100], Some(address), Wait::Block).unwrap();
    one.send(b"next", Some(address), Wait::Block).unwrap();
    assert_eq!(receive_from(&other, Wait::Block).unwrap().0, [7; 64]);
    assert_eq!(receive_from(&other, Wait::Block).unwrap().0, b"next");
}

pub fn a_datagram_may_be_too_large(net: &Net) {
    let ((one, _), (_other, address)) = (net.udp(), net.udp());
    assert_eq!(one.send(&vec![0; 65_536], Some(address), Wait::Block), Err(Error::MessageSize));
}

pub fn a_connected_socket_hears_its_peer_only(net: &Net) {
    let ((one, one_address), (other, other_address), (third, _)) = (net.udp(), net.udp(), net.udp());
    one.connect(other_address).unwrap();
    third.send(b"unwanted", Some(one_address), Wait::Block).unwrap();
    other.send(b"wanted", Some(one_address), Wait::Block).unwrap();
    assert_eq!(receive_from(&one, Wait::Block).unwrap(), (b"wanted".to_vec(), other_address));
    assert_eq!(receive_from(&one, Wait::Try).err(), Some(Error::WouldBlock));
    one.send(b"to the peer", None, Wait::Block).unwrap();
    assert_eq!(receive_from(&other, Wait::Block).unwrap().0, b"to the peer");
}

pub fn a_disconnected_socket_keeps_its_port_and_hears_everybody(net: &Net) {
    let ((one, one_address), (_other, other_address), (third, _)) = (net.udp(), net.udp(), net.udp());
    one.connect(other_address).unwrap();
    one.disconnect().unwrap();
    assert_eq!(one.local_address(), Ok(one_address));
    third.send(b"x", Some(one_address), Wait::Block).unwrap();
    assert_eq!(receive_from(&one, Wait::Block).unwrap().0, b"x");
}

pub fn a_peer_that_is_gone_is_told(net: &Net) {
    let ((one, _), (other, address)) = (net.udp(), net.udp());
    one.connect(address).unwrap();
    drop(other);
    one.send(b"x", None, Wait::Block).unwrap();
    net.wait_for(one.clone(), Interest::Read);
    assert_eq!(receive_from(&one, Wait::Try).err(), Some(Error::ConnectionRefused));
}

pub fn this_host_has_a_name(net: &Net) {
    let lookup = net.network.look_up(&HostName::new("localhost").unwrap(), GuestId::new()).unwrap();
    net.wait_for(lookup.clone(), Interest::Read);
    let addresses = lookup.addresses(Wait::Try).unwrap();
    assert!(!addresses.is_empty() && addresses.iter().all(|address| address.is_loopback()), "{addresses:?}");
}

pub fn a_name_that_nobody_has_is_an_error(net: &Net) {
    // RFC 6761 section 6.4. Without a name server nobody knows.
    let lookup = net.network.look_up(&HostName::new("nobody.invalid").unwrap(), GuestId::new()).unwrap();
    let error = lookup.addresses(Wait::Block).unwrap_err();
    let expected = [Error::NoSuchName, Error::ResolverUnavailable, Error::ResolverFailed];
    assert!(expected.contains(&error), "{error:?}");
}

pub fn attack_17_lookups_can_be_given_up(net: &Net) {
    let (name, guest) = (HostName::new("localhost").unwrap(), GuestId::new());
    for _ in 0..1_000 {
        drop(net.network.look_up(&name, guest).unwrap());
    }
    assert!(net.network.look_up(&name, guest).unwrap().addresses(Wait::Block).is_ok());
}
