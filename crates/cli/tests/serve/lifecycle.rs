//! Beginning, replacing and ending: no request is lost on the way.

use std::fs;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::{Duration, Instant};

use crate::frames::{Connection, END_STREAM};
use crate::server::{PATIENCE, Server, exists, exit_code, signal, web};

#[test]
fn signals_end_it_when_requests_are_done() {
    for (signal, options) in [("INT", &[][..]), ("TERM", &[]), ("TERM", &["--threads"])] {
        let mut server = Server::start(options);
        let workers = server.workers();
        assert_eq!(workers.len(), if options.is_empty() { 2 } else { 0 }, "processes, or threads");
        let mut resting = server.client();
        assert_eq!(resting.get("/hello").status, 200);
        let mut busy: Vec<_> = (0..8).map(|_| server.client()).collect();
        for client in &mut busy {
            client.send("GET /slow?1000 HTTP/1.1\r\nhost: test\r\n\r\n");
        }
        let mut multiplexed = Connection::open(server.connect());
        multiplexed.request(1, "GET", "/slow?1000", END_STREAM);
        let mut streaming = server.client();
        streaming.send("GET /drip?200 HTTP/1.1\r\nhost: test\r\n\r\n");
        std::thread::sleep(Duration::from_millis(400));
        let begin = Instant::now();
        server.signal(signal);
        for client in &mut busy {
            let response = client.read();
            assert_eq!((response.status, response.text().as_str()), (200, "slow\n"));
        }
        assert!(multiplexed.read_to_end(), "GOAWAY");
        assert_eq!(multiplexed.status(1), Some(200));
        let streamed = streaming.read();
        assert!(streamed.is_whole && streamed.text().lines().count() == 5);
        assert!(resting.is_closed());
        assert_eq!(server.wait(), Some(0), "{signal}");
        assert!(!workers.into_iter().any(exists), "{signal}");
        assert!(begin.elapsed() < Duration::from_secs(20), "nobody is waited for until the time of grace is over");
    }
}

#[test]
fn a_client_that_answers_no_ping_does_not_hold_up_the_end() {
    let mut server = Server::start(&[]);
    let mut connection = Connection::open(server.connect());
    connection.answers_pings = false;
    connection.request(1, "GET", "/slow?1000", END_STREAM);
    std::thread::sleep(Duration::from_millis(300));
    let begin = Instant::now();
    server.signal("TERM");
    assert!(connection.read_to_end(), "GOAWAY");
    assert_eq!(connection.status(1), Some(200));
    assert_eq!(server.wait(), Some(0));
    assert!(begin.elapsed() < Duration::from_secs(20), "the time of grace is 30 s: {:?}", begin.elapsed());
}

#[test]
fn requests_that_do_not_end_are_cut_off_after_the_time_of_grace() {
    let mut server = Server::start(&["--grace", "500ms"]);
    let mut client = server.client();
    client.send("GET /sleep HTTP/1.1\r\nhost: test\r\n\r\n");
    std::thread::sleep(Duration::from_millis(300));
    server.signal("TERM");
    assert!(client.is_closed());
    assert_eq!(server.wait(), Some(0));
    server.wait_for_line("the time of grace is over: 1 connections");
}

/// A component that takes seconds to compile, and is no handler.
fn slow(path: &Path) {
    let step = "local.get 0 i32.const 3 i32.mul local.get 0 i32.xor i32.const 7 i32.rotl local.set 0 ".repeat(60);
    let functions = format!("(func (param i32) (result i32) {step} local.get 0)\n").repeat(4000);
    let text = format!("(component (core module $m {functions}) (core instance (instantiate $m)))");
    fs::write(path, wat::parse_str(text).unwrap()).unwrap();
}

#[test]
fn a_signal_ends_a_server_whose_component_does_not_load() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("app.wasm");
    slow(&file);
    let mut child = Command::new(env!("CARGO_BIN_EXE_tambo"))
        .args(["serve", "--no-cache", "--addr", "127.0.0.1:0"])
        .arg(&file)
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let begin = Instant::now();
    while !catches(&child, SIGTERM) {
        assert!(begin.elapsed() < PATIENCE);
        std::thread::sleep(Duration::from_millis(10));
    }
    signal(child.id(), "TERM");
    let code = exit_code(&mut child);
    // It may be there still, if the test fails.
    let _ = child.kill();
    let _ = child.wait();
    assert_eq!(code, Some(Some(0)));
}

