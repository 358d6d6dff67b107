//! The text form of a rule, as the command takes it.
//!
//! ```text
//! rule      = [protocol ":"] [direction ":"] host ":" ports  |  "dns:" names
//! protocol  = "tcp" | "udp" | "*"           both, if left out
//! direction = "connect" | "listen" | "*"    connect, if left out
//! host      = "*" | name | "*." name | address | address "/" bits
//! ports     = port | port "-" port | "*"
//! names     = "*" | name | "*." name
//! ```
//!
//! An IPv6 address or block is in brackets: `tcp:connect:[2001:db8::/32]:443`. A direction comes after a protocol only,
//! so that `listen:80` is a host of that name.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use super::host_name::HostName;
use super::special::as_judged;
use super::{Cidr, Direction, Host, Ports, Protocol, Rule};

/// What is wrong with the text of a rule, for people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleError(String);

impl RuleError {
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self(message.into())
    }
}

impl fmt::Display for RuleError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for RuleError {}

impl FromStr for Rule {
    type Err = RuleError;

    fn from_str(text: &str) -> Result<Self, RuleError> {
        if let Some(names) = text.strip_prefix("dns:") {
            return match host(names)? {
                Host::Block(_) => Err(RuleError::new(format!("{names:?} is an address: it needs no lookup"))),
                host => Ok(Self::LookUp(host)),
            };
        }
        let (head, ports) = text.rsplit_once(':').ok_or_else(|| {
            RuleError::new(format!("{text:?} names no port: write {text}:443, {text}:8000-8999 or {text}:*"))
        })?;
        let (protocol, direction, host_text) = split_head(head)?;
        let host = host(host_text)?;
        let is_localhost = matches!(&host, Host::Name(name) if name.is_localhost());
        if matches!(host, Host::Name(_) | Host::Beneath(_)) && direction != Some(Direction::Connect) && !is_localhost {
            return Err(RuleError::new(format!("{host_text} is a name: listen on an address, a block or `*`")));
        }
        Ok(Self::Use { protocol, direction, host, ports: self::ports(ports)? })
    }
}

type Head<'a> = (Option<Protocol>, Option<Direction>, &'a str);

/// The words before the ports.
fn split_head(head: &str) -> Result<Head<'_>, RuleError> {
    let connect = Some(Direction::Connect);
    let Some((first, rest)) = split_word(head) else { return Ok((None, connect, head)) };
    let protocol = match first {
        "tcp" => Some(Protocol::Tcp),
        "udp" => Some(Protocol::Udp),
        "*" => None,
        other => return Err(RuleError::new(format!("{other:?} is no protocol: write tcp, udp or *"))),
    };
    let Some((second, rest)) = split_word(rest) else { return Ok((protocol, connect, rest)) };
    let direction = match second {
        "connect" => connect,
        "listen" => Some(Direction::Listen),
        "*" => None,
        other => return Err(RuleError::new(format!("{other:?} is no direction: write connect, listen or *"))),
    };
    Ok((protocol, direction, rest))
}

/// Splits before the first colon that is not in brackets.
fn split_word(text: &str) -> Option<(&str, &str)> {
    if text.starts_with('[') { None } else { text.split_once(':') }
}

pub(crate) fn host(text: &str) -> Result<Host, RuleError> {
    if text == "*" {
        return Ok(Host::Any);
    }
    let name = |text: &str| {
        HostName::new(text).map_err(|_| RuleError::new(format!("{text:?} is neither an address nor a host's name")))
    };
    if let Some(suffix) = text.strip_prefix("*.") {
        return name(suffix).map(Host::Beneath);
    }
    let bare = match text.strip_prefix('[') {
        Some(rest) => {
            rest.strip_suffix(']').ok_or_else(|| RuleError::new(format!("{text:?} has no closing bracket")))?
        }
        None if text.contains(':') => {
            return Err(RuleError::new(format!("{text:?}: an IPv6 address is written in brackets")));
        }
        None => text,
    };
    let is_block =
        bare.split('/').next().is_some_and(|address| address.parse::<IpAddr>().is_ok()) || bare.contains('/');
    if !is_block {
        return name(text).map(Host::Name);
    }
    let block: Cidr = bare.parse()?;
    match as_judged(block.first()) {
        judged if judged == block.first() => Ok(Host::Block(block)),
        judged => Err(RuleError::new(format!("{bare} stands for IPv4: write it as {judged}"))),
    }
}

