//! The client against servers of its own, on loopback.
#![expect(clippy::unwrap_used, reason = "a failed unwrap here is a failed test")]

mod attacks;
mod exchanges;
mod rig;
mod tls;
