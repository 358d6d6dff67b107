//! Guests that behave badly, or differently: what their clients get, and what is told, on every engine.

use std::time::Duration;

use crate::frames::{Connection, END_STREAM};
use crate::server::{Server, web};

/// Each test once for each engine.
macro_rules! on_both_engines {
    ($(fn $name:ident($engine:ident) $body:block)*) => {
        mod wasmtime {
            use super::*;
            $(#[test] fn $name() { let $engine = "wasmtime"; $body })*
        }
        mod wasmi {
            use super::*;
            $(#[test] fn $name() { let $engine = "wasmi"; $body })*
        }
    };
}

fn start(engine: &str, options: &[&str]) -> Server {
    Server::start(&[&["--engine", engine], options].concat())
}

/// A handler whose instances never come to be.
const ENDLESS_START: &str = r#"(component
    (import "wasi:http/types@0.2.0" (instance $types
        (export "incoming-request" (type (sub resource)))
        (export "response-outparam" (type (sub resource)))))
    (alias export $types "incoming-request" (type $request))
    (alias export $types "response-outparam" (type $out))
    (core module $module
        (func $start (loop $again (br $again)))
        (start $start)
        (func (export "handle") (param i32 i32)))
    (core instance $instance (instantiate $module))
    (func $handle (param "request" (own $request)) (param "response-out" (own $out))
        (canon lift (core func $instance "handle")))
    (component $interface
        (import "request" (type $request (sub resource)))
        (import "out" (type $out (sub resource)))
        (import "handle" (func $handle (param "request" (own $request)) (param "response-out" (own $out))))
        (export $exported-request "incoming-request" (type $request))
        (export $exported-out "response-outparam" (type $out))
        (export "handle" (func $handle)
            (func (param "request" (own $exported-request)) (param "response-out" (own $exported-out)))))
    (instance $handler (instantiate $interface
        (with "request" (type $request)) (with "out" (type $out)) (with "handle" (func $handle))))
    (export "wasi:http/incoming-handler@0.2.0" (instance $handler)))"#;

on_both_engines! {
    fn a_trap_is_500_and_told_with_its_place(engine) {
        let server = start(engine, &[]);
        assert_eq!(server.get("/trap").0, 500);
        let lines = server.wait_for_line("trapped:");
        assert!(lines.iter().any(|line| line.starts_with("[web ") && line.contains("unreachable")), "{lines:#?}");
        // The interpreter knows no backtraces.
        if engine == "wasmtime" {
            server.wait_for_line("web/src/lib.rs:");
        }
        server.assert_serves();
    }

    fn a_trap_before_anything_was_sent_is_500_whatever_was_answered(engine) {
        let server = start(engine, &[]);
        assert_eq!(server.get("/trap-at-once").0, 500);
        server.wait_for_line("trapped:");
    }

    fn a_guest_that_does_not_answer_is_500(engine) {
        let server = start(engine, &[]);
        assert_eq!(server.get("/nothing").0, 500);
        server.wait_for_line("ended without a response");
        std::thread::sleep(Duration::from_millis(1200));
        assert_eq!(server.get("/error").0, 500);
        server.wait_for_line("answered with an error: ConnectionTimeout");
        server.assert_serves();
    }

    fn an_informational_status_is_no_response(engine) {
        let server = start(engine, &[]);
        let mut client = server.client();
        let mut connection = Connection::open(server.connect());
        for (number, status) in [100, 101, 103, 199].into_iter().enumerate() {
            let (path, stream) = (format!("/status?{status}"), 4 * number as u32 + 1);
            assert_eq!(client.get(&path).status, 500, "{status}");
            assert_eq!(client.get("/hello").text(), "hello, world\n", "the connection is still one of HTTP");
            connection.request(stream, "GET", &path, END_STREAM);
            connection.wait_for_end();
            connection.request(stream + 2, "GET", "/hello", END_STREAM);
            connection.wait_for_end();
            assert_eq!((connection.status(stream), connection.status(stream + 2)), (Some(500), Some(200)), "{status}");
        }
        assert_eq!(client.get("/status?299").status, 299);
        server.wait_for_line("answered with status 100, which ends no exchange");
    }

    fn a_guest_cannot_make_lines_that_look_like_the_servers(engine) {
        let server = start(engine, &[]);
        assert_eq!(server.get("/forged-error").0, 500);
        let lines = server.wait_for_line("answered with an error: a mistake\\nserving http://evil\\n[shop 0-1]");
        assert_eq!(lines.len(), 1, "{lines:#?}");
    }

    fn a_noisy_component_hides_neither_others_nor_its_traps(engine) {
        let directory = tempfile::tempdir().unwrap();
        let routes = directory.path().join("routes.toml");
        let route = |name: &str| format!("[[component]]\nfile = '{}'\npath = '/{name}'\nname = '{name}'\n", web().display());
        std::fs::write(&routes, [route("noisy"), route("shop")].concat()).unwrap();
        let server = Server::start_with(&routes, &["--engine", engine, "--workers", "1", "--no-watch"]);
        for _ in 0..20 {
            assert_eq!(server.get("/noisy/nothing").0, 500);
        }
        assert_eq!((server.get("/shop/trap").0, server.get("/noisy/trap").0), (500, 500));
        let lines = server.wait_for_line("[noisy 0-22] trapped:");
        assert!(lines.iter().any(|line| line.starts_with("[shop 0-21] trapped:")), "{lines:#?}");
        let nothing = lines.iter().filter(|line| line.contains("ended without a response")).count();
        assert!(nothing < 10, "{lines:#?}");
    }

    fn what_a_guest_says_has_its_name_before_it(engine) {
        let server = start(engine, &[]);
        assert_eq!(server.get("/say"), (200, "said\n".to_owned()));
        let lines = server.wait_for_line("to stderr, no end");
        let ends = ["] to stdout", "] in two lines", "] to stderr, no end"];
        for end in ends {
            assert!(lines.iter().any(|line| line.starts_with("[web ") && line.ends_with(end)), "{end}: {lines:#?}");
        }
    }

    fn instances_are_fresh_unless_they_are_reused(engine) {
        let alone = ["--workers", "1", "--max-concurrency", "1"];
        let fresh = start(engine, &alone);
        assert_eq!((fresh.get_alone("/count").1, fresh.get_alone("/count").1), ("1".to_owned(), "1".to_owned()));
        let kept = start(engine, &[&alone[..], &["--reuse", "3"]].concat());
        let counts: Vec<String> = (0..4).map(|_| kept.get_alone("/count").1).collect();
        assert_eq!(counts, ["1", "2", "3", "1"]);
        assert_eq!(kept.get_alone("/trap").0, 500);
        assert_eq!(kept.get_alone("/count").1, "1", "nothing is kept of a guest that trapped");
    }

    fn a_guest_has_the_memory_that_it_is_given(engine) {
        let server = start(engine, &["--max-memory", "16M"]);
        assert_eq!(server.get("/allocate?8000000"), (200, "8000000".to_owned()));
        assert_eq!(server.get("/allocate?32000000").0, 500);
        server.assert_serves();
    }

    fn a_guest_that_computes_is_stopped_and_blocks_nobody(engine) {
        let server = start(engine, &["--workers", "1", "--max-cpu", "1s"]);
        let mut client = server.client();
        client.send("GET /spin HTTP/1.1\r\nhost: test\r\n\r\n");
        // Of a second it gives away all but the 10 ms of each turn: a hundred others could be answered.
        let mut answered = 0;
        while !server.lines().iter().any(|line| line.contains("stopped: it computed for more than 1s")) {
            server.assert_serves();
            answered += 4;
        }
        assert!(answered >= 20, "{answered} other requests in the second in which it computed");
        assert_eq!(client.read().status, 500);
    }

    fn a_start_function_that_computes_is_stopped(engine) {
        let file = tempfile::NamedTempFile::with_suffix(".wat").unwrap();
        std::fs::write(&file, ENDLESS_START).unwrap();
        let options = ["--engine", engine, "--workers", "1", "--max-cpu", "500ms", "--first-byte-timeout", "30s"];
        let server = Server::start_with(file.path(), &options);
        assert_eq!(server.get("/").0, 500);
        server.wait_for_line("stopped: it computed for more than 500ms");
    }

    fn time_in_which_the_machine_does_something_else_is_not_computing(engine) {
        let server = start(engine, &["--workers", "1", "--max-cpu", "6s"]);
        let work = if engine == "wasmtime" { "/work?600000000" } else { "/work?5000000" };
        let mut client = server.client();
        client.send(format!("GET {work} HTTP/1.1\r\nhost: test\r\n\r\n"));
        std::thread::sleep(Duration::from_millis(300));
        // The guest holds the thread all the while.
        server.signal("STOP");
        std::thread::sleep(Duration::from_secs(7));
        server.signal("CONT");
        assert_eq!(client.read().text(), "worked\n");
    }

    fn attack_26_a_guest_that_sleeps_is_stopped(engine) {
        let server = start(engine, &["--workers", "1", "--first-byte-timeout", "500ms", "--max-concurrency", "2"]);
        assert_eq!(server.get("/sleep").0, 504);
        for _ in 0..4 {
            assert_eq!(server.get("/sleep-after"), (200, "done\n".to_owned()));
            std::thread::sleep(Duration::from_millis(1000));
        }
        server.wait_for_line("it went on for too long after its response");
        server.assert_serves();
    }
}
