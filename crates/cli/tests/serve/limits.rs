//! What is too much: of requests, bodies, heads, time.

use std::time::Duration;

use crate::server::Server;

#[test]
fn requests_beyond_the_limit_are_refused() {
    let server = Server::start(&["--max-concurrency", "1"]);
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
    // What was not read may break the connection before the answer is seen.
    let is_refused = |status: Option<u16>| status.is_none_or(|status| status == 431);
    assert!(is_refused(client.try_read().map(|response| response.status)));
    let mut client = server.client();
    client.send(format!("GET /hello HTTP/1.1\r\nhost: test\r\n{}\r\n", "a: b\r\n".repeat(300)));
    assert!(is_refused(client.try_read().map(|response| response.status)));
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
