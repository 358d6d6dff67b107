//! TCP: the pollable in every state (TcpSocketOperationalSemantics.md, "Pollable readiness"), and methods from the wrong
//! state: "Calling a method from the wrong state returns `error(invalid-state)` and does not affect the state".

use conformance::net::{bound, connect_tcp, fails, listening, loopback, network, pair, tcp, wait};
use conformance::wasi::clocks::monotonic_clock::subscribe_duration;
use conformance::wasi::io::poll::poll;
use conformance::wasi::sockets::network::{ErrorCode, IpAddressFamily};
use conformance::wasi::sockets::tcp::ShutdownType;

conformance::cases! {
    "tcp/tcp-socket.subscribe":
        of_an_unbound_socket_is_ready,
        of_a_bound_socket_is_ready,
        of_a_connected_socket_is_ready,
        of_a_listener_is_ready_when_somebody_connects,
        of_a_bind_in_progress,
        of_a_listen_in_progress,
        one_pollable_serves_for_all,
        a_socket_dropped_before_its_pollable;
    "tcp/tcp-socket.start-bind":
        while_a_bind_is_in_progress,
        of_a_listener_is_an_invalid_state,
        of_a_connected_socket_is_an_invalid_state;
    "tcp/tcp-socket.start-listen":
        while_a_bind_is_in_progress_it_is_an_invalid_state,
        while_a_listen_is_in_progress_it_is_an_invalid_state;
    "tcp/tcp-socket.shutdown":
        of_an_unbound_socket_is_an_invalid_state,
        of_a_bound_socket_is_an_invalid_state,
        of_a_listening_socket_is_an_invalid_state;
    "resources/tcp-socket":
        can_be_dropped_in_any_state,
        dropped_before_its_streams;
}

const V4: IpAddressFamily = IpAddressFamily::Ipv4;
const STATE: &[ErrorCode] = &[ErrorCode::InvalidState];
const BUSY: &[ErrorCode] = &[ErrorCode::InvalidState, ErrorCode::ConcurrencyConflict];
const WAYS: [ShutdownType; 3] = [ShutdownType::Receive, ShutdownType::Send, ShutdownType::Both];

fn of_an_unbound_socket_is_ready() {
    assert!(tcp(V4).subscribe().ready());
}

fn of_a_bound_socket_is_ready() {
    assert!(bound(V4).subscribe().ready());
}

/// "To poll for I/O readiness, subscribe to the input and output streams."
fn of_a_connected_socket_is_ready() {
    let (client, server) = pair(V4);
    assert!(client.socket.subscribe().ready() && server.socket.subscribe().ready());
}

fn of_a_listener_is_ready_when_somebody_connects() {
    let (listener, address) = listening(V4);
    let pollable = listener.subscribe();
    assert!(!pollable.ready());
    let soon = subscribe_duration(10_000_000);
    assert_eq!(poll(&[&pollable, &soon]), [1]);
    let client = tcp(V4);
    let streams = connect_tcp(&client, address).expect("a connection");
    pollable.block();
    let (socket, input, output) = listener.accept().expect("the pollable was ready");
    assert!(!pollable.ready());
    drop((input, output, socket));
    drop(streams);
}

fn of_a_bind_in_progress() {
    let socket = tcp(V4);
    let pollable = socket.subscribe();
    socket.start_bind(&network(), loopback(V4, 0)).expect("start-bind");
    pollable.block();
    assert_eq!(socket.finish_bind(), Ok(()), "the pollable was ready");
}

fn of_a_listen_in_progress() {
    let socket = bound(V4);
    let pollable = socket.subscribe();
    socket.start_listen().expect("start-listen");
    pollable.block();
    assert_eq!(socket.finish_listen(), Ok(()), "the pollable was ready");
}

