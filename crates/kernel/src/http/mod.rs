//! HTTP as a guest sees it: fields, messages, bodies, and the client that sends requests for it.
//!
//! The vocabulary is that of the crate `http`, which has types only, so that a message passes between a guest and the
//! wire without being converted. What reads and writes the wire is below this crate.
//!
//! # Two kinds of bodies
//!
//! - What a guest reads is an [`IncomingBody`]. It *pulls*: reading it polls the [`BodySource`] behind it, so that
//!   there is neither a task nor a buffer between the guest and the connection, and a guest that does not read makes
//!   its peer wait.
//! - What a guest writes is an [`OutgoingBody`], the end of a bounded pipe. The other end, a [`BodyReader`], is a
//!   `BodySource` again. A body that was finished before anybody looked at it has a known length and one chunk.
//!
//! # Threads
//!
//! A guest's objects stay on its thread. What lies between them and the wire can be on another thread, so
//! [`BodyReader`], [`BodySource`] and the sending half of a [`promise`] are `Send`, behind locks that are uncontended
//! when there is one thread only.

mod account;
mod chunks;
mod client;
mod error;
mod fields;
mod incoming;
mod message;
mod names;
mod outgoing;
mod parked;
mod policy;
mod promise;
mod rule_text;
mod rules;
mod source;
mod spelling;
mod wakers;

pub use account::{Account, Permit};
pub use client::{Exchange, GuestHttp, HttpClient, ResponseFuture};
pub use error::{FieldSize, HttpError};
pub use fields::{Fields, FieldsError};
pub use incoming::{BodyEnd, IncomingBody};
pub use message::{IncomingRequest, IncomingResponse, OutgoingRequest, OutgoingResponse, RequestOptions};
pub use names::remove_hop_by_hop;
pub use outgoing::{BodyGauge, BodyOf, BodyReader, OutgoingBody, body};
pub use policy::{HttpPolicy, Target};
pub use promise::{Promise, Promised, promise};
pub use rules::{HttpRule, HttpRules, Transport};
pub use source::{BodySource, Frame, NoBody};

/// The types of messages, so that who implements these contracts names the same version.
pub use ::http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Response, StatusCode, Uri, uri};
