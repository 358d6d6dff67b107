//! TCP: the states of TcpSocketOperationalSemantics.md, and the rules.

use std::io::{IoSlice, IoSliceMut};
use std::rc::Rc;

use tambo_kernel::net::{Family, GuestTcp, Shutdown, SocketOption, TcpState};
use tambo_kernel::stream::{Stream, Wait};
use tambo_kernel::wait::{Interest, Pollable, Source};
use tambo_kernel::{Budget, Error};

use crate::fake::{Log, address, guest, guest_within};

const ALL: &str = "*:*:*:* *:*:127.0.0.0/8:*";

fn socket(rules: &str) -> (Rc<GuestTcp>, Rc<Log>) {
    let (network, log) = guest(rules);
    let socket = network.tcp(Family::V4).unwrap();
    log.take();
    (socket, log)
}

fn connected() -> (Rc<GuestTcp>, Rc<Log>) {
    let (socket, log) = socket(ALL);
    socket.connect(address("127.0.0.1:80")).unwrap();
    socket.finish_connect(Wait::Try).unwrap();
    log.take();
    (socket, log)
}

#[test]
fn a_client_goes_through_its_states() {
    let (socket, log) = socket(ALL);
    assert_eq!(socket.state(), TcpState::Unbound);
    assert_eq!(socket.local_address(), Err(Error::InvalidState));
    assert_eq!(socket.finish_connect(Wait::Try), Err(Error::InvalidState));
    socket.bind(address("127.0.0.1:0")).unwrap();
    assert_eq!(socket.local_address(), Ok(address("127.0.0.1:49152")));
    assert_eq!(socket.bind(address("127.0.0.1:0")), Err(Error::InvalidState));
    socket.connect(address("127.0.0.1:80")).unwrap();
    assert_eq!(socket.state(), TcpState::Connecting);
    assert_eq!(socket.connect(address("127.0.0.1:80")), Err(Error::Already));
    assert_eq!(socket.listen(), Err(Error::InvalidState));
    assert_eq!(socket.remote_address(), Err(Error::InvalidState));
    log.outcome.set(Err(Error::WouldBlock));
    assert_eq!(socket.finish_connect(Wait::Try), Err(Error::WouldBlock));
    assert_eq!(socket.state(), TcpState::Connecting);
    socket.finish_connect(Wait::Try).unwrap();
    assert_eq!(socket.state(), TcpState::Connected);
    assert_eq!(socket.connect(address("127.0.0.1:80")), Err(Error::InvalidState));
    assert_eq!(log.take(), ["bind 127.0.0.1:0", "connect 127.0.0.1:80", "finish connect", "finish connect"]);
}

#[test]
fn a_server_goes_through_its_states() {
    let (socket, log) = socket(ALL);
    assert_eq!(socket.accept(Wait::Try).err(), Some(Error::InvalidState));
    socket.set_backlog(7).unwrap();
    socket.bind(address("127.0.0.1:80")).unwrap();
    socket.listen().unwrap();
    assert_eq!(socket.listen(), Err(Error::InvalidState));
    socket.set_backlog(u64::MAX).unwrap();
    let accepted = socket.accept(Wait::Try).unwrap();
    assert_eq!(accepted.state(), TcpState::Connected);
    assert_eq!(accepted.set_backlog(1), Err(Error::InvalidState));
    assert_eq!(socket.shutdown(Shutdown::Both), Err(Error::InvalidState));
    assert_eq!(log.take(), ["bind 127.0.0.1:80", "listen 7", "listen 4294967295", "accept"]);
}

#[test]
fn what_cannot_be_tried_again_closes() {
    for failure in [Error::ConnectionRefused, Error::TimedOut] {
        let (socket, log) = socket(ALL);
        socket.connect(address("127.0.0.1:80")).unwrap();
        log.outcome.set(Err(failure));
        assert_eq!(socket.finish_connect(Wait::Try), Err(failure));
        assert_eq!(socket.state(), TcpState::Closed);
        assert_eq!(socket.connect(address("127.0.0.1:80")), Err(Error::InvalidState));
        assert_eq!(socket.option(SocketOption::HopLimit), Err(Error::InvalidState));
        assert_eq!(socket.local_address(), Err(Error::InvalidState));
    }
    let (socket, log) = socket(ALL);
    log.outcome.set(Err(Error::AddressInUse));
    assert_eq!(socket.bind(address("127.0.0.1:80")), Err(Error::AddressInUse));
    socket.bind(address("127.0.0.1:81")).unwrap();
    log.outcome.set(Err(Error::AddressInUse));
    assert_eq!(socket.listen(), Err(Error::AddressInUse));
    assert_eq!(socket.state(), TcpState::Closed);
}

#[test]
fn addresses_that_make_no_sense_are_refused_unasked() {
    for remote in ["[::1]:80", "0.0.0.0:80", "127.0.0.1:0", "224.0.0.1:80", "255.255.255.255:80"] {
        let (socket, log) = socket("*:*:0.0.0.0/8:* *:*:127.0.0.1:* *:*:224.0.0.0/4:* *:*:255.255.255.255:*");
        assert_eq!(socket.connect(address(remote)), Err(Error::Invalid), "{remote}");
        assert_eq!(socket.state(), TcpState::Closed);
        assert!(log.take().is_empty());
    }
    let (network, _) = guest("*:*:*:*");
    let six = network.tcp(Family::V6).unwrap();
    for local in ["[::ffff:127.0.0.1]:0", "127.0.0.1:0", "[ff02::1]:0"] {
        assert_eq!(six.bind(address(local)), Err(Error::Invalid), "{local}");
    }
    assert_eq!(six.connect(address("[::ffff:1.1.1.1]:80")), Err(Error::Invalid));
}