/// "`subscribe` only has to be called once per socket and can then be (re)used for the remainder of the socket's
/// lifetime."
fn one_pollable_serves_for_all() {
    let socket = tcp(V4);
    let pollable = socket.subscribe();
    socket.start_bind(&network(), loopback(V4, 0)).expect("start-bind");
    wait(&pollable, || socket.finish_bind()).expect("finish-bind");
    socket.start_listen().expect("start-listen");
    wait(&pollable, || socket.finish_listen()).expect("finish-listen");
    let client = tcp(V4);
    let streams = connect_tcp(&client, socket.local_address().expect("local-address")).expect("a connection");
    let (accepted, input, output) = wait(&pollable, || socket.accept()).expect("accept");
    drop((input, output, accepted));
    drop(streams);
}

/// The text has no word on it: all is well, or it traps.
fn a_socket_dropped_before_its_pollable() {
    let socket = tcp(V4);
    let pollable = socket.subscribe();
    drop(socket);
    pollable.ready();
}

fn while_a_bind_is_in_progress() {
    let socket = tcp(V4);
    socket.start_bind(&network(), loopback(V4, 0)).expect("start-bind");
    fails(socket.start_bind(&network(), loopback(V4, 0)), BUSY);
    assert_eq!(wait(&socket.subscribe(), || socket.finish_bind()), Ok(()), "the first goes on");
}

fn of_a_listener_is_an_invalid_state() {
    fails(listening(V4).0.start_bind(&network(), loopback(V4, 0)), STATE);
}

fn of_a_connected_socket_is_an_invalid_state() {
    fails(pair(V4).0.socket.start_bind(&network(), loopback(V4, 0)), STATE);
}

fn while_a_bind_is_in_progress_it_is_an_invalid_state() {
    let socket = tcp(V4);
    socket.start_bind(&network(), loopback(V4, 0)).expect("start-bind");
    fails(socket.start_listen(), BUSY);
    fails(socket.accept(), STATE);
    fails(socket.finish_listen(), &[ErrorCode::NotInProgress]);
    fails(socket.finish_connect(), &[ErrorCode::NotInProgress]);
    assert_eq!(wait(&socket.subscribe(), || socket.finish_bind()), Ok(()));
}

fn while_a_listen_is_in_progress_it_is_an_invalid_state() {
    let socket = bound(V4);
    socket.start_listen().expect("start-listen");
    fails(socket.start_listen(), BUSY);
    fails(socket.start_connect(&network(), loopback(V4, 9)), BUSY);
    fails(socket.accept(), STATE);
    fails(socket.finish_bind(), &[ErrorCode::NotInProgress]);
    assert!(!socket.is_listening(), "it is not in the `listening` state");
    assert_eq!(wait(&socket.subscribe(), || socket.finish_listen()), Ok(()));
    assert!(socket.is_listening());
}

fn of_an_unbound_socket_is_an_invalid_state() {
    WAYS.into_iter().for_each(|way| fails(tcp(V4).shutdown(way), STATE));
}

fn of_a_bound_socket_is_an_invalid_state() {
    WAYS.into_iter().for_each(|way| fails(bound(V4).shutdown(way), STATE));
}

fn of_a_listening_socket_is_an_invalid_state() {
    WAYS.into_iter().for_each(|way| fails(listening(V4).0.shutdown(way), STATE));
}

/// "A socket resource can be dropped in any state."
fn can_be_dropped_in_any_state() {
    drop(tcp(V4));
    let binding = tcp(V4);
    binding.start_bind(&network(), loopback(V4, 0)).expect("start-bind");
    drop(binding);
    let listening_soon = bound(V4);
    listening_soon.start_listen().expect("start-listen");
    drop(listening_soon);
    let (listener, address) = listening(V4);
    let connecting = tcp(V4);
    connecting.start_connect(&network(), address).expect("start-connect");
    drop(connecting);
    drop(listener);
    let closed = tcp(V4);
    fails(closed.start_connect(&network(), loopback(V4, 0)), &[ErrorCode::InvalidArgument]);
    drop(closed);
    drop(pair(V4));
}

/// The text has no word on it: all is well, or it traps.
fn dropped_before_its_streams() {
    let (client, server) = pair(V4);
    drop(client.socket);
    client.output.blocking_write_and_flush(b"x").expect("a write");
    assert_eq!(server.input.blocking_read(1).expect("a read"), b"x");
}
