//! Which addresses and names a guest may use: the one policy of sockets and of outbound HTTP. Pure data.
//!
//! Nothing is allowed that no rule allows. A rule allows a protocol, a direction, a host and a range of ports:
//!
//! - [`Host::Any`] reaches the internet and, for listening, every address of this host. It does not reach what is near:
//!   see [`special`](super::is_special).
//! - [`Host::Block`] reaches its addresses. One that is special it reaches only if the block lies within the special
//!   one: `10.0.0.0/8` reaches private addresses, `0.0.0.0/0` does not.
//! - [`Host::Name`] and [`Host::Beneath`] reach the addresses that the resolver gave for such a name, but no special
//!   ones, which whoever owns the name could put there. `localhost` reaches the loopback addresses.
//!
//! An IPv4 address in a form of IPv6 is judged as the IPv4 address.

use std::net::{IpAddr, SocketAddr};

use super::host_name::{HostName, Peer};
use super::special::{as_judged, is_loopback, special_block};
use super::{Cidr, RuleError};
use crate::{Error, Result};

/// A transport protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Protocol {
    /// TCP.
    Tcp,
    /// UDP.
    Udp,
}

/// Who speaks first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Direction {
    /// The guest: it connects, or sends datagrams. The address is the peer's.
    Connect,
    /// The peer: the guest listens, or receives datagrams. The address is the guest's own.
    Listen,
}

/// Whom a rule is about.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Host {
    /// Everybody who is not special.
    Any,
    /// A block of addresses.
    Block(Cidr),
    /// The host with this name.
    Name(HostName),
    /// Every host whose name ends in a dot and this one.
    Beneath(HostName),
}

/// A range of ports, both ends included.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Ports {
    /// The lowest.
    pub first: u16,
    /// The highest.
    pub last: u16,
}

impl Ports {
    /// All of them.
    pub const ALL: Self = Self { first: 0, last: u16::MAX };

    /// Whether a port is in it.
    pub fn contains(self, port: u16) -> bool {
        (self.first..=self.last).contains(&port)
    }
}

/// One permission.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Rule {
    /// To use addresses, and to look up the names that it is about.
    Use {
        /// The protocol; both if none.
        protocol: Option<Protocol>,
        /// The direction; both if none.
        direction: Option<Direction>,
        /// Whom with.
        host: Host,
        /// Which ports: the peer's when connecting, the guest's own when listening.
        ports: Ports,
    },
    /// To look up names, whatever their addresses may be used for.
    LookUp(Host),
}

/// What a guest may do with the network; nothing by default.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NetworkRules {
    everything: bool,
    rules: Vec<Rule>,
}

impl NetworkRules {
    /// Nothing is allowed.
    pub const fn deny_all() -> Self {
        Self { everything: false, rules: Vec::new() }
    }

    /// Everything is allowed, special addresses too.
    pub const fn allow_all() -> Self {
        Self { everything: true, rules: Vec::new() }
    }

