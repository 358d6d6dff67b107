//! Attack 16 over HTTP/2: floods of frames that cost the server something and the client nothing.

use std::time::{Duration, Instant};

use crate::frames::{
    CONTINUATION, Connection, DATA, END_HEADERS, END_STREAM, HEADERS, NO_WINDOW, PING, RST_STREAM, SETTINGS,
    WINDOW_UPDATE, field, frame, head,
};
use crate::server::Server;

/// More than any client needs.
const MANY: u32 = 20_000;

/// Send until the server has enough; it has to close the connection, and serve others all the while.
fn flood(server: &Server, begin: &[u8], one: impl Fn(u32) -> Vec<u8>) {
    let mut connection = Connection::open(server.connect());
    connection.send(begin);
    let (mut sent, start) = (0, Instant::now());
    while sent < MANY {
        let block: Vec<u8> = (sent..sent + 100).flat_map(&one).collect();
        if !connection.try_send(&block) {
            break;
        }
        sent += 100;
    }
    connection.read_to_end();
    // A connection that rests is closed as well, but much later.
    assert!(start.elapsed() < Duration::from_secs(30), "the connection is still open after {sent} frames");
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
fn attack_16_windows_that_are_widened_for_nothing() {
    let server = Server::start(&[]);
    let one = 1u32.to_be_bytes();
    flood(&server, &[], |_| frame(WINDOW_UPDATE, 0, 0, &one));
    let begin = frame(HEADERS, END_HEADERS, 1, &head("POST", "/length"));
    flood(&server, &begin, |_| frame(WINDOW_UPDATE, 0, 1, &one));
    flood(&server, &[], |_| frame(SETTINGS, 0, 0, &[]));
    // Who takes a response in small pieces may say so each time.
    let mut connection = Connection::open_with(server.connect(), &NO_WINDOW);
    connection.request(1, "GET", "/bytes?500000", END_STREAM);
    connection.widen(0, 1_000_000);
    connection.widen(1, 100);
    loop {
        let seen = connection.next().unwrap_or_else(|| panic!("closed: {:#?}", server.lines()));
        if seen.kind == DATA && seen.flags & END_STREAM != 0 {
            break;
        }
        if seen.kind == DATA {
            connection.widen(1, 100);
        }
    }
    assert_eq!(connection.body(1).len(), 500_000);
}

/// More responses than the server keeps for one client, which takes none of them.
#[test]
fn attack_16_responses_that_nobody_takes() {
    let server = Server::start(&["--workers", "1"]);
    let mut connection = Connection::open_with(server.connect(), &NO_WINDOW);
    let streams: Vec<u32> = (0..150).map(|number| 2 * number + 1).collect();
    streams.iter().for_each(|stream| connection.request(*stream, "GET", "/bytes?60000", END_STREAM));
    std::thread::sleep(Duration::from_millis(1000));
    server.assert_serves();
    let answered = server.get("/count");
    assert_eq!(answered.0, 200);
    connection.send(&frame(PING, 0, 0, &[7; 8]));
    let mut heads = 0;
    loop {
        match connection.next().expect("it is open") {
            seen if seen.kind == HEADERS => heads += 1,
            seen if seen.kind == PING => break,
            _ => {}
        }
    }
    assert!((20..60).contains(&heads), "{heads} are there, and the others wait");
    connection.widen(0, 100_000_000);
    for stream in &streams {
        connection.widen(*stream, 60_000);
    }
    for _ in &streams {
        assert_eq!(connection.wait_for_end().kind, DATA);
    }
    assert!(streams.iter().all(|stream| connection.body(*stream).len() == 60_000));
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
