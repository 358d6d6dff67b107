//! Sockets and names: what a network provides, what one guest may do with it, and the listeners and connections that
//! a guest is handed.
//!
//! # Two layers
//!
//! [`Network`], [`TcpSocket`], [`UdpSocket`] and [`Lookup`] are what an implementation provides: the system's sockets
//! without policy and, as far as may be, without state. [`GuestNetwork`] and what it makes is what the doors use: it
//! knows the [`NetworkRules`], the states of a socket and which arguments make sense, so that no implementation and no
//! door has to. Outbound HTTP asks the same rules.

mod cidr;
mod connection;
mod datagrams;
mod denied;
mod guest;
mod guest_lookup;
mod guest_tcp;
mod guest_udp;
mod host_name;
mod known_names;
mod late_shutdown;
mod network;
mod rule_text;
mod rules;
mod special;

pub use cidr::Cidr;
pub use connection::{Connection, Listener, Receive, Shutdown};
pub use datagrams::{Datagram, Datagrams};
pub use denied::Denied;
pub use guest::GuestNetwork;
pub use guest_lookup::GuestLookup;
pub use guest_tcp::{GuestTcp, TcpState};
pub use guest_udp::GuestUdp;
pub use host_name::{HostName, Peer};
pub use network::{Family, Lookup, Network, SocketOption, TcpSocket, UdpSocket};
pub use rule_text::RuleError;
pub(crate) use rule_text::{host as host_of, ports as ports_of};
pub use rules::{Direction, Host, NetworkRules, Ports, Protocol, Rule};
pub(crate) use rules::{connects, may_look_up};
pub use special::{as_judged, is_special};
