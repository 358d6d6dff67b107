//! The text form of a rule for requests, as the command takes it.
//!
//! ```text
//! rule    = [method " "] [scheme "://"] host [":" ports]
//! scheme  = "http" | "https" | "*"       both, if left out
//! host    = "*" | name | "*." name | address | address "/" bits       as in the rules for sockets
//! ports   = port | port "-" port | "*"   the scheme's own, if left out
//! ```
//!
//! An IPv6 address or block is in brackets: `GET http://[2001:db8::/32]:8080`.

use std::str::FromStr;

use http::Method;

use super::{HttpRule, Transport};
use crate::net::{RuleError, host_of, ports_of};

impl FromStr for HttpRule {
    type Err = RuleError;

    fn from_str(text: &str) -> Result<Self, RuleError> {
        let (method, target) = match text.trim().split_once(' ') {
            Some((method, target)) => (Some(method_of(method)?), target.trim_start()),
            None => (None, text.trim()),
        };
        let (transport, place) = match target.split_once("://") {
            None => (None, target),
            Some(("*", place)) => (None, place),
            Some(("http", place)) => (Some(Transport::Http), place),
            Some(("https", place)) => (Some(Transport::Https), place),
            Some((other, _)) => {
                return Err(RuleError::new(format!("{other:?} is no scheme: write http, https or *")));
            }
        };
        // A block has one slash, and bits after it; a path is what people try next.
        let (host, ports) = split_ports(place);
        if !host.starts_with('[') && host.contains('/') && !host.rsplit('/').next().is_some_and(is_number) {
            return Err(RuleError::new(format!("{text:?} names a path: rules are about hosts, not about paths")));
        }
        Ok(Self { method, transport, host: host_of(host)?, ports: ports.map(ports_of).transpose()? })
    }
}

fn method_of(text: &str) -> Result<Method, RuleError> {
    let is_upper = text.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'-');
    match Method::from_bytes(text.as_bytes()) {
        Ok(method) if is_upper => Ok(method),
        _ => Err(RuleError::new(format!("{text:?} is no method: write GET, POST or another, in upper case"))),
    }
}

/// Splits after the host, whose brackets may hold colons.
fn split_ports(place: &str) -> (&str, Option<&str>) {
    let after = place.rfind(']').map_or(0, |bracket| bracket + 1);
    match place[after..].rfind(':') {
        Some(colon) => (&place[..after + colon], Some(&place[after + colon + 1..])),
        None => (place, None),
    }
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::net::{Host, HostName, Ports};

    fn rule(text: &str) -> HttpRule {
        text.parse().unwrap_or_else(|error| panic!("{text}: {error}"))
    }

    #[test]
    fn rules_are_read() {
        assert_eq!(
            rule("https://api.example.com"),
            HttpRule {
                method: None,
                transport: Some(Transport::Https),
                host: Host::Name(HostName::new("api.example.com").unwrap()),
                ports: None,
            }
        );
        assert_eq!(
            rule("GET http://*.internal:8080"),
            HttpRule {
                method: Some(Method::GET),
                transport: Some(Transport::Http),
                host: Host::Beneath(HostName::new("internal").unwrap()),
                ports: Some(Ports { first: 8080, last: 8080 }),
            }
        );
        assert_eq!(rule("*"), HttpRule { method: None, transport: None, host: Host::Any, ports: None });
        assert_eq!(rule("*://*:*").ports, Some(Ports::ALL));
        assert!(matches!(rule("http://10.0.0.0/8:80-90").host, Host::Block(_)));
        assert!(matches!(rule("http://[2001:db8::/32]").host, Host::Block(_)));
        assert_eq!(rule("[::1]:8080").ports, Some(Ports { first: 8080, last: 8080 }));
    }

    #[test]
    fn what_is_no_rule_is_refused_with_a_reason() {
        for (text, part) in [
            ("ftp://a.example", "no scheme"),
            ("get http://a.example", "no method"),
            ("http://a.example/path", "not about paths"),
            ("http://a.example/", "not about paths"),
            ("http://", "neither an address"),
            ("", "neither an address"),
            ("http://a.example:x", "port"),
            ("http://u@a.example", "neither an address"),
            ("http://::1", "brackets"),
        ] {
            let error = text.parse::<HttpRule>().unwrap_err().to_string();
            assert!(error.contains(part), "{text}: {error}");
        }
    }
}