pub(crate) fn ports(text: &str) -> Result<Ports, RuleError> {
    if text == "*" {
        return Ok(Ports::ALL);
    }
    let (first, last) = text.split_once('-').unwrap_or((text, text));
    let is_number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let ports = (is_number(first) && is_number(last))
        .then(|| Some(Ports { first: first.parse().ok()?, last: last.parse().ok()? }));
    (ports.flatten().filter(|ports| ports.first <= ports.last))
        .ok_or_else(|| RuleError::new(format!("{text:?} is no port: write a number, a range such as 8000-8999, or *")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> Rule {
        text.parse().unwrap_or_else(|error| panic!("{text}: {error}"))
    }

    fn rule(protocol: Option<Protocol>, direction: Option<Direction>, host: Host, first: u16, last: u16) -> Rule {
        Rule::Use { protocol, direction, host, ports: Ports { first, last } }
    }

    #[test]
    fn rules_are_read() {
        let (tcp, udp) = (Some(Protocol::Tcp), Some(Protocol::Udp));
        let (connect, listen) = (Some(Direction::Connect), Some(Direction::Listen));
        let name = |text: &str| HostName::new(text).unwrap();
        let block = |text: &str| Host::Block(text.parse().unwrap());
        for (text, expected) in [
            ("tcp:connect:*.example.com:443", rule(tcp, connect, Host::Beneath(name("example.com")), 443, 443)),
            ("udp:*:10.0.0.0/8:53", rule(udp, None, block("10.0.0.0/8"), 53, 53)),
            ("*:443", rule(None, connect, Host::Any, 443, 443)),
            ("*:*:*:*", rule(None, None, Host::Any, 0, 65535)),
            ("tcp:*:80", rule(tcp, connect, Host::Any, 80, 80)),
            ("tcp:listen:127.0.0.1:8000-8999", rule(tcp, listen, block("127.0.0.1"), 8000, 8999)),
            ("tcp:listen:localhost:80", rule(tcp, listen, Host::Name(name("localhost")), 80, 80)),
            ("[::1]:80", rule(None, connect, block("::1"), 80, 80)),
            ("udp:[2001:db8::/32]:*", rule(udp, connect, block("2001:db8::/32"), 0, 65535)),
            ("listen:80", rule(None, connect, Host::Name(name("listen")), 80, 80)),
            ("Example.com.:1", rule(None, connect, Host::Name(name("example.com")), 1, 1)),
            ("dns:*.corp", Rule::LookUp(Host::Beneath(name("corp")))),
            ("dns:*", Rule::LookUp(Host::Any)),
        ] {
            assert_eq!(parsed(text), expected, "{text}");
        }
    }

    #[test]
    fn what_is_no_rule_is_refused_with_a_reason() {
        for (text, part) in [
            ("example.com", "names no port"),
            ("", "names no port"),
            ("tcp:listen:example.com:80", "is a name"),
            ("tcp:*:example.com:80", "is a name"),
            ("sctp:connect:*:80", "no protocol"),
            ("tcp:accept:*:80", "no direction"),
            ("*:80-79", "no port"),
            ("*:65536", "no port"),
            ("*:+1", "no port"),
            ("*:", "no port"),
            ("10.0.0.1/8:80", "behind its prefix"),
            ("10.0.0.0/33:80", "no length"),
            ("127.1:80", "neither an address"),
            ("[::1:80", "no closing bracket"),
            ("tcp:connect:::1:80", "in brackets"),
            ("[::ffff:10.0.0.1]:80", "stands for IPv4"),
            ("a b:80", "neither an address"),
            ("*.*:80", "neither an address"),
            ("dns:10.0.0.1", "needs no lookup"),
            ("dns:", "neither an address"),
        ] {
            let error = text.parse::<Rule>().unwrap_err().to_string();
            assert!(error.contains(part), "{text}: {error}");
        }
    }
}
