//! What rules allow: attacks 18 and 19, as far as they are about policy.

use super::*;

fn target(method: &str, uri: &str) -> Result<Target, HttpError> {
    Target::new(&method.parse().unwrap(), &uri.parse().unwrap())
}

fn policy(rules: &[&str], network: &[&str]) -> HttpPolicy {
    HttpPolicy {
        rules: Arc::new(rules.iter().map(|rule| rule.parse().unwrap()).collect()),
        network: Arc::new(network.iter().map(|rule| rule.parse().unwrap()).collect()),
    }
}

fn may_send(policy: &HttpPolicy, method: &str, uri: &str) -> bool {
    policy.check_request(&target(method, uri).unwrap()).is_ok()
}

fn may_reach(policy: &HttpPolicy, uri: &str, address: &str) -> bool {
    let target = target("GET", uri).unwrap();
    policy.check_request(&target).is_ok() && policy.check_address(&target, address.parse().unwrap()).is_ok()
}

#[test]
fn nothing_is_allowed_by_default() {
    assert!(!may_send(&HttpPolicy::default(), "GET", "http://a.example/"));
    for rule in ["udp:*:*", "tcp:listen:*:*", "dns:*"] {
        assert!(!may_send(&policy(&[], &[rule]), "GET", "http://a.example/"), "{rule}");
        assert!(!may_send(&policy(&[], &[rule]), "GET", "http://93.184.216.34/"), "{rule}");
    }
}

#[test]
fn what_sockets_may_connect_to_requests_may_go_to() {
    let all = policy(&[], &["tcp:*:*"]);
    assert!(may_send(&all, "POST", "https://a.example/") && may_reach(&all, "http://a.example:8080/", "93.184.216.34"));
    let named = policy(&[], &["tcp:a.example:443", "*:*.b.example:8000-8001"]);
    assert!(may_reach(&named, "https://a.example/", "93.184.216.34"));
    assert!(may_reach(&named, "http://x.b.example:8001/", "93.184.216.34"));
    for uri in ["http://a.example/", "https://b.example/", "http://b.example:8000/", "https://93.184.216.34/"] {
        assert!(!may_send(&named, "GET", uri), "{uri}");
    }
    let block = policy(&[], &["tcp:203.0.113.0/24:80"]);
    assert!(may_reach(&block, "http://203.0.113.7/", "203.0.113.7"));
    assert!(!may_send(&block, "GET", "http://203.0.113.7:81/") && !may_send(&block, "GET", "http://203.0.114.7/"));
    // A name needs to be looked up, which a block does not allow.
    assert!(!may_send(&block, "GET", "http://a.example/"));
    let looked_up = policy(&[], &["tcp:203.0.113.0/24:80", "dns:a.example"]);
    assert!(may_reach(&looked_up, "http://a.example/", "203.0.113.7"));
    assert!(!may_reach(&looked_up, "http://a.example/", "203.0.114.7"));
}

#[test]
fn attack_18_sockets_reach_near_hosts_by_requests_only_as_they_do_themselves() {
    for rules in [&["tcp:*:*"][..], &["tcp:a.example:*"], &["tcp:0.0.0.0/0:*", "dns:*"]] {
        let policy = policy(&[], rules);
        for near in ["127.0.0.1", "169.254.169.254", "10.0.0.1", "::1", "::ffff:127.0.0.1", "fd00:ec2::254"] {
            assert!(!may_reach(&policy, "http://a.example/", near), "{rules:?} {near}");
        }
        assert!(!may_send(&policy, "GET", "http://127.0.0.1/") && !may_send(&policy, "GET", "http://[::1]/"));
    }
    let address = policy(&[], &["tcp:127.0.0.1:8080"]);
    assert!(may_reach(&address, "http://127.0.0.1:8080/", "127.0.0.1"));
    assert!(!may_send(&address, "GET", "http://localhost:8080/"));
    let name = policy(&[], &["tcp:localhost:8081"]);
    assert!(may_reach(&name, "http://localhost:8081/", "127.0.0.1"));
    assert!(!may_reach(&name, "http://localhost:8081/", "10.0.0.1"));
    let all = HttpPolicy { network: Arc::new(NetworkRules::allow_all()), ..HttpPolicy::default() };
    assert!(may_reach(&all, "http://a.example/", "127.0.0.1") && may_reach(&all, "http://[::1]:1/", "::1"));
}

