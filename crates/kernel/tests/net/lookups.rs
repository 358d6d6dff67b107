//! Names: what may be looked up, what that allows, and that it is bounded.

use tambo_kernel::net::{Direction, Family, Protocol};
use tambo_kernel::stream::Wait;
use tambo_kernel::{Budget, Error};

use crate::fake::{address, guest, guest_within};

#[test]
fn an_address_is_its_own_answer() {
    let (network, log) = guest("");
    let lookup = network.look_up("::ffff:127.0.0.1").unwrap();
    assert_eq!(lookup.next_address(Wait::Try), Ok(Some("127.0.0.1".parse().unwrap())));
    assert_eq!(lookup.next_address(Wait::Try), Ok(None));
    assert!(log.take().is_empty());
}

#[test]
fn names_need_a_rule_and_a_form() {
    let (network, log) = guest("tcp:connect:*.example.com:443");
    assert_eq!(network.look_up("example.org").err(), Some(Error::Access));
    assert_eq!(network.look_up("127.1").err(), Some(Error::Invalid));
    assert_eq!(network.look_up("a b").err(), Some(Error::Invalid));
    assert!(log.take().is_empty());
    network.look_up("API.example.com.").unwrap();
    assert_eq!(log.take(), ["look up api.example.com"]);
}

#[test]
fn an_outcome_stays() {
    let (network, log) = guest("*:*");
    let lookup = network.look_up("a.example").unwrap();
    log.outcome.set(Err(Error::WouldBlock));
    assert_eq!(lookup.addresses(Wait::Try), Err(Error::WouldBlock));
    log.outcome.set(Err(Error::NoSuchName));
    assert_eq!(lookup.addresses(Wait::Try), Err(Error::NoSuchName));
    assert_eq!(lookup.next_address(Wait::Try), Err(Error::NoSuchName));
}

#[test]
fn attack_18_a_name_allows_what_it_was_looked_up_as() {
    let (network, log) = guest("tcp:connect:api.example:443");
    let remote = address("1.1.1.1:443");
    let check = || network.check(Protocol::Tcp, Direction::Connect, remote);
    assert_eq!(check(), Err(Error::Access), "before it was looked up");
    *log.addresses.borrow_mut() = vec!["1.1.1.1".parse().unwrap(), "10.0.0.1".parse().unwrap()];
    network.look_up("api.example").unwrap().addresses(Wait::Try).unwrap();
    assert_eq!(check(), Ok(()));
    assert_eq!(network.check(Protocol::Udp, Direction::Connect, remote), Err(Error::Access));
    assert_eq!(network.check(Protocol::Tcp, Direction::Connect, address("1.1.1.1:80")), Err(Error::Access));
    log.take();
    let inside = network.tcp(Family::V4).unwrap();
    assert_eq!(inside.connect(address("10.0.0.1:443")), Err(Error::Access), "a name that points inside");
    network.tcp(Family::V4).unwrap().connect(remote).unwrap();
    assert_eq!(log.take(), ["tcp", "tcp", "connect 1.1.1.1:443"], "and no other lookup");
}

#[test]
fn attack_18_what_one_guest_looked_up_is_of_no_use_to_another() {
    let rules = "tcp:connect:api.example:443";
    let ((one, log), (other, _)) = (guest(rules), guest(rules));
    *log.addresses.borrow_mut() = vec!["1.1.1.1".parse().unwrap()];
    one.look_up("api.example").unwrap().addresses(Wait::Try).unwrap();
    let remote = address("1.1.1.1:443");
    assert_eq!(one.check(Protocol::Tcp, Direction::Connect, remote), Ok(()));
    assert_eq!(other.check(Protocol::Tcp, Direction::Connect, remote), Err(Error::Access));
}

#[test]
fn attack_17_lookups_are_bounded() {
    let (network, log) = guest_within("*:*", &Budget { lookups: 2, ..Budget::default() });
    let mut kept = vec![network.look_up("a.example").unwrap(), network.look_up("1.1.1.1").unwrap()];
    log.take();
    assert_eq!(network.look_up("b.example").err(), Some(Error::ResolverUnavailable));
    assert_eq!(network.look_up("1.1.1.1").err(), Some(Error::ResolverUnavailable));
    assert!(log.take().is_empty());
    kept.pop();
    assert!(network.look_up("b.example").is_ok());
}

#[test]
fn attack_17_addresses_of_a_name_are_bounded() {
    let (network, log) = guest("*:*");
    *log.addresses.borrow_mut() = (0..10_000u32).map(|number| std::net::Ipv4Addr::from_bits(number).into()).collect();
    let lookup = network.look_up("a.example").unwrap();
    assert!(lookup.addresses(Wait::Try).unwrap().len() <= 64);
}
