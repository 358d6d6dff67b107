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
    // Sockets are no requests: the host's certificates and connections are not the guest's.
    assert!(!may_send(&policy(&[], &["tcp:*:*"]), "GET", "http://a.example/"));
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
    for uri in ["http://u@a.example/", "http://127.1/", "http://2130706433/", "http://a.example:0/", "http://a_.-b/"] {
        assert_eq!(target("GET", uri), Err(HttpError::HttpRequestUriInvalid), "{uri}");
    }
    assert_eq!(target("GET", "http://[::1]:81/").unwrap().host, Peer::Address("::1".parse().unwrap()));
}
