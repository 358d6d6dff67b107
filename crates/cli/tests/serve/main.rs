//! `tambo serve` over the wire: real connections to the command, with clients written by hand where real ones behave.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod access;
mod activation;
mod attacks;
mod beginning;
mod client;
mod flood;
mod frames;
mod granted;
mod guests;
mod http;
mod lifecycle;
mod limits;
mod outbound;
mod processes;
mod server;
mod stalls;
mod stderr;
mod tenants;
mod tls;
