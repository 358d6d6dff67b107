//! What `tambo run --trace` of a component tells, and listening sockets that no component can be handed.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod common;

use std::net::TcpListener;

use common::Site;
use tambo_conformance::Origin;

/// The one line that has all of these.
fn line<'a>(log: &'a str, parts: &[&str]) -> &'a str {
    let mut found = log.lines().filter(|line| parts.iter().all(|part| line.contains(part)));
    found.next().unwrap_or_else(|| panic!("no line has {parts:?}:\n{log}"))
}

on_both_engines! {
    fn a_trace_of_a_component_names_calls_arguments_and_results(site) {
        let fetch = tambo_guests::component("fetch");
        let ran = site.run(&["--trace=log"], &fetch, &["GET", "https://a.example/b", ""]);
        assert_eq!((ran.code, ran.stdout.as_str(), ran.stderr.as_str()), (Some(1), "", "ErrorCode::HttpRequestDenied\n"));
        let log = std::fs::read_to_string(site.path("log")).unwrap();
        // A result that needs allocations, a flat one, an error, bytes, and a resource that is dropped.
        assert!(line(&log, &["wasi:cli/environment@0.2", "#get-arguments() = ["]).contains("\"https://a.example/b\""));
        line(&log, &["[method]outgoing-request.set-authority(#", ", some(\"a.example\")) = ok"]);
        assert!(line(&log, &["#handle(#", ", none) = err("]).ends_with("err(HTTP-request-denied)"), "{log}");
        let said = "[method]output-stream.blocking-write-and-flush(#";
        assert!(line(&log, &[said, "\"ErrorCode::HttpRequestDenied\\n\") = ok"]).starts_with("wasi:io/streams@0.2"));
        line(&log, &["wasi:io/streams@0.2", "#[resource-drop]output-stream(#"]);
        let told = site.run(&["--trace"], &fetch, &["GET", "https://a.example/", ""]);
        assert!(told.stderr.contains("#get-stderr() = #"), "{}", told.stderr);
    }

    fn a_call_that_waits_is_one_line_of_a_trace(site) {
        let origin = Origin::start().unwrap();
        let url = format!("http://{}/", origin.address());
        let options = ["--trace=log", "--allow-http", "http://127.0.0.1:*"];
        assert_eq!(site.run(&options, &tambo_guests::component("fetch"), &["GET", &url, ""]).code, Some(0));
        let log = std::fs::read_to_string(site.path("log")).unwrap();
        let of_waiting = |line: &&str| line.contains("[method]pollable.block(#");
        assert!(log.lines().any(|line| of_waiting(&line)) && !log.contains('?'), "{log}");
        line(&log, &["[method]future-incoming-response.get(#", " = some(ok(ok(#"]);
        // Content is read into the guest in place.
        line(&log, &["input-stream.blocking-read(#", " = ok(\"GET / HTTP/1.1"]);
    }

    fn a_call_that_the_guest_is_stopped_in_is_told(site) {
        let silent = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/", silent.local_addr().unwrap());
        let options = ["--trace=log", "--timeout", "300ms", "--allow-http", "http://127.0.0.1:*"];
        let ran = site.run(&options, &tambo_guests::component("fetch"), &["GET", &url, ""]);
        assert_eq!(ran.code, Some(124), "{ran:?}");
        let log = std::fs::read_to_string(site.path("log")).unwrap();
        assert!(log.lines().last().is_some_and(|line| line.contains("pollable.block(#") && line.contains(" = ?")), "{log}");
    }

    fn a_component_is_handed_no_listening_socket(site) {
        let fetch = tambo_guests::component("fetch");
        let ran = site.run(&["--listen", "127.0.0.1:0"], &fetch, &[]);
        assert_eq!((ran.code, ran.stdout.as_str()), (Some(2), ""), "{ran:?}");
        assert!(ran.stderr.contains("--listen is for modules"), "{ran:?}");
        assert!(ran.stderr.contains("hint: --allow-net 'tcp:listen:127.0.0.1:0'"), "{ran:?}");
    }
}
