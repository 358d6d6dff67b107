//! Serve components of `wasi:http/proxy` over HTTP/1.1 and HTTP/2.
//!
//! [`serve`] runs until a signal ends it. Each worker is a thread with a runtime, listeners and connections of
//! its own; a request is read, answered by a guest and written on one thread, inside the task of its connection.
//! [`split`] makes processes of one instead, which share nothing: one that calls [`supervise`], and workers that call
//! [`serve_as_member`].
//!
//! # Time
//!
//! No request makes a timer. A worker has a coarse clock (`ticks`); whatever may take too long is looked at by a sweep:
//! connections through their `activity`, bodies through `peer_wait`, requests without a response through
//! `deadlines`.

mod activity;
mod admin;
mod body;
mod budget;
mod config;
mod connection;
mod deadlines;
mod exchange;
mod frames;
mod guest;
mod handler;
mod host;
mod limits;
mod linger;
mod listener;
mod log;
mod metrics;
mod overseer;
mod peer_wait;
mod piece;
mod place;
mod processes;
mod received;
mod routes;
mod rules;
mod seen;
mod server;
mod signals;
mod streams;
mod supply;
mod ticks;
mod tls;
mod transport;
mod unsent;
mod worker;

pub use body::Body;
pub use config::ComponentConfig;
pub use guest::{GuestOptions, Loader};
pub use handler::{Answer, Application, Arrival, Handler, RequestId};
pub use limits::Limits;
pub use piece::Piece;
pub use place::Place;
pub use processes::{Membership, Part, Split, Start, split, supervise};
pub use server::{Options, Source, serve, serve_as_member, workers};
pub use tls::TlsFiles;
