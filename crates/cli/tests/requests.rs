//! Requests that guests send, by a real command on both engines: what `--allow-http` allows, and nothing else.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod common;

use common::{Ran, Site};
use tambo_conformance::Origin;

/// Run `fetch` with rules and exchanges: `METHOD URL CONTENT` each.
fn fetch(site: &Site, rules: &[&str], exchanges: &[[&str; 3]]) -> Ran {
    let options: Vec<&str> = rules.iter().flat_map(|rule| ["--allow-http", rule]).collect();
    fetch_with(site, &options, exchanges)
}

fn fetch_with(site: &Site, options: &[&str], exchanges: &[[&str; 3]]) -> Ran {
    site.run(options, &tambo_guests::component("fetch"), exchanges.as_flattened())
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

    fn what_sockets_may_connect_to_requests_may_go_to(site) {
        let origin = Origin::start().unwrap();
        let (port, url) = (origin.address().port(), format!("http://{}/", origin.address()));
        let named = format!("tcp:127.0.0.1:{port}");
        for options in [&["--inherit-network"][..], &["--allow-net", &named], &["--allow-net", "127.0.0.0/8:*"]] {
            let ran = fetch_with(&site, options, &[["GET", &url, ""], ["POST", &url, "words"]]);
            assert_eq!((ran.code, ran.stderr.as_str()), (Some(0), ""), "{options:?} {ran:?}");
        }
        let other = format!("tcp:127.0.0.1:{}", port ^ 1);
        for rule in [&other, "tcp:*:*", "udp:127.0.0.1:*", "tcp:listen:127.0.0.1:*", "dns:*"] {
            is_denied(&fetch_with(&site, &["--allow-net", rule], &[["GET", &url, ""]]), "HttpRequestDenied");
        }
    }

    fn certificates_are_named_and_have_a_use(site) {
        let bad = site.write("bad.pem", "no certificate");
        let path = bad.display().to_string();
        let refused = |options: &[&str], what: &str| {
            let ran = fetch_with(&site, options, &[]);
            assert!(ran.code == Some(2) && ran.stderr.contains(what), "{ran:?}");
        };
        for option in ["--http-ca", "--http-cert"] {
            refused(&["--allow-http", "*", option, &path], &format!("error: {option} {path}: "));
            refused(&["--inherit-network", option, "absent.pem"], &format!("error: {option} absent.pem: cannot read"));
            refused(&[option, &path], &format!("{option} is for requests, and nothing allows one"));
            refused(&["--allow-net", "udp:*:*", option, &path], "nothing allows one");
        }
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
