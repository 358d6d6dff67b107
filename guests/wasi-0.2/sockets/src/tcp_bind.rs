//! TCP: `start-bind`, `finish-bind`, `local-address`, `address-family`.

use conformance::net::{
    MAPPED, accept, any, bind_tcp, bound, connect_tcp, fails, listen, loopback, network, pair, port, tcp, v4, v6,
};
use conformance::wasi::sockets::network::{ErrorCode, IpAddressFamily, IpSocketAddress};

conformance::cases! {
    "tcp/tcp-socket.start-bind":
        binds_to_a_free_port,
        binds_to_a_free_port_of_version_6,
        binds_to_all_interfaces,
        binds_to_a_given_port,
        the_wrong_family_is_an_invalid_argument,
        a_multicast_address_is_an_invalid_argument,
        a_mapped_address_is_an_invalid_argument,
        a_second_bind_is_an_invalid_state,
        can_be_tried_again_after_a_failure,
        an_address_in_use,
        an_address_of_another_machine_is_not_bindable,
        time_wait_does_not_matter;
    "tcp/tcp-socket.finish-bind":
        is_not_in_progress_before,
        is_not_in_progress_after,
        is_not_in_progress_after_a_failure;
    "tcp/tcp-socket.local-address":
        of_an_unbound_socket_is_an_invalid_state,
        has_the_address_and_the_port,
        of_a_socket_that_connected;
    "tcp/tcp-socket.address-family":
        is_what_it_was_made_with;
}

const V4: IpAddressFamily = IpAddressFamily::Ipv4;
const V6: IpAddressFamily = IpAddressFamily::Ipv6;
const INVALID: &[ErrorCode] = &[ErrorCode::InvalidArgument];

/// "If the TCP/UDP port is zero, the socket will be bound to a random free port."
fn binds_to_a_free_port() {
    assert_ne!(port(bound(V4).local_address().expect("local-address")), 0);
}

fn binds_to_a_free_port_of_version_6() {
    assert_ne!(port(bound(V6).local_address().expect("local-address")), 0);
}

fn binds_to_all_interfaces() {
    let socket = tcp(V4);
    assert_eq!(bind_tcp(&socket, any(V4, 0)), Ok(()));
    assert_ne!(port(socket.local_address().expect("local-address")), 0);
}

fn binds_to_a_given_port() {
    let free = bound(V4).local_address().expect("local-address");
    let socket = tcp(V4);
    assert_eq!(bind_tcp(&socket, free), Ok(()));
    assert_eq!(socket.local_address(), Ok(free));
}

fn the_wrong_family_is_an_invalid_argument() {
    fails(bind_tcp(&tcp(V4), loopback(V6, 0)), INVALID);
    fails(bind_tcp(&tcp(V6), loopback(V4, 0)), INVALID);
}

/// "`local-address` is not a unicast address."
fn a_multicast_address_is_an_invalid_argument() {
    for address in [v4((224, 0, 0, 1), 0), v4((239, 255, 255, 255), 0), v4((255, 255, 255, 255), 0)] {
        fails(bind_tcp(&tcp(V4), address), INVALID);
    }
    fails(bind_tcp(&tcp(V6), v6((0xff02, 0, 0, 0, 0, 0, 0, 1), 0)), INVALID);
}

fn a_mapped_address_is_an_invalid_argument() {
    fails(bind_tcp(&tcp(V6), v6(MAPPED, 0)), INVALID);
}

fn a_second_bind_is_an_invalid_state() {
    let socket = bound(V4);
    let address = socket.local_address().expect("local-address");
    fails(socket.start_bind(&network(), loopback(V4, 0)), &[ErrorCode::InvalidState]);
    assert_eq!(socket.local_address(), Ok(address), "it does not affect the state of the socket");
}

/// "Bind can be attempted multiple times on the same socket […] only as long as the previous bind failed."
fn can_be_tried_again_after_a_failure() {
    let socket = tcp(V4);
    fails(bind_tcp(&socket, loopback(V6, 0)), INVALID);
    fails(bind_tcp(&socket, v4((224, 0, 0, 1), 0)), INVALID);
    assert_eq!(bind_tcp(&socket, loopback(V4, 0)), Ok(()));
}

fn an_address_in_use() {
    let socket = bound(V4);
    listen(&socket).expect("listen");
    let address = socket.local_address().expect("local-address");
    let other = tcp(V4);
    fails(bind_tcp(&other, address), &[ErrorCode::AddressInUse]);
    assert_eq!(bind_tcp(&other, loopback(V4, 0)), Ok(()), "it is unbound still");
}

/// An address that is set aside for documentation.
fn an_address_of_another_machine_is_not_bindable() {
    fails(bind_tcp(&tcp(V4), v4((198, 51, 100, 1), 0)), &[ErrorCode::AddressNotBindable]);
    let documentation = (0x2001, 0xdb8, 0, 0, 0, 0, 0, 1);
    fails(bind_tcp(&tcp(V6), v6(documentation, 0)), &[ErrorCode::AddressNotBindable]);
}

/// "this bind operation shouldn't be affected by the TIME_WAIT state of a recently closed socket".
fn time_wait_does_not_matter() {
    let listener = bound(V4);
    listen(&listener).expect("listen");
    let address = listener.local_address().expect("local-address");
    let client = tcp(V4);
    let streams = connect_tcp(&client, address).expect("connect");
    // Whoever closes first waits.
    drop(accept(&listener).expect("accept"));
    drop(listener);
    drop(streams);
    drop(client);
    assert_eq!(bind_tcp(&tcp(V4), address), Ok(()));
}

/// "Trying to finish an asynchronous operation that […] has not been started yet".
fn is_not_in_progress_before() {
    fails(tcp(V4).finish_bind(), &[ErrorCode::NotInProgress]);
}

fn is_not_in_progress_after() {
    fails(bound(V4).finish_bind(), &[ErrorCode::NotInProgress]);
}

fn is_not_in_progress_after_a_failure() {
    let socket = tcp(V4);
    fails(bind_tcp(&socket, loopback(V6, 0)), INVALID);
    fails(socket.finish_bind(), &[ErrorCode::NotInProgress]);
}

/// "WASI is stricter and requires `local-address` to return `invalid-state` when the socket hasn't been bound yet."
fn of_an_unbound_socket_is_an_invalid_state() {
    fails(tcp(V4).local_address(), &[ErrorCode::InvalidState]);
}

fn has_the_address_and_the_port() {
    match bound(V4).local_address().expect("local-address") {
        IpSocketAddress::Ipv4(address) => assert_eq!(address.address, (127, 0, 0, 1)),
        other => panic!("{other:?}"),
    }
}

fn of_a_socket_that_connected() {
    let (client, server) = pair(V4);
    let address = client.socket.local_address().expect("local-address");
    assert_ne!(port(address), 0);
    assert_eq!(server.socket.remote_address(), Ok(address));
}

fn is_what_it_was_made_with() {
    assert_eq!(bound(V4).address_family(), V4);
    assert_eq!(tcp(V6).address_family(), V6);
}
