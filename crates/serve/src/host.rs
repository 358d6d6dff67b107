//! Hosts as requests name them and as the file of routes does, in the one form in which they are compared: names in lower
//! case and in ASCII without a dot at their end, addresses as the standard library writes them, IPv6 in brackets.
//!
//! RFC 3986 section 3.2.2 for what a request may name, RFC 9112 section 3.2 for what becomes of the rest: 400.

use std::borrow::Cow;
use std::net::Ipv6Addr;

use tambo_kernel::net::{HostName, Peer};

/// A request names no host that there could be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct InvalidHost;

/// The host of a request's authority, which may have a port.
pub(crate) fn of_authority(authority: &str) -> Result<Cow<'_, str>, InvalidHost> {
    let after_brackets = authority.rfind(']').map_or(0, |bracket| bracket + 1);
    let (host, port) = match authority[after_brackets..].find(':') {
        Some(colon) => authority.split_at(after_brackets + colon),
        None => (authority, ""),
    };
    let digits = port.strip_prefix(':').unwrap_or(port);
    if !digits.is_empty() && !is_port(digits) {
        return Err(InvalidHost);
    }
    if let Some(rest) = host.strip_prefix('[') {
        let address: Ipv6Addr = rest.strip_suffix(']').and_then(|text| text.parse().ok()).ok_or(InvalidHost)?;
        return Ok(Cow::Owned(format!("[{address}]")));
    }
    if !host.bytes().all(may_be_in_name) {
        return Err(InvalidHost);
    }
    let host = host.strip_suffix('.').unwrap_or(host);
    let is_lower = !host.bytes().any(|byte| byte.is_ascii_uppercase());
    Ok(if is_lower { Cow::Borrowed(host) } else { Cow::Owned(host.to_ascii_lowercase()) })
}

/// A host of the file of routes: a name, `*.` and a name, or an address. None if it is none of them.
pub(crate) fn of_route(text: &str) -> Option<String> {
    if let Some(name) = text.strip_prefix("*.") {
        return HostName::new(name).ok().map(|name| format!("*.{name}"));
    }
    let bare_v6 = text.parse().ok().map(|address: Ipv6Addr| Peer::Address(address.into()));
    match bare_v6.or_else(|| Peer::new(text).ok())? {
        Peer::Address(address) if address.is_ipv6() => Some(format!("[{address}]")),
        Peer::Address(address) => Some(address.to_string()),
        Peer::Name(name) => Some(name.to_string()),
    }
}

fn is_port(digits: &str) -> bool {
    digits.bytes().all(|byte| byte.is_ascii_digit()) && digits.parse::<u16>().is_ok()
}

/// `reg-name`: unreserved, percent-encoded, and the delimiters that have no meaning here.
fn may_be_in_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._~%!$&'()*+,;=".contains(&byte)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_of_requests_come_to_one_form() {
        for (authority, host) in [
            ("", ""),
            ("shop.test", "shop.test"),
            ("Shop.TEST.:80", "shop.test"),
            ("shop.test:", "shop.test"),
            ("127.0.0.1:8080", "127.0.0.1"),
            ("[0:0::1]:80", "[::1]"),
            ("[::1]", "[::1]"),
            ("a_b.test", "a_b.test"),
        ] {
            assert_eq!(of_authority(authority).as_deref(), Ok(host), "{authority}");
        }
        for authority in [
            "shop.test:x",
            "a:80:80",
            "a:65536",
            "a:+1",
            "::1",
            "[::1",
            "[::1]x",
            "[::1]x:80",
            "[a]",
            "a b",
            "é",
            "user@a",
            "a/b",
            "[::1]:80:80",
        ] {
            assert_eq!(of_authority(authority), Err(InvalidHost), "{authority}");
        }
    }

    #[test]
    fn hosts_of_routes_come_to_the_same_form() {
        for (text, host) in [
            ("Shop.example.", "shop.example"),
            ("*.Example", "*.example"),
            ("bücher.example", "xn--bcher-kva.example"),
            ("127.0.0.1", "127.0.0.1"),
            ("[0::1]", "[::1]"),
            ("::1", "[::1]"),
        ] {
            assert_eq!(of_route(text).as_deref(), Some(host), "{text}");
        }
        for text in
            ["", "*", "*.", "*example.com", "a.*", "*.*.a", "a b", "a:80", "a/b", "[::1]:80", "127.1", "*.1.2.3.4"]
        {
            assert_eq!(of_route(text), None, "{text}");
        }
    }
}
