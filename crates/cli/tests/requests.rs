//! Requests that guests send, by a real command on both engines: what `--allow-http` allows, and nothing else.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod common;

use common::{Ran, Site};
use tambo_conformance::Origin;

/// Run `fetch` with rules and exchanges: `METHOD URL CONTENT` each.
fn fetch(site: &Site, rules: &[&str], exchanges: &[[&str; 3]]) -> Ran {
    let mut command = site.run_command();
    for rule in rules {
        command.args(["--allow-http", rule]);
    }
    command.arg(tambo_guests::component("fetch")).args(exchanges.as_flattened());
    common::finish(command.output().unwrap())
}

fn is_denied(ran: &Ran, code: &str) {
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(1), ""), "{ran:?}");
    assert!(ran.stderr.contains(code), "{ran:?}");
}

on_both_engines! {
    fn a_request_goes_out_and_its_response_comes_back(site) {
        let origin = Origin::start().unwrap();
        let url = format!("http://{}/a?b", origin.address());
        let ran = fetch(&site, &["http://127.0.0.1:*"], &[["POST", &url, "some words"]]);
        assert_eq!(ran.code, Some(0), "{ran:?}");
        let lines: Vec<&str> = ran.stdout.lines().collect();
        assert_eq!(lines[..2], ["200", "POST /a?b HTTP/1.1"]);
        let host = format!("host: {}", origin.address());
        for line in ["x-from: a guest", "content-length: 10", host.as_str(), "some words"] {
            assert!(lines.iter().any(|found| found.eq_ignore_ascii_case(line)), "{line}\n{ran:?}");
        }
    }

    fn much_content_goes_out_and_comes_back(site) {
        let origin = Origin::start().unwrap();
        let (url, content) = (format!("http://{}/", origin.address()), "0123456789".repeat(10_000));
        let exchange = ["PUT", &url, &content];
        let ran = fetch(&site, &["http://127.0.0.1:*"], &[exchange, exchange, exchange]);
        assert_eq!((ran.code, ran.stdout.matches(&content).count()), (Some(0), 3), "{}", ran.stderr);
    }

    fn without_a_rule_every_request_is_denied(site) {
        let origin = Origin::start().unwrap();
        let url = format!("http://{}/", origin.address());
        is_denied(&fetch(&site, &[], &[["GET", &url, ""]]), "HttpRequestDenied");
        is_denied(&fetch(&site, &[], &[["GET", "https://a.example/", ""]]), "HttpRequestDenied");
    }

    fn a_rule_allows_what_it_says_only(site) {
        let origin = Origin::start().unwrap();
        let (port, url) = (origin.address().port(), format!("http://{}/", origin.address()));
        for rule in [
            format!("https://127.0.0.1:{port}"),
            format!("http://127.0.0.2:{port}"),
            format!("POST http://127.0.0.1:{port}"),
            "http://127.0.0.1".to_owned(),
        ] {
            is_denied(&fetch(&site, &[&rule], &[["GET", &url, ""]]), "HttpRequestDenied");
        }
        let exact = format!("GET http://127.0.0.1:{port}");
        assert_eq!(fetch(&site, &[&exact], &[["GET", &url, ""]]).code, Some(0));
        is_denied(&fetch(&site, &[&exact], &[["POST", &url, ""]]), "HttpRequestDenied");
    }

    fn attack_18_every_host_is_none_that_is_near(site) {
        let origin = Origin::start().unwrap();
        let url = format!("http://{}/", origin.address());
        is_denied(&fetch(&site, &["*://*:*"], &[["GET", &url, ""]]), "DestinationIpProhibited");
    }

    fn failures_are_told(site) {
        let ran = fetch(&site, &["http://127.0.0.1:*"], &[["GET", "http://127.0.0.1:1/", ""]]);
        is_denied(&ran, "ConnectionRefused");
    }
}