const SIGTERM: u32 = 15;

/// Whether a process has a handler for a signal (proc(5), `SigCgt`).
fn catches(child: &Child, signal: u32) -> bool {
    let status = fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigCgt:"));
    mask.is_some_and(|mask| u64::from_str_radix(mask.trim(), 16).unwrap() & (1 << (signal - 1)) != 0)
}

#[test]
fn signals_are_heard_while_a_component_loads() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("app.wasm");
    fs::copy(web(), &file).unwrap();
    let mut server = Server::start_with(&file, &["--grace", "20s", "--no-watch"]);
    let other = directory.path().join("other");
    slow(&other);
    fs::rename(&other, &file).unwrap();
    server.signal("HUP");
    let mut busy = server.client();
    busy.send("GET /slow?1000 HTTP/1.1\r\nhost: test\r\n\r\n");
    server.assert_serves();
    std::thread::sleep(Duration::from_millis(400));
    let begin = Instant::now();
    server.signal("TERM");
    assert_eq!(busy.read().text(), "slow\n", "grace applies");
    assert_eq!(server.wait(), Some(0));
    assert!(begin.elapsed() < Duration::from_secs(15), "{:?}", begin.elapsed());
    assert_eq!(count(&server.lines(), "reload"), 0);
}

#[test]
fn who_asks_while_it_loads_gets_another_load() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("app.wasm");
    fs::copy(web(), &file).unwrap();
    let server = Server::start_with(&file, &["--no-watch"]);
    let (other, kept) = (directory.path().join("other"), directory.path().join("kept"));
    slow(&other);
    fs::rename(&file, &kept).unwrap();
    fs::rename(&other, &file).unwrap();
    server.signal("HUP");
    std::thread::sleep(Duration::from_millis(300));
    fs::rename(&kept, &file).unwrap();
    server.signal("HUP");
    server.wait_for_line("what was served is kept");
    server.wait_for_line("reloaded");
    server.assert_serves();
}

#[test]
fn a_client_that_says_nothing_does_not_hold_up_the_end() {
    let mut server = Server::start(&[]);
    let mut silent = server.client();
    server.assert_serves();
    let begin = Instant::now();
    server.signal("TERM");
    assert!(silent.is_closed());
    assert_eq!(server.wait(), Some(0));
    assert!(begin.elapsed() < Duration::from_secs(8), "{:?}", begin.elapsed());
}

#[test]
fn who_is_connected_when_it_ends_is_answered() {
    for _ in 0..5 {
        let mut server = Server::start(&["--workers", "1"]);
        // While the server stands still the system makes connections for it; the signal is there when it goes on.
        let mut working = server.client();
        working.send("GET /work?600000000 HTTP/1.1\r\nhost: test\r\n\r\n");
        std::thread::sleep(Duration::from_millis(50));
        server.signal("STOP");
        let mut waiting: Vec<_> = (0..200).map(|_| server.client()).collect();
        server.signal("TERM");
        server.signal("CONT");
        for client in &mut waiting {
            client.send("GET /hello HTTP/1.1\r\nhost: test\r\n\r\n");
        }
        assert!(waiting.iter_mut().all(|client| client.read().status == 200));
        assert_eq!(working.read().status, 200);
        assert_eq!(server.wait(), Some(0));
    }
}

/// Make requests on several connections until told to stop; answers how many there were. All of them succeed.
fn load(server: &Server, work: impl FnOnce()) -> u32 {
    let (stop, count) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU32::new(0)));
    let address = server.address;
    let clients: Vec<_> = (0..4)
        .map(|_| {
            let (stop, count) = (stop.clone(), count.clone());
            std::thread::spawn(move || {
                let stream = std::net::TcpStream::connect(address).unwrap();
                stream.set_read_timeout(Some(PATIENCE)).unwrap();
                let mut client = crate::client::Client::new(stream);
                while !stop.load(Ordering::Relaxed) {
                    let response = client.get("/hello");
                    assert_eq!((response.status, response.is_whole), (200, true));
                    count.fetch_add(1, Ordering::Relaxed);
                }
            })
        })
        .collect();
    work();
    stop.store(true, Ordering::Relaxed);
    clients.into_iter().for_each(|client| client.join().unwrap());
    count.load(Ordering::Relaxed)
}

