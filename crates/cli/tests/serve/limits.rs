//! What is too much: of requests, bodies, heads, time.

use std::time::Duration;

use crate::server::Server;

#[test]
fn requests_beyond_the_limit_are_refused() {
    let server = Server::start(&["--max-concurrency", "1", "--workers", "1"]);
    let mut first = server.client();
    first.send("GET /slow?1500 HTTP/1.1\r\nhost: test\r\n\r\n");
    std::thread::sleep(Duration::from_millis(500));
    assert_eq!(server.get("/hello").0, 503);
    assert_eq!(first.read().status, 200);
    assert_eq!(server.get("/hello").0, 200);
}

#[test]
fn a_body_that_is_too_large_is_refused() {
    let server = Server::start(&["--max-body", "1000"]);
    let mut client = server.client();
    client.send("POST /length HTTP/1.1\r\nhost: test\r\ncontent-length: 1001\r\n\r\n");
    assert_eq!(client.read().status, 413);
    let mut client = server.client();
    client.send("POST /length HTTP/1.1\r\nhost: test\r\ntransfer-encoding: chunked\r\n\r\n3e9\r\n");
    client.send([b'x'; 1001]);
    client.send("\r\n0\r\n\r\n");
    assert!(client.read().text().starts_with("broken: "));
    let mut client = server.client();
    client.send("POST /length HTTP/1.1\r\nhost: test\r\ncontent-length: 1000\r\n\r\n");
    client.send([b'x'; 1000]);
    assert_eq!(client.read().text(), "1000");
}

#[test]
fn a_head_that_is_too_large_is_refused() {
    let server = Server::start(&["--max-header", "16K"]);
    let mut client = server.client();
    client.send(format!("GET /hello HTTP/1.1\r\nhost: test\r\nx: {}\r\n\r\n", "y".repeat(20_000)));
    assert_eq!(client.read().status, 431);
    assert!(client.is_closed());
    let mut client = server.client();
    client.send(format!("GET /hello HTTP/1.1\r\nhost: test\r\n{}\r\n", "a: b\r\n".repeat(300)));
    assert_eq!(client.read().status, 431);
    assert!(client.is_closed());
    server.assert_serves();
}

#[test]
fn each_head_of_a_connection_may_be_as_large_as_is_allowed() {
    let server = Server::start(&["--max-header", "16K", "--workers", "1"]);
    let mut client = server.client();
    // The largest that fits, with what else there is in it; and after it, and after a body, another one.
    let (begin, end) = ("HTTP/1.1\r\nhost: test\r\nx: ", "\r\n\r\n");
    let large = format!("GET /hello {begin}{}{end}", "y".repeat((16 << 10) - 11 - begin.len() - end.len()));
    assert_eq!(large.len(), 16 << 10);
    for _ in 0..3 {
        client.send(&large);
        assert_eq!(client.read().status, 200);
        client.send("POST /echo HTTP/1.1\r\nhost: test\r\ncontent-length: 300000\r\n\r\n");
        client.send([b'x'; 300_000]);
        assert_eq!(client.read().text().len(), 300_000);
    }
    client.send([large.as_bytes(), large.as_bytes()].concat());
    assert_eq!((client.read().status, client.read().status), (200, 200));
    // A byte more may pass; it tells that a head is too long.
    client.send(large.replace("x: y", "x: yyy"));
    assert_eq!(client.read().status, 431);
}

#[test]
fn who_still_sends_when_the_answer_is_there_sees_it() {
    let server = Server::start(&["--max-header", "16K", "--max-body", "1000"]);
    for (head, status) in [
        (format!("GET /hello HTTP/1.1\r\nx: {}", "y".repeat(40_000)), 431),
        ("GET /hello HTTP/9.1\r\n".to_owned(), 400),
        ("POST /length HTTP/1.1\r\nhost: test\r\ncontent-length: 100000000\r\n\r\n".to_owned(), 413),
        ("POST /hello HTTP/1.1\r\nhost: test\r\ntransfer-encoding: chunked\r\n\r\n".to_owned(), 200),
    ] {
        let mut client = server.client();
        client.send(head);
        // The answer has arrived before this is sent: a reset would overtake it now.
        std::thread::sleep(Duration::from_millis(200));
        client.send([b'x'; 100_000]);
        std::thread::sleep(Duration::from_millis(100));
        assert_eq!(client.read().status, status);
        assert!(client.is_closed(), "{status}");
    }
    server.assert_serves();
}

#[test]
fn a_connection_that_rests_is_closed() {
    let server = Server::start(&["--idle-timeout", "500ms"]);
    let mut client = server.client();
    assert_eq!(client.get("/hello").status, 200);
    std::thread::sleep(Duration::from_millis(200));
    assert_eq!(client.get("/hello").status, 200);
    assert!(client.is_closed());
    let mut streaming = server.client();
    assert_eq!(streaming.get("/drip?700").text().lines().count(), 5, "a guest may be slower than a client");
}
