//! What one guest may do with a network: states, rules, bounds. The network is a fake that notes what it is asked, so
//! that what must not reach a system is seen not to.

#![expect(clippy::unwrap_used, reason = "test helpers, whose failures are panics")]

mod fake;
mod lookups;
mod tcp;
mod udp;
