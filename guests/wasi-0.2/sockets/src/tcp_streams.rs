//! TCP: the streams of a connection, and `shutdown`.

use conformance::net::{Connected, pair};
use conformance::streams::{closed, permit, read_all};
use conformance::wasi::clocks::monotonic_clock::subscribe_duration;
use conformance::wasi::io::poll::poll;
use conformance::wasi::io::streams::StreamError;
use conformance::wasi::sockets::network::IpAddressFamily;
use conformance::wasi::sockets::tcp::ShutdownType;

conformance::cases! {
    "tcp/tcp-socket.finish-connect":
        the_streams_carry_data_both_ways,
        the_streams_carry_data_over_version_6,
        a_megabyte_arrives_in_order,
        nothing_is_there_before_it_was_sent,
        the_input_is_ready_when_something_arrives,
        a_peer_that_does_not_read_stops_the_writer,
        the_end_of_the_peer_is_closed,
        zeroes_and_splices_are_carried;
    "tcp/tcp-socket.shutdown":
        send_ends_the_peer_s_input,
        send_closes_the_output,
        send_leaves_the_input,
        send_delivers_what_was_written,
        receive_closes_the_input,
        receive_leaves_the_output,
        both_closes_both,
        is_idempotent,
        does_not_close_the_socket;
}

fn connected() -> (Connected, Connected) {
    pair(IpAddressFamily::Ipv4)
}

fn send(from: &Connected, bytes: &[u8]) {
    conformance::streams::write_all(&from.output, bytes).expect("a write");
}

#[track_caller]
fn receives(to: &Connected, bytes: &[u8]) {
    let mut received = Vec::new();
    while received.len() < bytes.len() {
        received.extend(to.input.blocking_read((bytes.len() - received.len()) as u64).expect("a read"));
    }
    assert!(received == bytes, "what arrives is what was sent");
}

fn the_streams_carry_data_both_ways() {
    let (client, server) = connected();
    send(&client, b"ping");
    receives(&server, b"ping");
    send(&server, b"pong");
    receives(&client, b"pong");
}

fn the_streams_carry_data_over_version_6() {
    let (client, server) = pair(IpAddressFamily::Ipv6);
    send(&client, b"ping");
    receives(&server, b"ping");
}

/// Both ends are here, so neither may wait for the other.
fn a_megabyte_arrives_in_order() {
    let (client, server) = connected();
    let bytes: Vec<u8> = (0..1 << 20).map(|index: usize| (index ^ (index >> 8)) as u8).collect();
    let (mut sent, mut received) = (0, Vec::new());
    let (writable, readable) = (client.output.subscribe(), server.input.subscribe());
    while received.len() < bytes.len() {
        let wanted = if sent < bytes.len() { vec![&readable, &writable] } else { vec![&readable] };
        poll(&wanted);
        let permitted = client.output.check_write().expect("check-write") as usize;
        let more = permitted.min(bytes.len() - sent);
        client.output.write(&bytes[sent..sent + more]).expect("a permitted write");
        sent += more;
        received.extend(server.input.read(65536).expect("a read"));
    }
    assert!(received == bytes);
}

fn nothing_is_there_before_it_was_sent() {
    let (client, server) = connected();
    assert_eq!(server.input.read(10).expect("a read that does not wait"), []);
    assert_eq!(client.input.read(10).expect("a read that does not wait"), []);
    assert!(!server.input.subscribe().ready());
}

fn the_input_is_ready_when_something_arrives() {
    let (client, server) = connected();
    let readable = server.input.subscribe();
    let soon = subscribe_duration(10_000_000);
    assert_eq!(poll(&[&readable, &soon]), [1]);
    send(&client, b"x");
    readable.block();
    assert_eq!(server.input.read(10).expect("a read"), b"x");
}

/// `check-write` says 0 at some time, and more when the peer has read.
fn a_peer_that_does_not_read_stops_the_writer() {
    let (client, server) = connected();
    let mut sent = 0_usize;
    loop {
        let writable = client.output.subscribe();
        let soon = subscribe_duration(300_000_000);
        if poll(&[&writable, &soon]) == [1] {
            break;
        }
        let permitted = client.output.check_write().expect("check-write").min(65536) as usize;
        client.output.write(&vec![b'z'; permitted]).expect("a permitted write");
        sent += permitted;
        assert!(sent < 1 << 30, "the host holds all that a peer does not read");
    }
    let mut received = 0;
    while received < sent {
        received += server.input.blocking_read(1 << 20).expect("a read").len();
    }
    assert!(permit(&client.output) > 0);
}

