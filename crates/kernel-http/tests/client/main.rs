//! The client against servers of its own, on loopback.

mod attacks;
mod exchanges;
mod rig;
mod tls;
