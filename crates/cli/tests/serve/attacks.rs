//! Attacks 13 to 16 over HTTP/1.1. Those of HTTP/2 are in `flood`, 26 is in `guests`, 28 in `tenants`.

use std::process::Command;
use std::time::{Duration, Instant};

use crate::frames::{Connection, END_HEADERS, END_STREAM, HEADERS, frame, head_to};
use crate::server::{Server, web};

#[test]
fn attack_14_a_body_that_the_guest_never_reads() {
    let server = Server::start(&["--idle-timeout", "1s"]);
    let mut client = server.client();
    client.send("POST /hello HTTP/1.1\r\nhost: test\r\ncontent-length: 100000000\r\n\r\n");
    client.send([b'x'; 100_000]);
    assert_eq!(client.read().status, 200);
    assert!(client.is_closed(), "what follows cannot be told from the rest of the body");
    server.assert_serves();
}

#[test]
fn attack_14_a_trap_after_the_head_breaks_the_response() {
    let server = Server::start(&[]);
    let response = server.client().get("/trap-after");
    assert_eq!((response.status, response.is_whole), (200, false));
    server.wait_for_line("trapped:");
    server.assert_serves();
}

#[test]
fn attack_14_a_client_that_goes_away_ends_the_guest() {
    let server = Server::start(&["--max-concurrency", "1", "--workers", "1"]);
    let mut client = server.client();
    client.send("GET /sleep HTTP/1.1\r\nhost: test\r\n\r\n");
    std::thread::sleep(Duration::from_millis(300));
    assert_eq!(server.get("/hello").0, 503);
    drop(client);
    let begin = Instant::now();
    while server.get("/hello").0 != 200 {
        assert!(begin.elapsed() < Duration::from_secs(10), "the guest is still there");
        std::thread::sleep(Duration::from_millis(50));
    }
}

#[test]
fn attack_14_clients_that_are_gone_when_they_are_answered_harm_nobody() {
    let server = Server::start(&[]);
    let one = "GET /hello HTTP/1.1\r\nhost: test\r\n\r\n";
    for _ in 0..20 {
        // The first response is answered by a reset, and the next one is written to a socket that is closed.
        server.client().send(one.repeat(50));
    }
    server.assert_serves();
}

#[test]
fn attack_15_malformed_requests_are_refused_and_told_once() {
    let server = Server::start(&["--workers", "1"]);
    for request in [
        "GET /hello HTTP/1.1\r\nhost: a\r\nhost: b\r\n\r\n",
        "GET /hello HTTP/1.1\r\nhost: a\r\ncontent-length: 3\r\ncontent-length: 4\r\n\r\nabcd",
        "GET /hello HTTP/1.1\r\nhost: a\r\nbad name: x\r\n\r\n",
        "GET /hello HTTP/1.1\r\nhost: a\r\nx: a\rb\r\n\r\n",
        "GET /hel lo HTTP/1.1\r\nhost: a\r\n\r\n",
        "GET /hello HTTP/9.1\r\nhost: a\r\n\r\n",
        "POST /length HTTP/1.1\r\nhost: a\r\ntransfer-encoding: gzip\r\n\r\n",
        "\u{16}\u{3}\u{1}nonsense\r\n\r\n",
    ] {
        let mut client = server.client();
        client.send(request);
        let status = client.try_read().map(|response| response.status);
        assert_eq!(status, Some(400), "{request:?}");
    }
    server.assert_serves();
    let told = server.lines().iter().filter(|line| line.contains("127.0.0.1:")).count();
    assert!(told <= 3, "{:#?}", server.lines());
}

#[test]
fn attack_15_what_the_library_lets_pass_is_refused() {
    let server = Server::start(&["--workers", "1"]);
    let post = "POST /length HTTP/1.1\r\nhost: a\r\n";
    for (request, status) in [
        ("GET /hello HTTP/1.1\r\n\r\n".to_owned(), 400),
        ("GET /hello HTTP/1.0\r\n\r\n".to_owned(), 200),
        ("GET http://user@a/hello HTTP/1.1\r\nhost: a\r\n\r\n".to_owned(), 400),
        (format!("{post}transfer-encoding: gzip, chunked\r\n\r\n0\r\n\r\n"), 501),
        (format!("{post}transfer-encoding: chunked, chunked\r\n\r\n0\r\n\r\n"), 501),
        (format!("{post}transfer-encoding: chunked\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n"), 501),
    ] {
        let mut client = server.client();
        client.send(&request);
        assert_eq!(client.try_read().map(|response| response.status), Some(status), "{request:?}");
    }
    server.wait_for_line("a request of HTTP/1.1 without a host");
    let mut connection = Connection::open(server.connect());
    let user = head_to("http", "user@test", "GET", "/hello");
    connection.send(&frame(HEADERS, END_HEADERS | END_STREAM, 1, &user));
    connection.wait_for_end();
    assert_eq!(connection.status(1), Some(400));
    server.assert_serves();
}

