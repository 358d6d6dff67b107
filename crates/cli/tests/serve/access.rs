//! The access log: what it says of each request, and where its lines go.

use std::path::Path;
use std::time::{Duration, Instant};

use crate::frames::{Connection, END_STREAM, NO_WINDOW, RST_STREAM, frame};
use crate::server::{PATIENCE, Server};

/// Wait for a line with these words beside each other; answers it.
fn wait_for(log: &Path, words: &str) -> String {
    let begin = Instant::now();
    loop {
        let text = std::fs::read_to_string(log).unwrap_or_default();
        if let Some(line) = text.lines().find(|line| line.contains(words)) {
            return line.to_owned();
        }
        assert!(begin.elapsed() < PATIENCE, "no {words:?} in {text}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// The end of the line with these words.
fn end(log: &Path, words: &str) -> String {
    wait_for(log, words).rsplit(' ').next().unwrap().to_owned()
}

fn start(log: &Path, options: &[&str]) -> Server {
    Server::start(&[&[&*format!("--access-log={}", log.display())], options].concat())
}

#[test]
fn a_response_is_whole_if_its_end_was_sent() {
    let directory = tempfile::tempdir().unwrap();
    let log = directory.path().join("access");
    let server = start(&log, &[]);
    let mut client = server.client();
    client.send("HEAD /bytes?100000 HTTP/1.1\r\nhost: test\r\n\r\n");
    for path in ["/hello", "/bytes?100001", "/drip?20", "/status?204", "/trailers", "/nowhere"] {
        server.get(path);
        assert_eq!(end(&log, &format!(" GET {path} ")), "whole", "{path}");
    }
    assert_eq!(end(&log, " HEAD /bytes?100000 "), "whole");
    let mut connection = Connection::open(server.connect());
    for (number, path) in ["/hello?2", "/bytes?60000", "/drip?21", "/status?304"].into_iter().enumerate() {
        connection.request(2 * number as u32 + 1, "GET", path, END_STREAM);
        connection.wait_for_end();
        assert_eq!(end(&log, &format!(" GET {path} ")), "whole", "{path}");
    }
}

#[test]
fn a_response_that_was_not_taken_is_broken() {
    let directory = tempfile::tempdir().unwrap();
    let log = directory.path().join("access");
    let server = start(&log, &[]);
    let mut client = server.client();
    client.send("GET /bytes?50000000 HTTP/1.1\r\nhost: test\r\n\r\n");
    assert!(client.line().is_some());
    drop(client);
    assert_eq!(end(&log, " GET /bytes?50000000 200 "), "broken");
    let mut client = server.client();
    client.send("GET /drip?300 HTTP/1.1\r\nhost: test\r\n\r\n");
    assert!(client.line().is_some());
    drop(client);
    assert_eq!(end(&log, " GET /drip?300 200 "), "broken");
    let mut client = server.client();
    client.send("GET /slow?3000 HTTP/1.1\r\nhost: test\r\n\r\n");
    std::thread::sleep(Duration::from_millis(300));
    drop(client);
    assert_eq!(end(&log, " GET /slow?3000 0 "), "broken");
    // All of the first is with the server's library, and nothing of it with the client.
    let mut connection = Connection::open_with(server.connect(), &NO_WINDOW);
    for (stream, path) in [(1, "/bytes?40000"), (3, "/bytes?5000000")] {
        connection.request(stream, "GET", path, END_STREAM);
        std::thread::sleep(Duration::from_millis(300));
        connection.send(&frame(RST_STREAM, 0, stream, &8u32.to_be_bytes()));
        assert_eq!(end(&log, &format!(" GET {path} 200 ")), "broken");
    }
    server.get("/trap-after");
    assert_eq!(end(&log, " GET /trap-after 200 "), "broken");
}

#[test]
fn a_log_is_appended_to_and_may_be_moved_away() {
    let directory = tempfile::tempdir().unwrap();
    let (log, aside) = (directory.path().join("access"), directory.path().join("access.1"));
    std::fs::write(&log, "of a run before\n").unwrap();
    for options in [&["--workers", "1"][..], &["--workers", "2"], &["--workers", "2", "--threads"]] {
        let server = start(&log, &[options, &["--no-watch"]].concat());
        server.get("/hello?first");
        wait_for(&log, "/hello?first");
        assert!(std::fs::read_to_string(&log).unwrap().starts_with("of a run before\n"), "{options:?}");
        std::fs::rename(&log, &aside).unwrap();
        server.signal("HUP");
        server.wait_for_line("reloaded");
        // Every worker writes to the new file.
        for number in 0..40 {
            server.get(&format!("/hello?{number}"));
        }
        for number in 0..40 {
            wait_for(&log, &format!(" /hello?{number} "));
        }
        let before = std::fs::read_to_string(&aside).unwrap();
        assert!(before.contains("/hello?first ") && !before.contains("/hello?39 "), "{options:?}: {before}");
        drop(server);
        std::fs::rename(&aside, &log).unwrap();
    }
}
