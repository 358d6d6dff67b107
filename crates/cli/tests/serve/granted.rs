//! What a handler reaches outside of itself: nothing, unless an option of the server grants it.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpListener;

use crate::server::{Server, web};

/// Answers each connection's line, and its port.
fn peer() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            let mut line = String::new();
            BufReader::new(&stream).read_line(&mut line).unwrap();
            (&stream).write_all(line.to_uppercase().as_bytes()).unwrap();
        }
    });
    port
}

#[test]
fn a_handler_connects_where_a_rule_allows_it() {
    let (allowed, other) = (peer(), peer());
    let rule = format!("tcp:127.0.0.1:{allowed}");
    for engine in ["wasmtime", "wasmi"] {
        let server = Server::start(&["--engine", engine, "--allow-net", &rule]);
        for _ in 0..2 {
            assert_eq!(server.get(&format!("/connect?{allowed}")), (200, "heard PING\n".to_owned()), "{engine}");
        }
        assert_eq!(server.get(&format!("/connect?{other}")).1, "access-denied", "{engine}");
    }
}

#[test]
fn a_handler_connects_nowhere_or_everywhere() {
    let port = peer();
    let connect = format!("/connect?{port}");
    let denied = Server::start(&[]);
    assert_eq!(denied.get(&connect), (200, "access-denied".to_owned()));
    let elsewhere = Server::start(&["--allow-net", "tcp:*:*"]);
    assert_eq!(elsewhere.get(&connect).1, "access-denied", "what is near has to be named");
    let everywhere = Server::start(&["--inherit-network"]);
    assert_eq!(everywhere.get(&connect).1, "heard PING\n");
}

#[test]
fn a_handler_asks_servers_that_a_rule_allows() {
    let other = Server::start(&[]);
    let port = other.address.port();
    let fetch = format!("/fetch?127.0.0.1:{port}/hello");
    let denied = Server::start(&["--allow-net", "tcp:*:*"]);
    assert_eq!(denied.get(&fetch).1, "ErrorCode::HttpRequestDenied", "what is near has to be named");
    let (request, socket) = (format!("GET http://127.0.0.1:{port}"), format!("tcp:127.0.0.1:{port}"));
    for options in [&["--allow-http", &request][..], &["--allow-net", &socket], &["--inherit-network"]] {
        let allowed = Server::start(options);
        for _ in 0..3 {
            assert_eq!(allowed.get(&fetch), (200, "hello, world\n".to_owned()), "{options:?}");
        }
    }
    let requests_only = Server::start(&["--allow-http", &request]);
    assert_eq!(requests_only.get(&format!("/connect?{port}")).1, "access-denied", "requests allow no sockets");
}

#[test]
fn a_handler_has_the_directories_and_variables_of_the_options() {
    let directory = tempfile::tempdir().unwrap();
    std::fs::write(directory.path().join("file"), "contents").unwrap();
    let variables = directory.path().join("variables");
    std::fs::write(&variables, "FIRST=file\nSECOND=file\n").unwrap();
    let (directory, variables) = (directory.path().display().to_string(), variables.display().to_string());
    let options = ["--dir", &format!("{directory}::/:ro"), "--env-file", &variables, "--env", "SECOND=option"];
    let server = Server::start(&options);
    assert_eq!(server.get("/read?file"), (200, "contents".to_owned()));
    assert_eq!(server.get("/read?../file").1, "not-permitted");
    assert_eq!((server.get("/variable?FIRST").1, server.get("/variable?SECOND").1), ("file".into(), "option".into()));
    let bare = Server::start_with(&web(), &[]);
    assert_eq!((bare.get("/read?file").1, bare.get("/variable?FIRST").1), ("no directory".into(), "unset".into()));
}

/// A directory whose path means something else soon after it was granted, and a server that knows better.
fn moved(options: &[&str]) -> (tempfile::TempDir, Server) {
    let place = tempfile::tempdir().unwrap();
    let [granted, aside, secret] = ["granted", "aside", "secret"].map(|name| place.path().join(name));
    for (directory, contents) in [(&granted, "granted"), (&secret, "secret")] {
        std::fs::create_dir(directory).unwrap();
        std::fs::write(directory.join("file"), contents).unwrap();
    }
    let server = Server::start(&[options, &["--dir", &format!("{}::/", granted.display())]].concat());
    assert_eq!(server.get("/read?file").1, "granted");
    // As a guest can, if the directory lies in another one that it may change.
    std::fs::rename(&granted, aside).unwrap();
    std::os::unix::fs::symlink(secret, &granted).unwrap();
    (place, server)
}

#[test]
fn a_directory_stays_what_it_was_when_it_was_granted() {
    for options in [&["--workers", "1"][..], &["--workers", "2"], &["--workers", "2", "--threads"]] {
        let (_place, server) = moved(options);
        server.signal("HUP");
        server.wait_for_line("reloaded");
        for _ in 0..8 {
            assert_eq!(server.get("/read?file").1, "granted", "{options:?}");
        }
    }
}

#[test]
fn a_worker_that_is_started_again_gets_the_directory_of_the_one_before() {
    let (_place, server) = moved(&["--admin", "127.0.0.1:0"]);
    for worker in server.workers() {
        crate::server::signal(worker, "KILL");
    }
    let admin = crate::processes::Admin::of(&server);
    crate::processes::wait_until("no other workers", || {
        admin.value("tambo_workers_restarted_total") == 2 && admin.value("tambo_workers") == 2
    });
    for _ in 0..8 {
        assert_eq!(server.get("/read?file").1, "granted");
    }
}