#[test]
fn attack_15_the_connection_says_whether_there_is_tls() {
    let server = Server::start(&[]);
    let mut client = server.client();
    for scheme in ["https", "ftp"] {
        client.send(format!("GET {scheme}://a/request HTTP/1.1\r\nhost: a\r\n\r\n"));
        assert!(client.read().text().contains("scheme Some(Scheme::Http)\n"), "{scheme}");
    }
    let mut connection = Connection::open(server.connect());
    connection.send(&frame(HEADERS, END_HEADERS | END_STREAM, 1, &head_to("https", "test", "GET", "/request")));
    connection.wait_for_end();
    assert!(String::from_utf8_lossy(connection.body(1)).contains("scheme Some(Scheme::Http)\n"));
}

#[test]
fn attack_15_malformed_chunks_are_told_to_the_guest_and_counted() {
    let server = Server::start(&["--workers", "1", "--admin", "127.0.0.1:0"]);
    let line = server.wait_for_line("metrics at http://").swap_remove(0);
    let admin = line.trim_end_matches("/metrics").rsplit("//").next().unwrap().to_owned();
    for (body, told) in
        [("zz\r\nabc\r\n0\r\n\r\n", "HttpProtocolError"), ("3\r\nabcde\r\n0\r\n\r\n", "HttpProtocolError")]
    {
        let mut client = server.client();
        client.send(format!("POST /received HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n{body}"));
        let response = client.read().text();
        assert!(response.contains(told), "{body:?}: {response}");
    }
    let mut client = server.client();
    client.send("POST /received HTTP/1.1\r\nhost: a\r\ncontent-length: 10\r\n\r\nabc");
    client.finish();
    server.wait_for_line("a body that is not what its protocol wants");
    let metrics = crate::client::Client::new(std::net::TcpStream::connect(&admin).unwrap()).get("/metrics").text();
    assert!(metrics.lines().any(|line| line == "tambo_malformed_total 2"), "{metrics}");
    server.assert_serves();
}

#[test]
fn attack_15_length_and_chunks_together_smuggle_nothing() {
    let server = Server::start(&[]);
    let mut client = server.client();
    client.send(
        "POST /length HTTP/1.1\r\nhost: a\r\ncontent-length: 6\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n\
         GET /trap HTTP/1.1\r\nhost: a\r\n\r\n",
    );
    let first = client.read();
    assert_eq!((first.status, first.text().as_str()), (200, "0"), "the chunks count");
    assert!(client.is_closed(), "what follows might be meant as a part of the body");
    assert!(!server.lines().iter().any(|line| line.contains("trapped:")));
    server.assert_serves();
}

#[test]
fn attack_16_slow_heads_and_bodies_are_closed_and_harm_nobody() {
    let server = Server::start(&["--head-timeout", "1s", "--idle-timeout", "1s"]);
    let mut slow: Vec<_> = (0..50).map(|_| server.client()).collect();
    for client in &mut slow {
        client.send("GET /hello HTTP/1.1\r\nhost: te");
    }
    let mut body = server.client();
    body.send("POST /length HTTP/1.1\r\nhost: test\r\ncontent-length: 100\r\n\r\nabc");
    let silent = server.connect();
    server.assert_serves();
    let begin = Instant::now();
    assert!(slow.iter_mut().all(|client| client.is_closed()));
    assert!(body.is_closed());
    assert!(crate::client::Client::new(silent).is_closed());
    assert!(begin.elapsed() < Duration::from_secs(20));
    server.assert_serves();
    let told = server.lines().iter().filter(|line| line.contains("connection closed")).count();
    assert!((1..=8).contains(&told), "{:#?}", server.lines());
}

#[test]
fn attack_16_who_does_not_read_a_response_is_closed() {
    let server = Server::start(&["--idle-timeout", "1s", "--max-concurrency", "1", "--workers", "1"]);
    let mut client = server.client();
    client.send("GET /bytes?500000000 HTTP/1.1\r\nhost: test\r\n\r\n");
    std::thread::sleep(Duration::from_millis(500));
    assert_eq!(server.get("/hello").0, 503);
    let begin = Instant::now();
    while server.get("/hello").0 != 200 {
        assert!(begin.elapsed() < Duration::from_secs(20), "the guest still writes");
        std::thread::sleep(Duration::from_millis(100));
    }
    server.wait_for_line("a body that stands still");
}

#[test]
fn attack_13_guests_that_take_all_descriptors_leave_some_to_the_server() {
    let mut command = Command::new("sh");
    command.env_clear().args(["-c", "ulimit -n 400; exec \"$0\" \"$@\""]).arg(env!("CARGO_BIN_EXE_tambo"));
    command.args(["serve", "--addr", "127.0.0.1:0", "--workers", "1", "--inherit-network"]).arg(web());
    let server = Server::spawn(command);
    let mut hoarders: Vec<_> = (0..12).map(|_| server.client()).collect();
    let held: Vec<u32> = hoarders.iter_mut().map(|client| client.get("/hoard?20000").text().parse().unwrap()).collect();
    assert!(held.iter().all(|held| *held <= 50) && held[0] == 50, "an eighth for each: {held:?}");
    let all: u32 = held.iter().sum();
    assert!((150..300).contains(&all), "three quarters for all: {held:?}");
    for _ in 0..40 {
        server.assert_serves();
    }
}
