//! What works: both protocols, bodies both ways, trailers, connections that are kept.

use crate::frames::{Connection, END_STREAM};
use crate::server::Server;

#[test]
fn a_connection_is_kept_and_pipelined() {
    let server = Server::start(&[]);
    let mut client = server.client();
    for _ in 0..3 {
        let response = client.get("/hello");
        assert_eq!((response.status, response.text().as_str()), (200, "hello, world\n"));
        assert_eq!(response.field("content-length"), Some("13"), "a short body has a length");
    }
    let one = "GET /hello HTTP/1.1\r\nhost: test\r\n\r\n";
    client.send(one.repeat(5));
    for _ in 0..5 {
        assert_eq!(client.read().text(), "hello, world\n");
    }
    client.send("HEAD /hello HTTP/1.1\r\nhost: test\r\nconnection: close\r\n\r\n");
    assert_eq!(client.line().as_deref(), Some("HTTP/1.1 200 OK"));
}

#[test]
fn a_guest_sees_the_request() {
    let server = Server::start(&[]);
    let mut client = server.client();
    client.send("GET /a/request?q=1 HTTP/1.1\r\nHost: shop.example:81\r\nX-One: a\r\nx-one: b\r\nConnection: x-gone\r\nX-Gone: 1\r\n\r\n");
    let told = client.read().text();
    for line in [
        "method Method::Get",
        "scheme Some(Scheme::Http)",
        "authority Some(\"shop.example:81\")",
        "path Some(\"/a/request?q=1\")",
        "x-one: a",
        "x-one: b",
    ] {
        assert!(told.lines().any(|found| found == line), "{line}\n{told}");
    }
    assert!(!told.to_lowercase().contains("x-gone"), "attack 15: {told}");
}

#[test]
fn bodies_stream_both_ways() {
    let server = Server::start(&[]);
    let mut client = server.client();
    client.send("POST /echo HTTP/1.1\r\nhost: test\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n");
    assert_eq!(client.line().as_deref(), Some("HTTP/1.1 200 OK"));
    while client.line().is_some_and(|line| !line.is_empty()) {}
    assert_eq!((client.line(), client.line()), (Some("5".into()), Some("hello".into())), "before the request's end");
    client.send("6\r\n again\r\n0\r\n\r\n");
    assert_eq!((client.line(), client.line()), (Some("6".into()), Some(" again".into())));
    assert_eq!((client.line(), client.line()), (Some("0".into()), Some(String::new())));

    let body = vec![b'z'; 1 << 20];
    client.send(format!("POST /echo HTTP/1.1\r\nhost: test\r\ncontent-length: {}\r\n\r\n", body.len()));
    let mut writer = server.client();
    drop(writer.get("/hello"));
    client.send(&body);
    let response = client.read();
    assert!(response.is_whole && response.body == body);
    assert_eq!(server.get("/bytes?3000000").1.len(), 3_000_000);
}

#[test]
fn trailers_are_sent() {
    let server = Server::start(&[]);
    let mut client = server.client();
    client.send("GET /trailers HTTP/1.1\r\nhost: test\r\nte: trailers\r\n\r\n");
    let response = client.read();
    assert_eq!(response.text(), "with trailers\n");
    assert_eq!(response.trailers, [("x-end".to_owned(), "here".to_owned())]);
}

#[test]
fn trailers_that_the_head_did_not_announce_are_sent_if_they_were_known_by_then() {
    for engine in ["wasmtime", "wasmi"] {
        let server = Server::start(&["--engine", engine]);
        let mut client = server.client();
        let mut ask = |path: &str, te: &str| {
            client.send(format!("GET {path} HTTP/1.1\r\nhost: test\r\n{te}\r\n"));
            let response = client.read();
            assert_eq!((response.text().as_str(), response.is_whole), ("with trailers\n", true), "{engine} {path}");
            response
        };
        let known = ask("/late-trailers", "te: trailers\r\n");
        assert_eq!(known.field("trailer"), Some("x-end, x-more"));
        assert_eq!(known.trailers.len(), 2, "{engine}");
        assert!(ask("/late-trailers", "").trailers.is_empty(), "the client did not ask for them");
        assert!(ask("/late-trailers?200", "te: trailers\r\n").trailers.is_empty(), "the head is gone by then");
    }
}

#[test]
fn http_2_by_prior_knowledge() {
    let server = Server::start(&[]);
    let mut connection = Connection::open(server.connect());
    for stream in [1, 3, 5] {
        connection.request(stream, "GET", "/hello", END_STREAM);
    }
    for _ in 0..3 {
        connection.wait_for_end();
    }
    for stream in [1, 3, 5] {
        assert_eq!(connection.status(stream), Some(200));
        assert_eq!(connection.body(stream), b"hello, world\n");
    }
    connection.request(7, "POST", "/echo", 0);
    connection.data(7, b"ping", 0);
    connection.data(7, b"pong", END_STREAM);
    connection.wait_for_end();
    assert_eq!(connection.body(7), b"pingpong");
    connection.request(9, "GET", "/trap", END_STREAM);
    connection.wait_for_end();
    assert_eq!(connection.status(9), Some(500));
}

#[test]
fn components_answer_by_host_and_path() {
    let directory = tempfile::tempdir().unwrap();
    let web = crate::server::web();
    let web = web.display();
    let routes = directory.path().join("routes.toml");
    let text = format!(
        "[[component]]\nfile = '{web}'\npath = '/kept'\nreuse = 10\n[[component]]\nfile = '{web}'\nhost = 'fresh.example'\n"
    );
    std::fs::write(&routes, text).unwrap();
    let server = Server::start_with(&routes, &["--workers", "1", "--no-watch"]);
    let ask = |host: &str, path: &str| {
        let mut client = server.client();
        client.send(format!("GET {path} HTTP/1.1\r\nhost: {host}\r\n\r\n"));
        let response = client.read();
        (response.status, response.text())
    };
    assert_eq!(ask("a", "/kept/count"), (200, "1".to_owned()));
    // A guest may go on for a moment after its response, and then another instance is the next one's.
    assert!((0..9).any(|_| ask("a", "/kept/count") == (200, "2".to_owned())));
    for host in ["fresh.example:80", "fresh.example", "FRESH.example.", "fresh.example.:80"] {
        assert_eq!(ask(host, "/count"), (200, "1".to_owned()));
    }
    assert_eq!(ask("a", "/count").0, 404);
    for host in ["fresh.example:x", "fresh.example:80:80", "a:65536", "user@fresh.example", "[::1]x"] {
        assert_eq!(ask(host, "/kept/count").0, 400, "{host}");
    }
}

/// There is room for one instance, and one of another component waits in it to be used again.
#[test]
fn instances_that_wait_make_room_for_others() {
    let directory = tempfile::tempdir().unwrap();
    let web = crate::server::web();
    let web = web.display();
    let routes = directory.path().join("routes.toml");
    let text = format!("[[component]]\nfile = '{web}'\npath = '/one'\n[[component]]\nfile = '{web}'\npath = '/two'\n");
    std::fs::write(&routes, text.replace("path", "reuse = 100\npath")).unwrap();
    let server = Server::start_with(&routes, &["--workers", "1", "--no-watch", "--max-concurrency", "1"]);
    for _ in 0..3 {
        for path in ["/one/hello", "/two/hello"] {
            // The guest before may go on for a moment after its response, and there is one place.
            let answered = (0..100).any(|_| server.get(path).0 == 200);
            assert!(answered, "{path}");
        }
    }
}
