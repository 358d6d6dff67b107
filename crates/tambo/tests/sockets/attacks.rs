//! The attack cases on sockets, by number (`attack-cases.md` of the design).

use std::net::{TcpListener, UdpSocket};
use std::time::Duration;

use tambo::Grant;
use tambo::kernel::Budget;

use crate::{allowed, on_each_engine, run};

/// What must not be reached by a guest that may connect to "everything".
const NEAR: &[&str] =
    &["127.0.0.1", "10.0.0.1", "169.254.169.254", "192.168.1.1", "[::1]", "[fd00:ec2::254]", "[fe80::1]"];

#[test]
fn attack_18_everything_is_not_what_is_near() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let port = listener.local_addr().unwrap().port();
    let remotes: Vec<String> = NEAR.iter().map(|host| format!("{host}:{port}")).collect();
    let mut arguments = vec!["connect"];
    arguments.extend(remotes.iter().map(String::as_str));
    let denied: Vec<String> = remotes.iter().map(|remote| format!("{remote} access-denied")).collect();
    on_each_engine(|runtime| {
        for rules in ["*:*", "tcp:connect:0.0.0.0/0:* tcp:connect:[::/0]:*", "*.example:* localhost.example:*"] {
            assert_eq!(run(runtime, allowed(rules), &arguments), denied, "{rules}");
        }
        let named = run(runtime, allowed("tcp:connect:127.0.0.1:*"), &arguments);
        assert_eq!(named[0], format!("127.0.0.1:{port} ok"));
        assert_eq!(named[1..], denied[1..]);
        assert!(listener.accept().is_ok() && listener.accept().is_err(), "reached by the one that named it, once");
    });
}

/// The second half of a rebinding: the guest did get the address from the resolver.
#[test]
fn attack_18_a_name_that_points_inside_reaches_nothing() {
    on_each_engine(|runtime| {
        // Every system's resolver answers this one with loopback.
        let lookup = run(runtime, allowed("dns:localhost"), &["resolve", "localhost", "example.com", "127.1"]);
        assert!(lookup[0].contains("127.0.0.1") || lookup[0].contains("::1"), "{lookup:?}");
        assert_eq!(lookup[1..], ["example.com access-denied", "127.1 invalid-argument"]);
        let connect = run(runtime, allowed("dns:localhost *:*"), &["connect", "127.0.0.1:9"]);
        assert_eq!(connect, ["127.0.0.1:9 access-denied"]);
    });
}

#[test]
fn attack_19_no_way_around_the_rules() {
    let (friend, stranger) = (UdpSocket::bind("127.0.0.1:0").unwrap(), UdpSocket::bind("127.0.0.1:0").unwrap());
    stranger.set_nonblocking(true).unwrap();
    let [to, not_to] = [&friend, &stranger].map(|socket| socket.local_addr().unwrap().to_string());
    let rules = format!("udp:connect:{to}");
    on_each_engine(|runtime| {
        assert_eq!(
            run(runtime, allowed(&rules), &["send", &to, &not_to, "169.254.169.254:53"]),
            [
                format!("send {to} ok"),
                format!("stream {to} ok"),
                format!("send {not_to} access-denied"),
                format!("stream {not_to} access-denied"),
                "send 169.254.169.254:53 access-denied".to_owned(),
                "stream 169.254.169.254:53 access-denied".to_owned(),
            ]
        );
        assert!(stranger.recv(&mut [0; 8]).is_err(), "nothing came through");
        assert_eq!(run(runtime, allowed(&rules), &["connect", &to]), [format!("{to} access-denied")], "by TCP");
        let listening = run(runtime, allowed("tcp:connect:*:443"), &["listen", "0.0.0.0:0", "127.0.0.1:8080"]);
        assert_eq!(listening, ["0.0.0.0:0 access-denied", "127.0.0.1:8080 access-denied"]);
        assert_eq!(run(runtime, allowed("tcp:listen:localhost:*"), &["listen", "127.0.0.1:0"]), ["127.0.0.1:0 ok"]);
        assert_eq!(run(runtime, Grant::new(), &["connect", &to]), [format!("{to} access-denied")]);
    });
}

#[test]
fn attack_19_a_port_to_send_from_hears_only_whom_it_may_send_to() {
    let (friend, stranger) = (UdpSocket::bind("127.0.0.1:0").unwrap(), UdpSocket::bind("127.0.0.1:0").unwrap());
    friend.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
    let remote = friend.local_addr().unwrap().to_string();
    let answer = || {
        let (_, guest) = friend.recv_from(&mut [0; 8]).unwrap();
        (0..5).for_each(|_| assert_eq!(stranger.send_to(b"x", guest).unwrap(), 1));
        friend.send_to(b"y", guest).unwrap();
    };
    on_each_engine(|runtime| {
        let sending = format!("udp:connect:{remote}");
        for (rules, heard) in [(sending.clone(), "heard 1"), (format!("{sending} udp:listen:*:*"), "heard 6")] {
            std::thread::scope(|scope| {
                let answered = scope.spawn(answer);
                assert_eq!(run(runtime, allowed(&rules), &["hear", &remote]), [heard]);
                answered.join().unwrap();
            });
        }
    });
}

#[test]
fn attack_13_sockets_and_lookups_are_bounded() {
    on_each_engine(|runtime| {
        let mut grant = allowed("*:*:*:*");
        grant.budget(Budget { sockets: 10, lookups: 5, ..Budget::default() });
        assert_eq!(run(runtime, grant.clone(), &["sockets"]), ["10 new-socket-limit", "another"]);
        assert_eq!(run(runtime, grant.clone(), &["lookups", "1.1.1.1"]), ["5 temporary-resolver-failure"]);
        let streams = run(
            runtime,
            {
                grant.inherit_network();
                grant
            },
            &["streams"],
        );
        assert_eq!(streams, [r#"Err("invalid-state")"#], "a thousand pairs later");
    });
}

/// Threads of the resolver: however many lookups a guest begins, they are few.
#[test]
fn attack_17_lookups_take_few_threads() {
    let threads = || std::fs::read_dir("/proc/self/task").unwrap().count();
    on_each_engine(|runtime| {
        let before = threads();
        let lookups = run(runtime, allowed("dns:*"), &["lookups", "nobody.invalid"]);
        assert_eq!(lookups, ["256 temporary-resolver-failure"]);
        assert!(threads() <= before + 8, "{} threads, and {before} before", threads());
    });
}

#[test]
fn attack_25_extreme_options_are_taken() {
    on_each_engine(|runtime| {
        assert_eq!(run(runtime, allowed("*:*"), &["options"]), ["Ok(true)"]);
    });
}
