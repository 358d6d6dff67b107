//! TCP: `start-listen`, `finish-listen`, `accept`, `is-listening`, `set-listen-backlog-size`.

use conformance::net::{accept, bound, connect_tcp, fails, listen, listening, pair, tcp};
use conformance::wasi::sockets::network::{ErrorCode, IpAddressFamily};
use conformance::wasi::sockets::tcp::TcpSocket;

conformance::cases! {
    "tcp/tcp-socket.start-listen":
        listens,
        of_an_unbound_socket_is_an_invalid_state,
        of_a_listening_socket_is_an_invalid_state,
        of_a_connected_socket_is_an_invalid_state;
    "tcp/tcp-socket.finish-listen":
        is_not_in_progress_before,
        is_not_in_progress_after;
    "tcp/tcp-socket.accept":
        gives_a_connected_socket,
        gives_one_of_version_6,
        would_block_if_nobody_connects,
        of_a_socket_that_does_not_listen_is_an_invalid_state,
        gives_every_connection,
        inherits_options,
        the_accepted_outlives_the_listener;
    "tcp/tcp-socket.is-listening":
        in_every_state;
    "tcp/tcp-socket.set-listen-backlog-size":
        zero_is_an_invalid_argument,
        any_other_value_is_taken,
        of_a_listener_it_may_be_unsupported,
        of_a_connected_socket_it_is_an_invalid_state;
}

const V4: IpAddressFamily = IpAddressFamily::Ipv4;
const STATE: &[ErrorCode] = &[ErrorCode::InvalidState];

fn listens() {
    assert!(listening(V4).0.is_listening());
}

/// "Unlike POSIX, the socket must already be explicitly bound."
fn of_an_unbound_socket_is_an_invalid_state() {
    fails(tcp(V4).start_listen(), STATE);
}

fn of_a_listening_socket_is_an_invalid_state() {
    let (listener, _) = listening(V4);
    fails(listener.start_listen(), STATE);
    assert!(listener.is_listening());
}

fn of_a_connected_socket_is_an_invalid_state() {
    fails(pair(V4).0.socket.start_listen(), STATE);
}

fn is_not_in_progress_before() {
    fails(tcp(V4).finish_listen(), &[ErrorCode::NotInProgress]);
    fails(bound(V4).finish_listen(), &[ErrorCode::NotInProgress]);
}

fn is_not_in_progress_after() {
    fails(listening(V4).0.finish_listen(), &[ErrorCode::NotInProgress]);
}

/// "The returned socket is bound and in the `connected` state."
fn gives_a_connected_socket() {
    let (client, server) = pair(V4);
    assert_eq!(server.socket.local_address(), client.socket.remote_address());
    assert_eq!(server.socket.remote_address(), client.socket.local_address());
    assert!(!server.socket.is_listening());
    assert!(server.socket.subscribe().ready());
}

fn gives_one_of_version_6() {
    let (client, server) = pair(IpAddressFamily::Ipv6);
    assert_eq!(server.socket.address_family(), IpAddressFamily::Ipv6);
    assert_eq!(server.socket.remote_address(), client.socket.local_address());
}

/// "No pending connections at the moment."
fn would_block_if_nobody_connects() {
    let (listener, _) = listening(V4);
    fails(listener.accept(), &[ErrorCode::WouldBlock]);
    assert!(!listener.subscribe().ready());
}

fn of_a_socket_that_does_not_listen_is_an_invalid_state() {
    fails(tcp(V4).accept(), STATE);
    fails(bound(V4).accept(), STATE);
    fails(pair(V4).0.socket.accept(), STATE);
}

fn gives_every_connection() {
    let (listener, address) = listening(V4);
    let mut clients = Vec::new();
    for _ in 0..5 {
        let socket = tcp(V4);
        let streams = connect_tcp(&socket, address).expect("a connection");
        clients.push((streams, socket));
    }
    let accepted: Vec<_> = (0..5).map(|_| accept(&listener).expect("accept")).collect();
    let addresses = accepted.iter().map(|one| one.socket.remote_address().expect("remote-address"));
    let expected = clients.iter().map(|(_, socket)| socket.local_address().expect("local-address"));
    let expected: Vec<_> = expected.collect();
    assert!(addresses.into_iter().all(|address| expected.contains(&address)));
    fails(listener.accept(), &[ErrorCode::WouldBlock]);
}

/// "The following properties are inherited from the listener socket".
fn inherits_options() {
    let listener = bound(V4);
    listener.set_hop_limit(42).expect("set-hop-limit");
    listener.set_keep_alive_enabled(true).expect("set-keep-alive-enabled");
    listener.set_keep_alive_idle_time(42_000_000_000).expect("set-keep-alive-idle-time");
    listener.set_keep_alive_interval(7_000_000_000).expect("set-keep-alive-interval");
    listener.set_keep_alive_count(5).expect("set-keep-alive-count");
    listener.set_receive_buffer_size(0x10000).expect("set-receive-buffer-size");
    listener.set_send_buffer_size(0x10000).expect("set-send-buffer-size");
    listen(&listener).expect("listen");
    let client = tcp(V4);
    let streams = connect_tcp(&client, listener.local_address().expect("local-address")).expect("a connection");
    let accepted = accept(&listener).expect("accept");
    let properties = |socket: &TcpSocket| {
        let times = (socket.keep_alive_idle_time(), socket.keep_alive_interval(), socket.keep_alive_count());
        let sizes = (socket.receive_buffer_size(), socket.send_buffer_size());
        (socket.address_family(), socket.keep_alive_enabled(), times, socket.hop_limit(), sizes)
    };
    assert_eq!(properties(&accepted.socket), properties(&listener));
    assert_eq!(accepted.socket.hop_limit(), Ok(42));
    drop(streams);
}

fn the_accepted_outlives_the_listener() {
    let (client, server) = pair(V4);
    client.output.blocking_write_and_flush(b"still here").expect("a write");
    assert_eq!(server.input.blocking_read(10).expect("a read"), b"still here");
}

/// "Whether the socket is in the `listening` state."
fn in_every_state() {
    assert!(!tcp(V4).is_listening());
    assert!(!bound(V4).is_listening());
    assert!(listening(V4).0.is_listening());
    assert!(!pair(V4).0.socket.is_listening());
}

fn zero_is_an_invalid_argument() {
    fails(tcp(V4).set_listen_backlog_size(0), &[ErrorCode::InvalidArgument]);
    fails(bound(V4).set_listen_backlog_size(0), &[ErrorCode::InvalidArgument]);
}

/// "Any other value will never cause an error".
fn any_other_value_is_taken() {
    for value in [1, 128, 1 << 31, 1 << 32, u64::MAX] {
        let socket = bound(V4);
        assert_eq!(socket.set_listen_backlog_size(value), Ok(()), "{value}");
        assert_eq!(listen(&socket), Ok(()), "{value}");
    }
}

/// "The platform does not support changing the backlog size after the initial listen."
fn of_a_listener_it_may_be_unsupported() {
    let changed = listening(V4).0.set_listen_backlog_size(10);
    assert!([Ok(()), Err(ErrorCode::NotSupported)].contains(&changed), "{changed:?}");
}

fn of_a_connected_socket_it_is_an_invalid_state() {
    let (client, server) = pair(V4);
    fails(client.socket.set_listen_backlog_size(10), STATE);
    fails(server.socket.set_listen_backlog_size(10), STATE);
}
