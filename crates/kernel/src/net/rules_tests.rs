//! What rules allow, and what they do not.

use super::*;

const TCP: Protocol = Protocol::Tcp;
const UDP: Protocol = Protocol::Udp;

fn rules(text: &str) -> NetworkRules {
    text.parse().unwrap()
}

fn name(text: &str) -> HostName {
    HostName::new(text).unwrap()
}

#[track_caller]
fn assert_connects(rules: &str, address: &str, expected: bool) {
    let verdict = self::rules(rules).check(TCP, Direction::Connect, address.parse().unwrap(), None);
    assert_eq!(verdict, if expected { Ok(()) } else { Err(Error::Access) }, "{rules} to {address}");
}

#[track_caller]
fn assert_connects_as(rules: &str, host: &str, address: &str, expected: bool) {
    let verdict = self::rules(rules).check(TCP, Direction::Connect, address.parse().unwrap(), Some(&name(host)));
    assert_eq!(verdict.is_ok(), expected, "{rules} to {address} of {host}");
}

#[test]
fn nothing_is_allowed_by_default() {
    let none = NetworkRules::deny_all();
    let address = "1.1.1.1:443".parse().unwrap();
    for protocol in [TCP, UDP] {
        for direction in [Direction::Connect, Direction::Listen] {
            assert_eq!(none.check(protocol, direction, address, None), Err(Error::Access));
            assert!(!none.has_any(protocol, direction));
        }
    }
    assert_eq!(none.check_lookup(&name("example.com")), Err(Error::Access));
    assert!(none.is_empty());
}

#[test]
fn protocol_direction_and_port_have_to_match() {
    let rules = rules("tcp:connect:1.1.1.1:443");
    let check = |protocol, direction, address: &str| rules.check(protocol, direction, address.parse().unwrap(), None);
    assert_eq!(check(TCP, Direction::Connect, "1.1.1.1:443"), Ok(()));
    assert_eq!(check(UDP, Direction::Connect, "1.1.1.1:443"), Err(Error::Access));
    assert_eq!(check(TCP, Direction::Listen, "1.1.1.1:443"), Err(Error::Access));
    assert_eq!(check(TCP, Direction::Connect, "1.1.1.1:444"), Err(Error::Access));
    assert_eq!(check(TCP, Direction::Connect, "1.1.1.2:443"), Err(Error::Access));
}

#[test]
fn attack_18_everything_does_not_mean_what_is_near() {
    for all in ["*:*", "0.0.0.0/0:* [::/0]:*", "0.0.0.0/1:* 128.0.0.0/1:* [::/1]:* [8000::/1]:*", "*.com:* com:*"] {
        for near in [
            "127.0.0.1:80",
            "10.0.0.1:80",
            "169.254.169.254:80",
            "0.0.0.0:80",
            "[::1]:80",
            "[::]:80",
            "[fd00:ec2::254]:80",
            "[fe80::1]:80",
            "[::ffff:127.0.0.1]:80",
            "[64:ff9b::a9fe:a9fe]:80",
            "[2002:7f00:1::]:80",
            "224.0.0.1:80",
        ] {
            assert_connects(all, near, false);
        }
    }
    assert_connects("*:*", "1.1.1.1:80", true);
    assert_connects("0.0.0.0/0:*", "1.1.1.1:80", true);
}

#[test]
fn what_is_near_is_reached_by_naming_it() {
    assert_connects("10.0.0.0/8:*", "10.1.2.3:80", true);
    assert_connects("127.0.0.1:80", "127.0.0.1:80", true);
    assert_connects("127.0.0.1:80", "[::ffff:127.0.0.1]:80", true);
    assert_connects("127.0.0.1:80", "127.0.0.2:80", false);
    assert_connects("localhost:80", "127.0.0.1:80", true);
    assert_connects("localhost:80", "[::1]:80", true);
    assert_connects("localhost:80", "10.0.0.1:80", false);
    assert_connects("169.254.0.0/16:80", "169.254.1.1:80", true);
    assert_connects("169.254.0.0/16:80", "169.254.169.254:80", false);
    assert_connects("169.254.169.254:80", "169.254.169.254:80", true);
    assert_connects("[fd00::/8]:80", "[fd00::1]:80", true);
    assert_connects("[fd00::/8]:80", "[fd00:ec2::254]:80", false);
}

#[test]
fn names_reach_their_addresses() {
    assert_connects_as("api.example:443", "api.example", "1.1.1.1:443", true);
    assert_connects_as("api.example:443", "API.example.", "1.1.1.1:443", true);
    assert_connects_as("api.example:443", "other.example", "1.1.1.1:443", false);
    assert_connects_as("*.example:443", "a.b.example", "1.1.1.1:443", true);
    assert_connects_as("*.example:443", "example", "1.1.1.1:443", false);
    assert_connects_as("*.example:443", "anexample", "1.1.1.1:443", false);
    assert_connects("api.example:443", "1.1.1.1:443", false);
}

#[test]
fn attack_18_a_name_that_points_inside_reaches_nothing() {
    for inside in ["127.0.0.1:443", "10.0.0.1:443", "169.254.169.254:443", "[::ffff:10.0.0.1]:443", "[::1]:443"] {
        assert_connects_as("api.example:443", "api.example", inside, false);
        assert_connects_as("*.example:443", "api.example", inside, false);
    }
    assert_connects_as("api.example:443 10.0.0.0/8:443", "api.example", "10.0.0.1:443", true);
}

#[test]
fn listening_is_about_own_addresses() {
    let check = |rules: &str, address: &str| {
        self::rules(rules).check(TCP, Direction::Listen, address.parse().unwrap(), None).is_ok()
    };
    assert!(check("tcp:listen:*:8080", "0.0.0.0:8080"));
    assert!(check("tcp:listen:*:8080", "127.0.0.1:8080"));
    assert!(!check("tcp:listen:*:8080", "0.0.0.0:0"));
    assert!(check("tcp:listen:*:*", "0.0.0.0:0"));
    assert!(check("tcp:listen:localhost:*", "[::1]:80"));
    assert!(!check("tcp:listen:localhost:*", "0.0.0.0:80"));
    assert!(!check("tcp:listen:127.0.0.1:*", "0.0.0.0:80"));
    assert!(!check("tcp:connect:*:*", "127.0.0.1:80"));
}

#[test]
fn names_are_looked_up_if_a_rule_is_about_them() {
    let may = |rules: &str, host: &str| self::rules(rules).check_lookup(&name(host)).is_ok();
    assert!(may("*:443", "example.com"));
    assert!(may("*.example.com:443", "a.example.com"));
    assert!(!may("*.example.com:443", "example.org"));
    assert!(!may("10.0.0.0/8:*", "example.com"), "a lookup is a way out");
    assert!(!may("tcp:listen:*:80", "example.com"));
    assert!(may("dns:*.corp 10.0.0.0/8:*", "db.corp"));
    assert!(!rules("dns:*").has_any(TCP, Direction::Connect));
}

#[test]
fn allowing_all_allows_what_is_near() {
    let all = NetworkRules::allow_all();
    for near in ["127.0.0.1:0", "169.254.169.254:80", "[::1]:1"] {
        assert_eq!(all.check(UDP, Direction::Connect, near.parse().unwrap(), None), Ok(()));
    }
    assert_eq!(all.check_lookup(&name("anything")), Ok(()));
    assert!(all.has_any(TCP, Direction::Listen) && !all.is_empty());
}
