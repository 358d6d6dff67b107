//! Which requests a guest may send. Pure data; [`HttpPolicy`](super::HttpPolicy) judges by it.

use http::Method;

use super::Target;
use crate::net::{Host, Peer, Ports, as_judged, connects, may_look_up};

/// What carries HTTP.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Transport {
    /// TCP in the clear: the scheme `http`.
    Http,
    /// TLS: the scheme `https`.
    Https,
}

impl Transport {
    /// The port that a URL without one means.
    pub const fn default_port(self) -> u16 {
        match self {
            Self::Http => 80,
            Self::Https => 443,
        }
    }
}

/// One permission: requests with a method, over a transport, to a host and port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HttpRule {
    /// The method; any if none.
    pub method: Option<Method>,
    /// The transport; both if none.
    pub transport: Option<Transport>,
    /// The host that the request names. A block of addresses is about requests that name an address.
    pub host: Host,
    /// The ports; the default one of the transport if none.
    pub ports: Option<Ports>,
}

impl HttpRule {
    pub(super) fn allows(&self, target: &Target) -> bool {
        self.method.as_ref().is_none_or(|method| *method == target.method)
            && self.transport.is_none_or(|transport| transport == target.transport)
            && match self.ports {
                Some(ports) => ports.contains(target.port),
                None => target.port == target.transport.default_port(),
            }
            && match &target.host {
                Peer::Address(address) => self.host == Host::Any || connects(&self.host, as_judged(*address), None),
                Peer::Name(name) => may_look_up(&self.host, name),
            }
    }
}

/// Which requests a guest may send; none by default.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HttpRules {
    pub(super) everything: bool,
    pub(super) rules: Vec<HttpRule>,
}

impl HttpRules {
    /// No request is allowed.
    pub const fn deny_all() -> Self {
        Self { everything: false, rules: Vec::new() }
    }

    /// Every request is allowed, to addresses that are near as well.
    pub const fn allow_all() -> Self {
        Self { everything: true, rules: Vec::new() }
    }

    /// Allow more.
    pub fn allow(&mut self, rule: HttpRule) -> &mut Self {
        self.rules.push(rule);
        self
    }

    /// Allow what the rules of both allow.
    pub fn extend(&mut self, other: Self) -> &mut Self {
        self.everything |= other.everything;
        self.rules.extend(other.rules);
        self
    }

    /// Whether nothing at all is allowed.
    pub fn is_empty(&self) -> bool {
        !self.everything && self.rules.is_empty()
    }
}

impl FromIterator<HttpRule> for HttpRules {
    fn from_iter<T: IntoIterator<Item = HttpRule>>(rules: T) -> Self {
        Self { everything: false, rules: rules.into_iter().collect() }
    }
}