fn replace(target: &Path, bytes: &[u8]) {
    let new = target.with_extension("new");
    fs::write(&new, bytes).unwrap();
    fs::rename(new, target).unwrap();
}

fn count(lines: &[String], part: &str) -> usize {
    lines.iter().filter(|line| line.contains(part)).count()
}

#[test]
fn a_change_of_the_file_and_sighup_replace_it_under_load() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("app.wasm");
    let bytes = fs::read(web()).unwrap();
    // A custom section makes another component of it: what was just written and has the same content is no change.
    let other = [&bytes[..], b"\x00\x06\x05other"].concat();
    fs::write(&file, &bytes).unwrap();
    for options in [&[][..], &["--threads"]] {
        let server = Server::start_with(&file, options);
        let requests = load(&server, || {
            let begin = Instant::now();
            for round in 1..=3 {
                match round {
                    1 => replace(&file, &other),
                    2 => server.signal("HUP"),
                    _ => replace(&file, &bytes),
                }
                while count(&server.lines(), "reloaded") < round {
                    assert!(begin.elapsed() < PATIENCE, "{:#?}", server.lines());
                    std::thread::sleep(Duration::from_millis(20));
                }
            }
        });
        assert!(requests > 10, "{requests}");
        assert_eq!(count(&server.lines(), "reloaded"), 3, "once for all workers");
    }
}

#[test]
fn what_cannot_be_loaded_replaces_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("app.wasm");
    fs::copy(web(), &file).unwrap();
    let server = Server::start_with(&file, &[]);
    replace(&file, b"no component");
    server.wait_for_line("what was served is kept");
    server.assert_serves();
    // Whoever else looks at the file has done so by then.
    std::thread::sleep(Duration::from_secs(1));
    assert_eq!(count(&server.lines(), "what was served is kept"), 1, "{:#?}", server.lines());
}

/// What has to be read again for each worker is gone.
#[test]
fn what_a_worker_cannot_serve_is_not_reloaded() {
    let directory = tempfile::tempdir().unwrap();
    let (authorities, file) = (directory.path().join("ca.pem"), directory.path().join("app.wasm"));
    fs::copy(web(), &file).unwrap();
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    for options in [&["--workers", "1"][..], &["--workers", "2"], &["--workers", "2", "--threads"]] {
        fs::write(&authorities, made.cert.pem()).unwrap();
        let authorities_path = authorities.display().to_string();
        let granted = ["--allow-http", "GET https://example.com", "--http-ca", &authorities_path];
        let server = Server::start_with(&file, &[options, &granted, &["--no-watch"]].concat());
        fs::remove_file(&authorities).unwrap();
        server.signal("HUP");
        server.wait_for_line("what was served is kept");
        server.assert_serves();
        fs::write(&authorities, made.cert.pem()).unwrap();
        server.signal("HUP");
        let lines = server.wait_for_line("reloaded");
        assert_eq!(count(&lines, "reloaded"), 1, "{options:?} {lines:#?}");
        assert!(lines.last().unwrap() == "reloaded", "{lines:#?}");
        server.assert_serves();
    }
}