#[test]
fn method_scheme_host_and_port_all_count() {
    let policy = policy(&["GET https://a.example", "http://*.b.example:8000-8001"], &[]);
    assert!(may_send(&policy, "GET", "https://A.example:443/x"));
    assert!(may_send(&policy, "POST", "http://x.y.b.example:8001/"));
    for (method, uri) in [
        ("POST", "https://a.example/"),
        ("GET", "http://a.example/"),
        ("GET", "https://a.example:444/"),
        ("GET", "https://x.a.example/"),
        ("GET", "http://b.example:8000/"),
        ("GET", "http://xb.example:8000/"),
        ("GET", "http://x.b.example/"),
    ] {
        assert!(!may_send(&policy, method, uri), "{method} {uri}");
    }
}

#[test]
fn attack_18_a_name_does_not_reach_what_is_near() {
    let policy = policy(&["http://a.example", "http://localhost:8080"], &[]);
    assert!(may_reach(&policy, "http://a.example/", "93.184.216.34"));
    for near in ["127.0.0.1", "169.254.169.254", "10.0.0.1", "::1", "::ffff:127.0.0.1", "fe80::1", "fd00:ec2::254"] {
        assert!(!may_reach(&policy, "http://a.example/", near), "{near}");
    }
    assert!(may_reach(&policy, "http://localhost:8080/", "127.0.0.1"));
    assert!(!may_reach(&policy, "http://localhost:8080/", "10.0.0.1"));
}

#[test]
fn attack_18_everybody_is_nobody_near() {
    let policy = policy(&["*"], &[]);
    assert!(may_reach(&policy, "https://a.example/", "93.184.216.34"));
    assert!(!may_reach(&policy, "https://a.example/", "127.0.0.1"));
    assert!(!may_reach(&policy, "http://169.254.169.254/", "169.254.169.254"));
    assert!(!may_reach(&policy, "http://[::ffff:127.0.0.1]/", "::ffff:127.0.0.1"));
}

#[test]
fn attack_19_what_is_near_is_reached_by_naming_it() {
    let block = policy(&["http://127.0.0.0/8:8080"], &[]);
    assert!(may_reach(&block, "http://127.0.0.1:8080/", "127.0.0.1"));
    assert!(!may_reach(&block, "http://a.example:8080/", "127.0.0.1"));
    let both = policy(&["http://*.internal"], &["tcp:connect:10.0.0.0/8:80"]);
    assert!(may_reach(&both, "http://a.internal/", "10.1.2.3"));
    assert!(!may_reach(&both, "http://a.internal/", "192.168.0.1"));
    assert!(!may_reach(&both, "http://a.example/", "10.1.2.3"));
}

#[test]
fn attack_18_targets_are_plain() {
    assert_eq!(target("CONNECT", "http://a.example/"), Err(HttpError::HttpRequestMethodInvalid));
    assert_eq!(target("GET", "ftp://a.example/"), Err(HttpError::HttpProtocolError));
    for uri in [
        "http://u@a.example/",
        "http://127.1/",
        "http://2130706433/",
        "http://a.example:0/",
        "http://a_.-b/",
        "http://[::1]x:80/",
        "http://[::1]x/",
    ] {
        assert_eq!(target("GET", uri), Err(HttpError::HttpRequestUriInvalid), "{uri}");
    }
    assert_eq!(target("GET", "http://[::1]:81/").unwrap().host, Peer::Address("::1".parse().unwrap()));
}