#[test]
fn attack_18_a_guest_reaches_only_what_it_may() {
    for remote in ["10.0.0.1:443", "169.254.169.254:443", "1.1.1.1:80", "127.0.0.1:443"] {
        let (socket, log) = socket("tcp:connect:*:443");
        assert_eq!(socket.connect(address(remote)), Err(Error::Access), "{remote}");
        assert!(log.take().is_empty(), "the system was asked");
    }
    let (socket, log) = socket("tcp:connect:*:443");
    socket.connect(address("1.1.1.1:443")).unwrap();
    assert_eq!(log.take(), ["connect 1.1.1.1:443"]);
}

#[test]
fn attack_19_a_port_to_connect_from_is_none_to_listen_on() {
    let (socket, log) = socket("tcp:connect:*:443");
    assert_eq!(socket.bind(address("0.0.0.0:80")), Err(Error::Access));
    socket.bind(address("0.0.0.0:0")).unwrap();
    assert_eq!(socket.listen(), Err(Error::Access));
    assert_eq!(log.take(), ["bind 0.0.0.0:0"]);
    let (socket, log) = self::socket("tcp:connect:*:443");
    assert_eq!(socket.listen(), Err(Error::Access), "without a bind");
    assert_eq!(log.take(), ["bind 0.0.0.0:0"]);
    let (socket, _) = self::socket("tcp:listen:*:80");
    assert_eq!(socket.bind(address("0.0.0.0:0")), Err(Error::Access));
    assert_eq!(socket.connect(address("1.1.1.1:443")), Err(Error::Access));
}

#[test]
fn attack_19_without_a_rule_a_socket_is_only_its_options() {
    let (network, log) = guest("udp:*:*:* dns:*");
    let socket = network.tcp(Family::V4).unwrap();
    socket.set_option(SocketOption::HopLimit, 7).unwrap();
    assert_eq!(socket.option(SocketOption::HopLimit), Ok(7));
    assert_eq!(socket.bind(address("0.0.0.0:0")), Err(Error::Access));
    assert_eq!(socket.connect(address("1.1.1.1:80")), Err(Error::Access));
    assert_eq!(network.tcp(Family::V4).unwrap().listen(), Err(Error::Access));
    assert!(log.take().is_empty(), "the system was asked");
}

#[test]
fn attack_13_sockets_are_bounded() {
    let (network, log) = guest_within(ALL, &Budget { sockets: 3, ..Budget::default() });
    let listener = network.tcp(Family::V4).unwrap();
    listener.listen().unwrap();
    let mut sockets = vec![listener.accept(Wait::Try).unwrap(), network.tcp(Family::V4).unwrap()];
    log.take();
    assert_eq!(network.tcp(Family::V4).err(), Some(Error::TooManyDescriptors));
    assert_eq!(network.udp(Family::V4).err(), Some(Error::TooManyDescriptors));
    assert_eq!(listener.accept(Wait::Try).err(), Some(Error::TooManyDescriptors));
    assert!(log.take().is_empty(), "the connection is left to be accepted");
    sockets.pop();
    assert!(listener.accept(Wait::Try).is_ok());
}

#[test]
fn options_of_zero_are_refused() {
    let (socket, log) = socket(ALL);
    for option in [SocketOption::KeepAliveIdle, SocketOption::HopLimit, SocketOption::SendBuffer] {
        assert_eq!(socket.set_option(option, 0), Err(Error::Invalid));
    }
    assert_eq!(socket.set_backlog(0), Err(Error::Invalid));
    socket.set_option(SocketOption::KeepAlive, 0).unwrap();
    assert_eq!(log.take(), ["KeepAlive = 0"]);
}

#[test]
fn a_shutdown_happens_once_in_each_direction() {
    let (socket, log) = connected();
    let read = |socket: &GuestTcp| socket.read(&mut [IoSliceMut::new(&mut [0])], Wait::Try);
    assert_eq!(read(&socket), Ok(1));
    socket.shutdown(Shutdown::Read).unwrap();
    socket.shutdown(Shutdown::Read).unwrap();
    assert_eq!(read(&socket), Ok(0), "what was received is lost");
    assert!(matches!(socket.source(Interest::Read), Source::Ready));
    assert_eq!(socket.write(&[IoSlice::new(b"x")], Wait::Try), Ok(1));
    socket.shutdown(Shutdown::Both).unwrap();
    socket.shutdown(Shutdown::Both).unwrap();
    assert_eq!(socket.write(&[IoSlice::new(b"x")], Wait::Try), Err(Error::Pipe));
    assert_eq!(log.take(), ["shut down Read", "write", "shut down Write"]);
}

#[test]
fn readiness_of_a_socket_is_that_of_what_it_does() {
    let (socket, _) = socket(ALL);
    let progress = socket.progress();
    let is_ready = || matches!(progress.source(Interest::Read), Source::Ready);
    assert!(is_ready());
    socket.connect(address("127.0.0.1:80")).unwrap();
    assert!(!is_ready());
    assert_eq!(progress.direction(Interest::Read), Interest::Write);
    socket.finish_connect(Wait::Try).unwrap();
    assert!(is_ready());
    let (socket, _) = self::socket(ALL);
    let progress = socket.progress();
    socket.listen().unwrap();
    assert!(!matches!(progress.source(Interest::Write), Source::Ready));
    assert_eq!(progress.direction(Interest::Write), Interest::Read);
}