fn the_end_of_the_peer_is_closed() {
    let (client, server) = connected();
    send(&client, b"last");
    drop(client);
    assert_eq!(read_all(&server.input), b"last");
    closed(server.input.read(1));
    assert!(server.input.subscribe().ready());
}

fn zeroes_and_splices_are_carried() {
    let (client, server) = connected();
    client.output.blocking_write_zeroes_and_flush(100).expect("zeroes");
    receives(&server, &[0; 100]);
    send(&client, b"echo");
    let mut moved = 0;
    while moved < 4 {
        moved += server.output.blocking_splice(&server.input, 4).expect("a splice");
    }
    server.output.blocking_flush().expect("a flush");
    receives(&client, b"echo");
}

/// "a FIN packet will be sent."
fn send_ends_the_peer_s_input() {
    let (client, server) = connected();
    assert_eq!(client.socket.shutdown(ShutdownType::Send), Ok(()));
    closed(server.input.blocking_read(1));
}

/// "The `output-stream` associated with this socket will be closed".
fn send_closes_the_output() {
    let (client, _server) = connected();
    assert_eq!(client.socket.shutdown(ShutdownType::Send), Ok(()));
    closed(client.output.check_write());
    closed(client.output.blocking_write_and_flush(b"x"));
    assert!(client.output.subscribe().ready());
}

fn send_leaves_the_input() {
    let (client, server) = connected();
    assert_eq!(client.socket.shutdown(ShutdownType::Send), Ok(()));
    send(&server, b"answer");
    receives(&client, b"answer");
}

fn send_delivers_what_was_written() {
    let (client, server) = connected();
    send(&client, b"before the end");
    assert_eq!(client.socket.shutdown(ShutdownType::Send), Ok(()));
    assert_eq!(read_all(&server.input), b"before the end");
}

/// "The `input-stream` associated with this socket will be closed. Any data still in the receive queue at time of calling
/// this method will be discarded."
fn receive_closes_the_input() {
    let (client, server) = connected();
    send(&server, b"never read");
    client.input.subscribe().block();
    assert_eq!(client.socket.shutdown(ShutdownType::Receive), Ok(()));
    closed(client.input.read(1));
    closed(client.input.blocking_read(1));
    assert!(client.input.subscribe().ready());
}

fn receive_leaves_the_output() {
    let (client, server) = connected();
    assert_eq!(client.socket.shutdown(ShutdownType::Receive), Ok(()));
    send(&client, b"still sending");
    receives(&server, b"still sending");
}

fn both_closes_both() {
    let (client, server) = connected();
    assert_eq!(client.socket.shutdown(ShutdownType::Both), Ok(()));
    closed(client.input.read(1));
    closed(client.output.check_write());
    closed(server.input.blocking_read(1));
}

/// "shutting down a direction more than once has no effect and returns `ok`."
fn is_idempotent() {
    for way in [ShutdownType::Send, ShutdownType::Receive, ShutdownType::Both] {
        let (client, _server) = connected();
        assert_eq!(client.socket.shutdown(way), Ok(()));
        assert_eq!(client.socket.shutdown(way), Ok(()));
    }
    let (client, _server) = connected();
    assert_eq!(client.socket.shutdown(ShutdownType::Both), Ok(()));
    assert_eq!(client.socket.shutdown(ShutdownType::Receive), Ok(()));
    assert_eq!(client.socket.shutdown(ShutdownType::Send), Ok(()));
}

/// "The shutdown function does not close (drop) the socket."
fn does_not_close_the_socket() {
    let (client, server) = connected();
    let remote = client.socket.remote_address();
    assert_eq!(client.socket.shutdown(ShutdownType::Send), Ok(()));
    assert_eq!(client.socket.remote_address(), remote);
    let write = server.output.blocking_write_and_flush(b"x");
    assert!(!matches!(write, Err(StreamError::Closed)), "the peer may still write");
}
