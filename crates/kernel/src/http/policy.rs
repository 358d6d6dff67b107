//! Whether a guest may send a request, and whether it may go to an address: two questions, asked at two times.
//!
//! The first is asked before a name is looked up. The second is asked of the very address that is then connected to,
//! so that no name server can answer one thing to us and another to the connection; it is asked again when a
//! connection that another guest opened is used once more. Redirects are not followed: the guest may send another
//! request, which is judged like the first.
//!
//! One grant drives sockets and requests: what a guest may connect to by TCP, it may send requests to. Rules for requests
//! allow more, and nothing to sockets. A rule that names a host by name reaches no special address (see
//! [`net::Host`](crate::net::Host)), unless the rules for sockets name that: `http://*.internal` and
//! `tcp:10.0.0.0/8:80` together reach the private addresses of internal hosts.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use http::Method;
use http::uri::{Scheme, Uri};

use super::{HttpError, HttpRules, Transport};
use crate::net::{Direction, HostName, NetworkRules, Peer, Protocol, as_judged, connects};

/// What a request is about, as far as rules see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// The method.
    pub method: Method,
    /// The transport.
    pub transport: Transport,
    /// The host.
    pub host: Peer,
    /// The port.
    pub port: u16,
}

impl Target {
    /// What a request with this method and absolute URI is about. [`HttpError::HttpProtocolError`] for a scheme other
    /// than `http` and `https`, [`HttpError::HttpRequestUriInvalid`] if there is no host or more than a host and a port,
    /// [`HttpError::HttpRequestMethodInvalid`] for CONNECT, which would be a tunnel past all rules.
    pub fn new(method: &Method, uri: &Uri) -> Result<Self, HttpError> {
        if *method == Method::CONNECT {
            return Err(HttpError::HttpRequestMethodInvalid);
        }
        let transport = match uri.scheme() {
            Some(scheme) if *scheme == Scheme::HTTP => Transport::Http,
            Some(scheme) if *scheme == Scheme::HTTPS => Transport::Https,
            _ => return Err(HttpError::HttpProtocolError),
        };
        let authority = uri.authority().ok_or(HttpError::HttpRequestUriInvalid)?;
        let invalid = || HttpError::HttpRequestUriInvalid;
        // What is neither host nor port would go out and mean nothing here: user information, or a text after brackets.
        let rest = authority.as_str().strip_prefix(authority.host()).ok_or_else(invalid)?;
        let port = match rest.strip_prefix(':') {
            Some(digits) if digits.bytes().all(|byte| byte.is_ascii_digit()) => {
                digits.parse().map_err(|_| invalid())?
            }
            None if rest.is_empty() => transport.default_port(),
            _ => return Err(invalid()),
        };
        if port == 0 {
            return Err(invalid());
        }
        let host = Peer::new(authority.host()).map_err(|_| invalid())?;
        Ok(Self { method: method.clone(), transport, host, port })
    }

    fn name(&self) -> Option<&HostName> {
        match &self.host {
            Peer::Name(name) => Some(name),
            Peer::Address(_) => None,
        }
    }
}

/// What one guest may do with HTTP: rules for requests, beside those for sockets.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HttpPolicy {
    /// Which requests.
    pub rules: Arc<HttpRules>,
    /// Which requests and which addresses besides.
    pub network: Arc<NetworkRules>,
}

impl HttpPolicy {
    /// Judge a request. [`HttpError::HttpRequestDenied`].
    pub fn check_request(&self, target: &Target) -> Result<(), HttpError> {
        let by_rule = || self.rules.everything || self.rules.rules.iter().any(|rule| rule.allows(target));
        match by_rule() || self.network.may_request(&target.host, target.port) {
            true => Ok(()),
            false => Err(HttpError::HttpRequestDenied),
        }
    }

    /// Judge the address that an allowed request would go to. [`HttpError::DestinationIpProhibited`].
    pub fn check_address(&self, target: &Target, address: IpAddr) -> Result<(), HttpError> {
        let name = target.name();
        let by_rule = || {
            self.rules.rules.iter().any(|rule| rule.allows(target) && connects(&rule.host, as_judged(address), name))
        };
        let by_network = || {
            let address = SocketAddr::new(address, target.port);
            self.network.check(Protocol::Tcp, Direction::Connect, address, name).is_ok()
        };
        match self.rules.everything || by_rule() || by_network() {
            true => Ok(()),
            false => Err(HttpError::DestinationIpProhibited),
        }
    }
}

#[cfg(test)]
#[path = "policy_tests.rs"]
mod tests;
