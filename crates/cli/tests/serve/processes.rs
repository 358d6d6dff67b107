//! Workers that are processes: what one of them meets harms no other, and none is left behind.

use std::collections::BTreeSet;
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use crate::client::Client;
use crate::server::{PATIENCE, Server, exists, signal};

pub(crate) fn wait_until(what: &str, mut is_so: impl FnMut() -> bool) {
    let begin = Instant::now();
    while !is_so() {
        assert!(begin.elapsed() < PATIENCE, "{what}");
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// What the access log says: clients, and the numbers of the workers that answered them.
fn answered(log: &Path) -> Vec<(SocketAddr, u32)> {
    let text = std::fs::read_to_string(log).unwrap();
    text.lines()
        .map(|line| {
            let fields: Vec<_> = line.split(' ').collect();
            assert_eq!(fields.len(), 9, "a line is torn: {line:?}");
            (fields[2].parse().unwrap(), fields[1].split_once('-').unwrap().0.parse().unwrap())
        })
        .collect()
}

/// Ask on new connections until two workers have answered; answers how many there were.
fn ask_both(server: &Server, log: &Path) -> usize {
    let mut count = 0;
    wait_until("one worker answers all", || {
        for _ in 0..10 {
            assert_eq!(server.get("/hello").0, 200);
            count += 1;
        }
        std::thread::sleep(Duration::from_millis(200));
        let workers: BTreeSet<u32> = answered(log).into_iter().map(|(_, worker)| worker).collect();
        workers.len() == 2
    });
    count
}

/// The lines of `/metrics`, once they are there.
pub(crate) struct Admin(String);

impl Admin {
    pub(crate) fn of(server: &Server) -> Self {
        let line = server.wait_for_line("metrics at http://").swap_remove(0);
        Self(line.trim_end_matches("/metrics").rsplit("//").next().unwrap().to_owned())
    }

    pub(crate) fn value(&self, name: &str) -> u64 {
        let text = Client::new(TcpStream::connect(&self.0).unwrap()).get("/metrics").text();
        let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
        line.unwrap_or_else(|| panic!("no {name} in {text}")).parse().unwrap()
    }
}

const ANSWERED: &str = "tambo_requests_total{status=\"2xx\"}";

#[test]
fn all_workers_answer_and_are_counted_together() {
    let directory = tempfile::tempdir().unwrap();
    let log = directory.path().join("access");
    let server = Server::start(&["--admin", "127.0.0.1:0", &format!("--access-log={}", log.display())]);
    let workers = server.workers();
    assert_eq!(workers.len(), 2);
    let count = ask_both(&server, &log) as u64;
    let admin = Admin::of(&server);
    assert_eq!(admin.value(ANSWERED), count);
    assert_eq!(admin.value("tambo_request_seconds_count"), count);
    assert_eq!((admin.value("tambo_workers"), admin.value("tambo_workers_silent")), (2, 0));
    signal(workers[0], "STOP");
    assert_eq!((admin.value("tambo_workers_silent"), admin.value(ANSWERED)), (1, count), "what it said last counts");
    signal(workers[0], "KILL");
    wait_until("no other worker", || admin.value("tambo_workers_restarted_total") == 1);
    wait_until("it does not serve", || admin.value("tambo_workers") == 2);
    assert_eq!(admin.value(ANSWERED), count, "what is gone was counted");
    server.assert_serves();
    assert_eq!(admin.value(ANSWERED), count + 4);
    server.signal("HUP");
    server.wait_for_line("reloaded");
    assert_eq!(admin.value("tambo_reloads_total{outcome=\"ok\"}"), 1, "not once for each worker");
}

/// Ask on one connection, until told to stop; answers the connection's address, and whether it broke.
fn ask_on(address: SocketAddr, stop: &AtomicBool) -> (SocketAddr, bool) {
    let stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    let own = stream.local_addr().unwrap();
    let mut client = Client::new(stream.try_clone().unwrap());
    while !stop.load(Ordering::Relaxed) {
        let sent = std::io::Write::write_all(&mut &stream, b"GET /hello HTTP/1.1\r\nhost: test\r\n\r\n");
        match client.try_read().filter(|_| sent.is_ok()) {
            Some(response) if response.is_whole => assert_eq!(response.status, 200),
            _ => return (own, true),
        }
    }
    (own, false)
}

#[test]
fn a_worker_that_is_killed_under_load_is_replaced_and_no_other_harmed() {
    let directory = tempfile::tempdir().unwrap();
    let log = directory.path().join("access");
    let mut server = Server::start(&[&format!("--access-log={}", log.display())]);
    ask_both(&server, &log);
    let workers = server.workers();
    let stop = AtomicBool::new(false);
    let ends: Vec<_> = std::thread::scope(|scope| {
        let clients: Vec<_> = (0..12).map(|_| scope.spawn(|| ask_on(server.address, &stop))).collect();
        std::thread::sleep(Duration::from_millis(500));
        signal(workers[1], "KILL");
        wait_until("it lives", || !server.workers().contains(&workers[1]));
        // Some of these come to the socket of the one that is gone, and are answered by the next.
        for _ in 0..50 {
            assert_eq!(server.get("/hello").0, 200);
        }
        wait_until("no other worker", || server.workers().len() == 2);
        std::thread::sleep(Duration::from_millis(300));
        stop.store(true, Ordering::Relaxed);
        clients.into_iter().map(|client| client.join().unwrap()).collect()
    });
    server.wait_for_line("a worker has ended, another one is started");
    server.signal("TERM");
    assert_eq!(server.wait(), Some(0));
    let log = answered(&log);
    let of = |is_broken: bool| -> BTreeSet<u32> {
        let of = ends.iter().filter(|(_, broken)| *broken == is_broken).map(|(client, _)| client);
        of.filter_map(|client| log.iter().find(|(peer, _)| peer == client)).map(|(_, worker)| *worker).collect()
    };
    assert_eq!(of(true), BTreeSet::from([1]), "connections of the killed worker alone break: {ends:?}");
    assert_eq!(of(false), BTreeSet::from([0]), "{ends:?}");
    assert!(log.iter().any(|(_, worker)| *worker == 2), "the new one has a number of its own");
}

#[test]
fn a_worker_that_always_ends_is_given_up() {
    let mut server = Server::start(&[]);
    let keep = server.workers()[0];
    let mut killed = BTreeSet::new();
    wait_until("it goes on", || {
        for worker in server.workers().into_iter().filter(|worker| *worker != keep) {
            if killed.insert(worker) {
                signal(worker, "KILL");
            }
        }
        server.lines().iter().any(|line| line.contains("soon after its start"))
    });
    assert_eq!(server.wait(), Some(2));
    assert_eq!(killed.len(), 6, "{:#?}", server.lines());
    assert!(!exists(keep));
}

#[test]
fn workers_end_when_their_supervisor_is_killed() {
    let mut server = Server::start(&[]);
    let workers = server.workers();
    assert_eq!(workers.len(), 2);
    let mut clients: Vec<_> = (0..8).map(|_| server.client()).collect();
    clients.iter_mut().for_each(|client| client.send("GET /slow?1000 HTTP/1.1\r\nhost: test\r\n\r\n"));
    std::thread::sleep(Duration::from_millis(300));
    server.signal("KILL");
    assert_eq!(server.wait(), None);
    assert!(clients.iter_mut().all(|client| client.read().status == 200), "what was begun is done");
    wait_until("a worker is left", || !workers.iter().any(|worker| exists(*worker)));
}

#[test]
fn workers_hear_their_supervisor_only() {
    let mut server = Server::start(&[]);
    let workers = server.workers();
    for worker in &workers {
        ["TERM", "INT", "HUP"].iter().for_each(|name| signal(*worker, name));
    }
    server.assert_serves();
    std::thread::sleep(Duration::from_millis(300));
    server.assert_serves();
    assert_eq!(server.workers(), workers);
    // A service manager sends it to all.
    workers.iter().for_each(|worker| signal(*worker, "TERM"));
    server.signal("TERM");
    assert_eq!(server.wait(), Some(0));
    assert!(server.lines().is_empty(), "{:#?}", server.lines());
}

#[test]
fn the_leader_is_replaced_and_still_watches() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("app.wasm");
    std::fs::copy(crate::server::web(), &file).unwrap();
    let server = Server::start_with(&file, &[]);
    // It is started first, so its number is the smaller one, unless numbers have just begun anew.
    let first = server.workers();
    let leader = first[0];
    signal(leader, "KILL");
    server.wait_for_line("a worker has ended, another one is started");
    wait_until("no other worker", || server.workers().len() == 2 && !server.workers().contains(&leader));
    let reloads = || server.lines().iter().filter(|line| *line == "reloaded").count();
    wait_until("nobody watches", || {
        // The new one may have begun with the last change: then it sees the next.
        let new = directory.path().join("new");
        std::fs::copy(crate::server::web(), &new).unwrap();
        std::fs::rename(&new, &file).unwrap();
        server.assert_serves();
        std::thread::sleep(Duration::from_secs(1));
        reloads() > 0
    });
    // Long enough for what is still under way.
    std::thread::sleep(Duration::from_secs(1));
    let before = reloads();
    // The newest process is the one that leads.
    signal(server.workers().into_iter().find(|worker| !first.contains(worker)).unwrap(), "KILL");
    server.signal("HUP");
    wait_until("a signal is lost between two leaders", || reloads() > before);
}

#[test]
fn what_is_no_worker_says_so() {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tambo"));
    let output = command.args(["serve", "app.wasm"]).env("TAMBO_WORKER", "1").output().unwrap();
    let told = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.code() == Some(2) && told.contains("this process is no worker"), "{told}");
}
