//! UDP: `start-bind`, `finish-bind`, `local-address`, `address-family`.

use conformance::net::{any, bind_udp, bound_udp, fails, loopback, network, port, udp, v4, v6};
use conformance::wasi::sockets::network::{ErrorCode, IpAddressFamily};

conformance::cases! {
    "udp/udp-socket.start-bind":
        binds_to_a_free_port,
        binds_to_a_given_port,
        binds_to_all_interfaces,
        the_wrong_family_is_an_invalid_argument,
        a_second_bind_is_an_invalid_state,
        an_address_in_use,
        an_address_of_another_machine_is_not_bindable,
        can_be_tried_again_after_a_failure;
    "udp/udp-socket.finish-bind":
        is_not_in_progress_before,
        is_not_in_progress_after;
    "udp/udp-socket.local-address":
        of_an_unbound_socket_is_an_invalid_state,
        has_the_address_and_the_port;
    "udp/udp-socket.address-family":
        is_what_it_was_made_with;
    "udp/udp-socket.subscribe":
        is_ready_when_the_bind_is_done;
}

const V4: IpAddressFamily = IpAddressFamily::Ipv4;
const V6: IpAddressFamily = IpAddressFamily::Ipv6;

fn binds_to_a_free_port() {
    assert_ne!(port(bound_udp(V4).1), 0);
    assert_ne!(port(bound_udp(V6).1), 0);
}

fn binds_to_a_given_port() {
    let free = bound_udp(V4).1;
    let socket = udp(V4);
    assert_eq!(bind_udp(&socket, free), Ok(()));
    assert_eq!(socket.local_address(), Ok(free));
}

fn binds_to_all_interfaces() {
    let socket = udp(V4);
    assert_eq!(bind_udp(&socket, any(V4, 0)), Ok(()));
    assert_ne!(port(socket.local_address().expect("local-address")), 0);
}

fn the_wrong_family_is_an_invalid_argument() {
    fails(bind_udp(&udp(V4), loopback(V6, 0)), &[ErrorCode::InvalidArgument]);
    fails(bind_udp(&udp(V6), loopback(V4, 0)), &[ErrorCode::InvalidArgument]);
}

fn a_second_bind_is_an_invalid_state() {
    let (socket, address) = bound_udp(V4);
    fails(socket.start_bind(&network(), loopback(V4, 0)), &[ErrorCode::InvalidState]);
    assert_eq!(socket.local_address(), Ok(address));
}

fn an_address_in_use() {
    let (_socket, address) = bound_udp(V4);
    fails(bind_udp(&udp(V4), address), &[ErrorCode::AddressInUse]);
}

/// An address that is set aside for documentation.
fn an_address_of_another_machine_is_not_bindable() {
    fails(bind_udp(&udp(V4), v4((198, 51, 100, 1), 0)), &[ErrorCode::AddressNotBindable]);
    let documentation = (0x2001, 0xdb8, 0, 0, 0, 0, 0, 1);
    fails(bind_udp(&udp(V6), v6(documentation, 0)), &[ErrorCode::AddressNotBindable]);
}

fn can_be_tried_again_after_a_failure() {
    let socket = udp(V4);
    fails(bind_udp(&socket, loopback(V6, 0)), &[ErrorCode::InvalidArgument]);
    assert_eq!(bind_udp(&socket, loopback(V4, 0)), Ok(()));
}

fn is_not_in_progress_before() {
    fails(udp(V4).finish_bind(), &[ErrorCode::NotInProgress]);
}

fn is_not_in_progress_after() {
    fails(bound_udp(V4).0.finish_bind(), &[ErrorCode::NotInProgress]);
}

/// "WASI is stricter and requires `local-address` to return `invalid-state` when the socket hasn't been bound yet."
fn of_an_unbound_socket_is_an_invalid_state() {
    fails(udp(V4).local_address(), &[ErrorCode::InvalidState]);
}

fn has_the_address_and_the_port() {
    let (socket, address) = bound_udp(V4);
    assert_eq!(address, loopback(V4, port(address)));
    assert_eq!(socket.local_address(), Ok(address));
}

fn is_what_it_was_made_with() {
    assert_eq!(udp(V4).address_family(), V4);
    assert_eq!(bound_udp(V6).0.address_family(), V6);
}

fn is_ready_when_the_bind_is_done() {
    let socket = udp(V4);
    let pollable = socket.subscribe();
    socket.start_bind(&network(), loopback(V4, 0)).expect("start-bind");
    pollable.block();
    assert_eq!(socket.finish_bind(), Ok(()), "the pollable was ready");
}
