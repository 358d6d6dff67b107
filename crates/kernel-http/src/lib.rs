//! HTTP on the wire: the client of the kernel's contract, and the bodies of hyper as the kernel's.
//!
//! # Threads
//!
//! Everything runs on one thread, in a tokio [`LocalSet`](tokio::task::LocalSet): that of a server's worker, which runs
//! the client's [`Driver`] beside its guests, that of a command, whose waits the driver fills, or one of its own, which
//! [`Client::background`] starts for guests that block theirs. Requests come in through a channel; what goes back
//! (promises and bodies) may be on another thread.

mod body;
mod client;
mod config;
mod connect;
mod connection;
mod errors;
mod exchange;
mod gate;
mod pool;
mod resolve;
mod tls;

pub use body::{ReceivedBody, SentBody, received};
pub use client::{Client, Driver};
pub use config::{ClientConfig, Identity};
pub use tls::{TlsError, TlsPart};