    /// Allow more.
    pub fn allow(&mut self, rule: Rule) -> &mut Self {
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

    /// Whether any address is allowed with this protocol, in this direction.
    pub fn has_any(&self, protocol: Protocol, direction: Direction) -> bool {
        self.everything || self.uses(protocol, direction).next().is_some()
    }

    /// Judge an address: the peer's to connect to, the own one to listen on (with port 0 if the system chooses).
    /// `name` is the name for which the resolver gave the address, if it was given for one. [`Error::Access`].
    pub fn check(
        &self,
        protocol: Protocol,
        direction: Direction,
        address: SocketAddr,
        name: Option<&HostName>,
    ) -> Result<()> {
        let ip = as_judged(address.ip());
        let reaches = |(host, ports): (&Host, &Ports)| {
            ports.contains(address.port())
                && match direction {
                    Direction::Connect => connects(host, ip, name),
                    Direction::Listen => listens(host, ip),
                }
        };
        match self.everything || self.uses(protocol, direction).any(reaches) {
            true => Ok(()),
            false => Err(Error::Access),
        }
    }

    /// Judge a name to be looked up. [`Error::Access`].
    pub fn check_lookup(&self, name: &HostName) -> Result<()> {
        let may = |rule: &Rule| match rule {
            Rule::LookUp(host) => may_look_up(host, name),
            Rule::Use { direction, host, .. } => *direction != Some(Direction::Listen) && may_look_up(host, name),
        };
        if self.everything || self.rules.iter().any(may) { Ok(()) } else { Err(Error::Access) }
    }

    /// Whether a request to a host and port may be sent, as far as that is known before a name is looked up: the guest's
    /// own sockets could look the name up, and connect to a port of it.
    pub(crate) fn may_request(&self, peer: &Peer, port: u16) -> bool {
        let (tcp, connect) = (Protocol::Tcp, Direction::Connect);
        match peer {
            Peer::Address(address) => self.check(tcp, connect, SocketAddr::new(*address, port), None).is_ok(),
            Peer::Name(name) => {
                let may_be = |host: &Host| matches!(host, Host::Any | Host::Block(_)) || is_named(host, name);
                let may_reach = |(host, ports): (&Host, &Ports)| ports.contains(port) && may_be(host);
                self.everything || (self.check_lookup(name).is_ok() && self.uses(tcp, connect).any(may_reach))
            }
        }
    }

    /// Whether any rule is by a name that this one matches: only then does it matter which addresses the name had.
    pub(super) fn is_by_name(&self, name: &HostName) -> bool {
        self.rules.iter().any(|rule| matches!(rule, Rule::Use { host, .. } if is_named(host, name)))
    }

    fn uses(&self, protocol: Protocol, direction: Direction) -> impl Iterator<Item = (&Host, &Ports)> {
        self.rules.iter().filter_map(move |rule| match rule {
            Rule::Use { protocol: of, direction: to, host, ports } => {
                let matches = of.is_none_or(|of| of == protocol) && to.is_none_or(|to| to == direction);
                matches.then_some((host, ports))
            }
            Rule::LookUp(_) => None,
        })
    }
}

pub(crate) fn connects(host: &Host, ip: IpAddr, name: Option<&HostName>) -> bool {
    let special = special_block(ip);
    match host {
        Host::Any => special.is_none(),
        Host::Block(block) => block.contains(ip) && special.is_none_or(|special| block.is_within(special)),
        Host::Name(own) if own.is_localhost() => is_loopback(ip),
        Host::Name(_) | Host::Beneath(_) => special.is_none() && name.is_some_and(|name| is_named(host, name)),
    }
}

/// An address of this host is no way to get near to anything, so none is special.
fn listens(host: &Host, ip: IpAddr) -> bool {
    match host {
        Host::Any => true,
        Host::Block(block) => block.contains(ip),
        Host::Name(own) => own.is_localhost() && is_loopback(ip),
        Host::Beneath(_) => false,
    }
}

fn is_named(host: &Host, name: &HostName) -> bool {
    match host {
        Host::Name(own) => own == name,
        Host::Beneath(own) => {
            name.as_str().strip_suffix(own.as_str()).is_some_and(|rest| rest.len() > 1 && rest.ends_with('.'))
        }
        Host::Any | Host::Block(_) => false,
    }
}

pub(crate) fn may_look_up(host: &Host, name: &HostName) -> bool {
    matches!(host, Host::Any) || is_named(host, name)
}

impl FromIterator<Rule> for NetworkRules {
    fn from_iter<T: IntoIterator<Item = Rule>>(rules: T) -> Self {
        Self { everything: false, rules: rules.into_iter().collect() }
    }
}

/// Rules in their text form, one a line or between white space.
impl std::str::FromStr for NetworkRules {
    type Err = RuleError;

    fn from_str(text: &str) -> std::result::Result<Self, RuleError> {
        text.split_whitespace().map(str::parse).collect()
    }
}

#[cfg(test)]
#[path = "rules_tests.rs"]
mod tests;
