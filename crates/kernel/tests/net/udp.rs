//! UDP: states, the rules for every destination and sender, many datagrams at once.

use std::rc::Rc;

use tambo_kernel::net::{Family, GuestUdp};
use tambo_kernel::stream::Wait;
use tambo_kernel::{Error, Result};

use crate::fake::{Log, address, guest};

fn socket(rules: &str) -> (Rc<GuestUdp>, Rc<Log>) {
    let (network, log) = guest(rules);
    let socket = network.udp(Family::V4).unwrap();
    log.take();
    (socket, log)
}

fn receive(socket: &GuestUdp) -> Result<String> {
    socket.receive(&mut [0; 8], Wait::Try).map(|(_, from)| from.to_string())
}

#[test]
fn a_socket_goes_through_its_states() {
    let (socket, log) = socket("udp:*:127.0.0.0/8:*");
    assert_eq!(receive(&socket), Err(Error::InvalidState));
    assert_eq!(socket.local_address(), Err(Error::InvalidState));
    assert_eq!(socket.datagrams(None).err(), Some(Error::InvalidState));
    assert_eq!(socket.disconnect(), Err(Error::InvalidState));
    socket.bind(address("127.0.0.1:0")).unwrap();
    assert_eq!(socket.bind(address("127.0.0.1:0")), Err(Error::InvalidState));
    assert_eq!(socket.remote_address(), Err(Error::InvalidState));
    socket.connect(address("127.0.0.1:53")).unwrap();
    assert_eq!(socket.remote_address(), Ok(address("127.0.0.1:53")));
    socket.send(b"x", None, Wait::Try).unwrap();
    socket.send(b"x", Some(address("127.0.0.1:53")), Wait::Try).unwrap();
    assert_eq!(socket.send(b"x", Some(address("127.0.0.1:54")), Wait::Try), Err(Error::Invalid));
    socket.disconnect().unwrap();
    assert_eq!(socket.send(b"x", None, Wait::Try), Err(Error::Invalid));
    assert_eq!(log.take(), ["bind 127.0.0.1:0", "connect 127.0.0.1:53", "send", "send", "disconnect"]);
}

#[test]
fn addresses_that_make_no_sense_are_refused_unasked() {
    let (socket, log) = socket("udp:*:* udp:*:0.0.0.0/8:* udp:*:127.0.0.1:*");
    for remote in ["[::1]:53", "0.0.0.0:53", "127.0.0.1:0"] {
        assert_eq!(socket.connect(address(remote)), Err(Error::Invalid), "{remote}");
        assert_eq!(socket.send(b"x", Some(address(remote)), Wait::Try), Err(Error::Invalid), "{remote}");
    }
    assert_eq!(socket.bind(address("[::1]:0")), Err(Error::Invalid));
    assert!(log.take().is_empty());
}

#[test]
fn attack_19_every_destination_is_judged() {
    let (socket, log) = socket("udp:connect:1.1.1.1:53");
    for remote in ["1.1.1.2:53", "1.1.1.1:54", "127.0.0.1:53", "169.254.169.254:80"] {
        assert_eq!(socket.connect(address(remote)), Err(Error::Access), "{remote}");
        assert_eq!(socket.send(b"x", Some(address(remote)), Wait::Try), Err(Error::Access), "{remote}");
    }
    assert!(log.take().is_empty(), "the system was asked");
    socket.send(b"x", Some(address("1.1.1.1:53")), Wait::Try).unwrap();
    assert_eq!(socket.send(b"x", Some(address("1.1.1.2:53")), Wait::Try), Err(Error::Access), "after a permitted one");
    assert_eq!(log.take(), ["bind 0.0.0.0:0", "send to 1.1.1.1:53"]);
}

