//! Names of hosts: syntax, and the one form in which they are compared.
//!
//! RFC 952, RFC 1123 and RFC 1035 section 2.3.4 for the syntax; underscores are allowed, because service names have
//! them. International names become ASCII by IDNA (UTS 46).

use std::fmt;
use std::net::{IpAddr, Ipv6Addr};

use crate::{Error, Result};

/// Bytes of a label, and of a name without its final dot.
const MAX_LABEL: usize = 63;
const MAX_NAME: usize = 253;

/// A host's name in ASCII, in lower case, without a dot at its end.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct HostName(String);

impl HostName {
    /// Check and convert a name. [`Error::Invalid`] if it is none, or is a number that old resolvers take for an
    /// address.
    pub fn new(text: &str) -> Result<Self> {
        // International characters become longer, never shorter than their number.
        if text.len() > 4 * MAX_NAME {
            return Err(Error::Invalid);
        }
        let ascii = match text.is_ascii() {
            true => text.to_ascii_lowercase(),
            false => idna::domain_to_ascii(text).map_err(|_| Error::Invalid)?,
        };
        let name = ascii.strip_suffix('.').unwrap_or(&ascii);
        let is_valid = name.len() <= MAX_NAME && name.split('.').all(is_label) && !ends_in_number(name);
        if is_valid { Ok(Self(name.to_owned())) } else { Err(Error::Invalid) }
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it is another name for this host: `localhost`, or beneath it (RFC 6761 section 6.3).
    pub fn is_localhost(&self) -> bool {
        self.0 == "localhost" || self.0.ends_with(".localhost")
    }
}

impl fmt::Display for HostName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What names a peer.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Peer {
    /// An address: nothing has to be looked up.
    Address(IpAddr),
    /// A name.
    Name(HostName),
}

impl Peer {
    /// Tell an address from a name. [`Error::Invalid`] if it is neither.
    pub fn bare(text: &str) -> Result<Self> {
        match text.parse() {
            Ok(address) => Ok(Self::Address(address)),
            Err(_) => HostName::new(text).map(Self::Name),
        }
    }

    /// Tell an address from a name, where IPv6 is in brackets, as in a URI. [`Error::Invalid`] if it is neither.
    pub fn new(text: &str) -> Result<Self> {
        match text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            Some(address) => address.parse().map(|v6: Ipv6Addr| Self::Address(v6.into())).map_err(|_| Error::Invalid),
            None if text.contains(':') => Err(Error::Invalid),
            None => Self::bare(text),
        }
    }
}

fn is_label(label: &str) -> bool {
    let is_inner = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    (1..=MAX_LABEL).contains(&label.len())
        && label.bytes().all(is_inner)
        && !label.starts_with('-')
        && !label.ends_with('-')
}

/// `127.1`, `0x7f000001` and `2130706433` are addresses to `inet_aton`, and so to many resolvers.
fn ends_in_number(name: &str) -> bool {
    let last = name.rsplit('.').next().unwrap_or(name);
    let hexadecimal = last.strip_prefix("0x").is_some_and(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()));
    hexadecimal || last.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_brought_into_one_form() {
        for (text, name) in [
            ("Example.COM.", "example.com"),
            ("bücher.example", "xn--bcher-kva.example"),
            ("_dns.example", "_dns.example"),
            ("a", "a"),
        ] {
            assert_eq!(HostName::new(text).unwrap().as_str(), name);
        }
    }

    #[test]
    fn attack_18_numbers_are_no_names() {
        for text in ["127.1", "2130706433", "0x7f000001", "0x7f.1", "a.0x", "127.0.0.1", "1.2.3.4."] {
            assert_eq!(HostName::new(text), Err(Error::Invalid), "{text}");
        }
    }

    #[test]
    fn what_is_no_name_is_refused() {
        let long = format!("{}.example", "a".repeat(64));
        let longer = "a.".repeat(127) + "a";
        for text in ["", ".", "a..b", ".a", "a b", "a/b", "-a", "a-", "a:80", "::1", "*.a", "a\0b", &long, &longer] {
            assert_eq!(HostName::new(text), Err(Error::Invalid), "{text:?}");
        }
    }

    #[test]
    fn peers_are_addresses_or_names() {
        assert_eq!(Peer::new("[::1]"), Ok(Peer::Address("::1".parse().unwrap())));
        assert_eq!(Peer::new("1.2.3.4"), Ok(Peer::Address("1.2.3.4".parse().unwrap())));
        assert_eq!(Peer::new("a.example"), Ok(Peer::Name(HostName("a.example".to_owned()))));
        assert_eq!(Peer::bare("::1"), Ok(Peer::Address("::1".parse().unwrap())));
        for text in ["[a]", "[1.2.3.4]", "::1", "a:80"] {
            assert_eq!(Peer::new(text), Err(Error::Invalid), "{text}");
        }
        assert_eq!(Peer::bare("[::1]"), Err(Error::Invalid));
    }

    #[test]
    fn localhost_and_what_is_beneath_is_this_host() {
        assert!(HostName::new("x.localhost").unwrap().is_localhost());
        assert!(!HostName::new("notlocalhost").unwrap().is_localhost());
    }
}
