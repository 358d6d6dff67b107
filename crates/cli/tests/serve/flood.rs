//! Attack 16 over HTTP/2: floods of frames that cost the server something and the client nothing.

use crate::frames::{
    CONTINUATION, Connection, DATA, END_HEADERS, END_STREAM, HEADERS, PING, RST_STREAM, field, frame, head,
};
use crate::server::Server;

/// More than any client needs.
const MANY: u32 = 20_000;

/// Send until the server has enough; it has to close the connection, and serve others all the while.
fn flood(server: &Server, begin: &[u8], one: impl Fn(u32) -> Vec<u8>) {
    let mut connection = Connection::open(server.connect());
    connection.send(begin);
    let mut sent = 0;
    while sent < MANY {
        let block: Vec<u8> = (sent..sent + 100).flat_map(&one).collect();
        if !connection.try_send(&block) {
            break;
        }
        sent += 100;
    }
    connection.read_to_end();
    server.assert_serves();
}

#[test]
fn attack_16_continuation() {
    let server = Server::start(&[]);
    let begin = frame(HEADERS, END_STREAM, 1, &head("GET", "/hello"));
    flood(&server, &begin, |number| frame(CONTINUATION, 0, 1, &field("x", &number.to_string())));
    flood(&server, &begin, |_| frame(CONTINUATION, 0, 1, &[]));
}

#[test]
fn attack_16_rapid_reset() {
    let server = Server::start(&[]);
    flood(&server, &[], |number| {
        let stream = 2 * number + 1;
        let mut bytes = frame(HEADERS, END_HEADERS | END_STREAM, stream, &head("GET", "/slow?1000"));
        bytes.extend(frame(RST_STREAM, 0, stream, &8u32.to_be_bytes()));
        bytes
    });
}

#[test]
fn attack_16_empty_data() {
    let server = Server::start(&[]);
    let begin = frame(HEADERS, END_HEADERS, 1, &head("POST", "/length"));
    flood(&server, &begin, |_| frame(DATA, 0, 1, &[]));
    // The library may see it before our own meter does; either way it is told once.
    let told = server.wait_for_line("127.0.0.1:");
    assert_eq!(told.iter().filter(|line| line.contains("127.0.0.1:")).count(), 1, "{told:#?}");
}

#[test]
fn attack_16_pings() {
    let server = Server::start(&[]);
    flood(&server, &[], |_| frame(PING, 0, 0, &[0; 8]));
}

#[test]
fn attack_16_more_streams_than_are_allowed_wait_or_are_refused() {
    let server = Server::start(&["--max-concurrency", "100", "--workers", "1"]);
    let mut connection = Connection::open(server.connect());
    for number in 0..400 {
        connection.request(2 * number + 1, "GET", "/slow?300", END_STREAM);
    }
    let answered = (0..400).filter(|_| connection.wait_for_end().kind != RST_STREAM).count();
    assert!(answered >= 100, "{answered}");
    server.assert_serves();
}