#[test]
fn what_is_no_file_is_told_and_files_are_loaded_afterwards() {
    for options in [&["--workers", "1"][..], &["--workers", "2"]] {
        let directory = tempfile::tempdir().unwrap();
        let (file, other) = (directory.path().join("app.wasm"), directory.path().join("other"));
        fs::copy(web(), &file).unwrap();
        // So old that it is known what it was.
        std::thread::sleep(Duration::from_millis(200));
        let server = Server::start_with(&file, options);
        assert!(Command::new("mkfifo").arg(&other).status().unwrap().success());
        fs::rename(&other, &file).unwrap();
        server.signal("HUP");
        server.wait_for_line("app.wasm: cannot read it: it is a pipe, no file");
        fs::remove_file(&file).unwrap();
        replace(&file, &fs::read(web()).unwrap());
        server.wait_for_line("reloaded");
        // Without a signal as well.
        std::thread::sleep(Duration::from_millis(300));
        fs::remove_file(&file).unwrap();
        fs::create_dir(&file).unwrap();
        server.wait_for_line("app.wasm: cannot read it: it is a directory, no file");
        server.assert_serves();
    }
}

#[test]
fn a_second_signal_ends_it_at_once() {
    for options in [&[][..], &["--threads"]] {
        let mut server = Server::start(options);
        let mut client = server.client();
        client.send("GET /sleep HTTP/1.1\r\nhost: test\r\n\r\n");
        std::thread::sleep(Duration::from_millis(300));
        let begin = Instant::now();
        server.signal("TERM");
        std::thread::sleep(Duration::from_millis(300));
        server.signal("TERM");
        assert!(client.is_closed());
        assert_eq!(server.wait(), Some(0));
        assert!(begin.elapsed() < Duration::from_secs(15), "the time of grace is 30 s: {:?}", begin.elapsed());
    }
}

#[test]
fn operators_see_what_happens() {
    let directory = tempfile::tempdir().unwrap();
    let log = directory.path().join("access");
    let option = format!("--access-log={}", log.display());
    let mut server = Server::start(&["--admin", "127.0.0.1:0", &option]);
    let line = server.wait_for_line("metrics at http://").swap_remove(0);
    let admin = line.trim_end_matches("/metrics").rsplit("//").next().unwrap().to_owned();
    let ask = |path: &str| crate::client::Client::new(std::net::TcpStream::connect(&admin).unwrap()).get(path);
    server.assert_serves();
    assert_eq!(server.get("/trap?secret").0, 500);
    let metrics = ask("/metrics").text();
    for line in
        ["tambo_requests_total{status=\"2xx\"} 4", "tambo_requests_total{status=\"5xx\"} 1", "tambo_traps_total 1"]
    {
        assert!(metrics.lines().any(|found| found == line), "{line}\n{metrics}");
    }
    assert_eq!((ask("/health").text().as_str(), ask("/other").status), ("ok\n", 404));
    let silent: Vec<_> = (0..80).map(|_| std::net::TcpStream::connect(&admin).unwrap()).collect();
    let begin = Instant::now();
    assert_eq!(ask("/health").text(), "ok\n");
    assert!(begin.elapsed() < Duration::from_secs(5), "who says nothing is in the way");
    drop(silent);
    server.signal("TERM");
    assert_eq!(server.wait(), Some(0));
    let log = fs::read_to_string(log).unwrap();
    assert_eq!(log.lines().filter(|line| line.contains(" GET /hello 200 13 ")).count(), 4, "{log}");
    assert_eq!(log.lines().filter(|line| line.contains(" GET /trap?secret 500 ")).count(), 1, "{log}");
}

#[test]
fn mistakes_are_told_before_anything_is_served() {
    let tambo = |arguments: &[&str]| {
        let output =
            std::process::Command::new(env!("CARGO_BIN_EXE_tambo")).arg("serve").args(arguments).output().unwrap();
        (output.status.code(), String::from_utf8(output.stderr).unwrap())
    };
    let (code, told) = tambo(&["--no-cache", "--addr", "127.0.0.1:0", "/nowhere.wasm"]);
    assert!(code == Some(2) && told.contains("/nowhere.wasm"), "{told}");
    assert_eq!(told.matches("error:").count(), 1, "{told}");
    let relaying = tambo_guests::component("faulty");
    let relaying = relaying.to_str().unwrap();
    let (code, told) = tambo(&["--no-cache", "--workers", "4", "--addr", "127.0.0.1:0", relaying]);
    assert!(code == Some(2) && told.contains("wasi:http/incoming-handler"), "{told}");
    assert_eq!(told.matches("error:").count(), 1, "{told}");
}
