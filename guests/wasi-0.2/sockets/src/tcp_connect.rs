//! TCP: `start-connect`, `finish-connect`, `remote-address`.

use conformance::net::{
    MAPPED, any, bound, connect_tcp, deserted, fails, listening, loopback, network, pair, tcp, v4, v6, wait,
};
use conformance::wasi::sockets::network::{ErrorCode, IpAddressFamily, IpSocketAddress};

conformance::cases! {
    "tcp/tcp-socket.start-connect":
        connects,
        connects_over_version_6,
        connects_from_a_bound_socket,
        the_wrong_family_is_an_invalid_argument,
        a_multicast_address_is_an_invalid_argument,
        a_mapped_address_is_an_invalid_argument,
        the_address_of_all_interfaces_is_an_invalid_argument,
        port_0_is_an_invalid_argument,
        of_a_connected_socket_is_an_invalid_state,
        of_a_listening_socket_is_an_invalid_state,
        twice_at_once,
        a_failure_closes_the_socket,
        an_invalid_argument_closes_the_socket;
    "tcp/tcp-socket.finish-connect":
        nobody_listens_is_connection_refused,
        nobody_listens_on_version_6,
        is_not_in_progress_before,
        is_not_in_progress_after,
        would_block_until_the_pollable_is_ready;
    "tcp/tcp-socket.remote-address":
        is_that_of_the_listener,
        of_an_unbound_socket_is_an_invalid_state,
        of_a_bound_socket_is_an_invalid_state,
        of_a_listener_is_an_invalid_state;
}

const V4: IpAddressFamily = IpAddressFamily::Ipv4;
const V6: IpAddressFamily = IpAddressFamily::Ipv6;
const INVALID: &[ErrorCode] = &[ErrorCode::InvalidArgument];
const STATE: &[ErrorCode] = &[ErrorCode::InvalidState];

fn connect_fails(family: IpAddressFamily, address: IpSocketAddress, codes: &[ErrorCode]) {
    fails(connect_tcp(&tcp(family), address), codes);
}

fn connects() {
    pair(V4);
}

fn connects_over_version_6() {
    pair(V6);
}

fn connects_from_a_bound_socket() {
    let (_listener, address) = listening(V4);
    let socket = bound(V4);
    let local = socket.local_address().expect("local-address");
    let streams = connect_tcp(&socket, address).expect("a connection");
    assert_eq!(socket.local_address(), Ok(local));
    drop(streams);
}

fn the_wrong_family_is_an_invalid_argument() {
    connect_fails(V4, loopback(V6, 9), INVALID);
    connect_fails(V6, loopback(V4, 9), INVALID);
}

/// "`remote-address` is not a unicast address."
fn a_multicast_address_is_an_invalid_argument() {
    connect_fails(V4, v4((224, 0, 0, 1), 9), INVALID);
    connect_fails(V4, v4((255, 255, 255, 255), 9), INVALID);
    connect_fails(V6, v6((0xff02, 0, 0, 0, 0, 0, 0, 1), 9), INVALID);
}

fn a_mapped_address_is_an_invalid_argument() {
    connect_fails(V6, v6(MAPPED, 9), INVALID);
}

/// "The IP address in `remote-address` is set to INADDR_ANY (`0.0.0.0` / `::`)."
fn the_address_of_all_interfaces_is_an_invalid_argument() {
    connect_fails(V4, any(V4, 9), INVALID);
    connect_fails(V6, any(V6, 9), INVALID);
}

fn port_0_is_an_invalid_argument() {
    connect_fails(V4, loopback(V4, 0), INVALID);
    connect_fails(V6, loopback(V6, 0), INVALID);
}

fn of_a_connected_socket_is_an_invalid_state() {
    let (client, server) = pair(V4);
    let address = loopback(V4, 9);
    fails(client.socket.start_connect(&network(), address), STATE);
    fails(server.socket.start_connect(&network(), address), STATE);
    assert!(client.socket.remote_address().is_ok(), "it does not affect the state of the socket");
}

fn of_a_listening_socket_is_an_invalid_state() {
    let (listener, address) = listening(V4);
    fails(listener.start_connect(&network(), address), STATE);
    assert!(listener.is_listening());
}

/// "incompatible with another asynchronous operation that is already in progress", or the wrong state.
fn twice_at_once() {
    let (_listener, address) = listening(V4);
    let socket = tcp(V4);
    assert_eq!(socket.start_connect(&network(), address), Ok(()));
    let codes = [ErrorCode::InvalidState, ErrorCode::ConcurrencyConflict];
    fails(socket.start_connect(&network(), address), &codes);
    let streams = wait(&socket.subscribe(), || socket.finish_connect()).expect("the first goes on");
    drop(streams);
}

/// "After a failed connection attempt, the socket will be in the `closed` state and the only valid action left is to
/// `drop` the socket."
fn a_failure_closes_the_socket() {
    let (_listener, address) = listening(V4);
    let socket = tcp(V4);
    fails(connect_tcp(&socket, deserted(V4)), &[ErrorCode::ConnectionRefused]);
    fails(socket.start_connect(&network(), address), STATE);
    fails(socket.start_bind(&network(), loopback(V4, 0)), STATE);
    fails(socket.start_listen(), STATE);
    fails(socket.accept(), STATE);
    assert!(socket.subscribe().ready());
}

/// `Unbound --> Closed: start-connect() #error` (TcpSocketOperationalSemantics.md).
fn an_invalid_argument_closes_the_socket() {
    let (_listener, address) = listening(V4);
    let socket = tcp(V4);
    fails(socket.start_connect(&network(), loopback(V4, 0)), INVALID);
    fails(socket.start_connect(&network(), address), STATE);
}

fn nobody_listens_is_connection_refused() {
    connect_fails(V4, deserted(V4), &[ErrorCode::ConnectionRefused]);
}

fn nobody_listens_on_version_6() {
    connect_fails(V6, deserted(V6), &[ErrorCode::ConnectionRefused]);
}

fn is_not_in_progress_before() {
    fails(tcp(V4).finish_connect(), &[ErrorCode::NotInProgress]);
    fails(bound(V4).finish_connect(), &[ErrorCode::NotInProgress]);
}

fn is_not_in_progress_after() {
    fails(pair(V4).0.socket.finish_connect(), &[ErrorCode::NotInProgress]);
}

fn would_block_until_the_pollable_is_ready() {
    let (_listener, address) = listening(V4);
    let socket = tcp(V4);
    socket.start_connect(&network(), address).expect("start-connect");
    socket.subscribe().block();
    match socket.finish_connect() {
        Ok(streams) => drop(streams),
        Err(code) => panic!("the pollable was ready, and it is {code:?}"),
    }
}

fn is_that_of_the_listener() {
    let (listener, address) = listening(V4);
    let socket = tcp(V4);
    let streams = connect_tcp(&socket, address).expect("a connection");
    assert_eq!(socket.remote_address(), Ok(address));
    drop((streams, listener));
}

fn of_an_unbound_socket_is_an_invalid_state() {
    fails(tcp(V4).remote_address(), STATE);
}

fn of_a_bound_socket_is_an_invalid_state() {
    fails(bound(V4).remote_address(), STATE);
}

fn of_a_listener_is_an_invalid_state() {
    fails(listening(V4).0.remote_address(), STATE);
}