#[test]
fn attack_19_a_port_to_send_from_hears_nobody_else() {
    let (socket, log) = socket("udp:connect:1.1.1.1:53");
    assert_eq!(socket.bind(address("0.0.0.0:5353")), Err(Error::Access));
    socket.bind(address("0.0.0.0:0")).unwrap();
    let strangers = ["6.6.6.6:53", "1.1.1.1:54", "127.0.0.1:53"].map(address);
    log.datagrams.borrow_mut().extend(strangers);
    assert_eq!(receive(&socket), Err(Error::WouldBlock));
    log.datagrams.borrow_mut().extend(strangers);
    log.datagrams.borrow_mut().push_back(address("1.1.1.1:53"));
    assert_eq!(receive(&socket), Ok("1.1.1.1:53".to_owned()));
    let (listener, log) = self::socket("udp:listen:*:5353");
    listener.bind(address("0.0.0.0:5353")).unwrap();
    log.datagrams.borrow_mut().extend(strangers);
    assert_eq!(receive(&listener), Ok("6.6.6.6:53".to_owned()));
}

#[test]
fn attack_17_a_flood_of_strangers_does_not_hold_the_guest() {
    let (socket, log) = socket("udp:connect:1.1.1.1:53");
    socket.bind(address("0.0.0.0:0")).unwrap();
    log.take();
    log.datagrams.borrow_mut().extend(vec![address("6.6.6.6:6"); 10_000]);
    assert_eq!(receive(&socket), Err(Error::WouldBlock));
    assert!(log.take().len() <= 64);
}

#[test]
fn datagrams_from_before_a_connect_are_dropped() {
    let (socket, log) = socket("udp:*:127.0.0.0/8:*");
    socket.connect(address("127.0.0.1:53")).unwrap();
    log.datagrams.borrow_mut().extend(["127.0.0.1:54", "127.0.0.1:53"].map(address));
    assert_eq!(receive(&socket), Ok("127.0.0.1:53".to_owned()));
}

#[test]
fn only_the_last_association_works() {
    let (socket, _) = socket("udp:*:127.0.0.0/8:*");
    socket.bind(address("127.0.0.1:0")).unwrap();
    let first = socket.datagrams(Some(address("127.0.0.1:53"))).unwrap();
    assert_eq!(first.send([(&b"x"[..], None)]), Ok(1));
    let second = socket.datagrams(None).unwrap();
    assert_eq!(first.send([(&b"x"[..], None)]), Err(Error::InvalidState));
    assert_eq!(first.receive(1), Err(Error::InvalidState));
    assert_eq!(second.send([(&b"x"[..], Some(address("127.0.0.1:54")))]), Ok(1));
    let third = socket.datagrams(None).unwrap();
    assert_eq!(second.receive(1), Err(Error::InvalidState));
    assert_eq!(third.receive(1), Ok(vec![]));
}

#[test]
fn many_datagrams_end_with_the_first_that_fails() {
    let (socket, log) = socket("udp:*:127.0.0.0/8:*");
    socket.bind(address("127.0.0.1:0")).unwrap();
    let datagrams = socket.datagrams(None).unwrap();
    let to = |text| (&b"x"[..], Some(address(text)));
    assert_eq!(datagrams.send([to("127.0.0.1:1"), to("1.1.1.1:1"), to("127.0.0.1:1")]), Ok(1));
    assert_eq!(datagrams.send([to("1.1.1.1:1"), to("127.0.0.1:1")]), Err(Error::Access));
    assert_eq!(datagrams.send([]), Ok(0));
    log.outcome.set(Err(Error::WouldBlock));
    assert_eq!(datagrams.send([to("127.0.0.1:1")]), Ok(0));
    log.datagrams.borrow_mut().extend(vec![address("127.0.0.1:1"); 100]);
    assert_eq!(datagrams.receive(3).unwrap().len(), 3);
    assert_eq!(datagrams.receive(0), Ok(vec![]));
    assert!(datagrams.receive(u64::MAX).unwrap().len() < 97, "attack 11: bounded, whatever is asked for");
}
