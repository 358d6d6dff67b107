//! Bodies that stand still, and whose fault that is.

use std::time::Duration;

use crate::frames::{Connection, DATA, END_STREAM, NO_WINDOW, RST_STREAM};
use crate::server::Server;

/// The client has sent everything when the guest, which has looked once and too early, looks again.
#[test]
fn a_guest_that_looks_late_is_not_the_clients_fault() {
    for engine in ["wasmtime", "wasmi"] {
        let server = Server::start(&["--engine", engine, "--idle-timeout", "1s"]);
        let mut client = server.client();
        client.send("POST /early?3000 HTTP/1.1\r\nhost: test\r\ncontent-length: 3\r\n\r\n");
        let mut connection = Connection::open(server.connect());
        connection.request(1, "POST", "/early?3000", 0);
        std::thread::sleep(Duration::from_millis(300));
        client.send("abc");
        connection.data(1, b"abc", END_STREAM);
        assert_eq!(client.read().text(), "abc", "{engine}");
        connection.wait_for_end();
        assert_eq!((connection.status(1), connection.body(1)), (Some(200), &b"abc"[..]), "{engine}");
        assert!(server.lines().is_empty(), "{:#?}", server.lines());
    }
}

#[test]
fn attack_16_a_body_that_stands_still_costs_its_stream_alone() {
    let server = Server::start(&["--idle-timeout", "1s"]);
    let mut connection = Connection::open(server.connect());
    connection.request(1, "POST", "/length", 0);
    connection.request(3, "GET", "/drip?600", END_STREAM);
    connection.data(1, b"abc", 0);
    let first = connection.wait_for_end();
    assert_eq!((first.kind, first.stream), (RST_STREAM, 1));
    let second = connection.wait_for_end();
    assert_eq!((second.kind, second.stream), (DATA, 3));
    assert_eq!(connection.body(3).split(|byte| *byte == b'\n').count(), 6);
    server.wait_for_line("stream reset: a body that stands still");
}

#[test]
fn attack_16_who_does_not_take_a_response_loses_its_stream() {
    let server = Server::start(&["--idle-timeout", "1s"]);
    let mut connection = Connection::open_with(server.connect(), &NO_WINDOW);
    connection.request(1, "GET", "/hello", END_STREAM);
    connection.request(3, "GET", "/bytes?500000", END_STREAM);
    connection.request(5, "GET", "/drip?600", END_STREAM);
    connection.widen(5, 1000);
    let mut reset: Vec<u32> = (0..2).map(|_| connection.wait_for_end()).map(|seen| seen.stream).collect();
    reset.sort_unstable();
    assert_eq!(reset, [1, 3]);
    assert_eq!((connection.wait_for_end().stream, connection.body(5).len()), (5, 35));
}

/// The library has all of the response, so that nothing but the end of the connection lets go of it.
#[test]
fn attack_16_who_takes_one_byte_of_a_response_loses_the_connection() {
    let server = Server::start(&["--idle-timeout", "1s"]);
    let mut connection = Connection::open_with(server.connect(), &NO_WINDOW);
    connection.request(1, "GET", "/hello", END_STREAM);
    connection.widen(1, 1);
    connection.read_to_end();
    server.wait_for_line("connection closed: a body that stands still");
    server.assert_serves();
}
