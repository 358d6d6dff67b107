//! What clients and guests may take of the server.

use std::time::Duration;

/// Bounds. The defaults suit a server that strangers reach.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Connections at once, of all workers together.
    pub connections: u32,
    /// Guests that run at once, of all workers together; a request beyond them is answered 503.
    pub guests: u32,
    /// Requests at once on one connection of HTTP/2.
    pub streams: u32,
    /// Bytes of a request's head.
    pub head_bytes: usize,
    /// Bytes of a request's body; any number if there is none.
    pub body_bytes: Option<u64>,
    /// How long a client may take for the head of a request, and for the handshake of TLS.
    pub head_time: Duration,
    /// How long a guest may take until its response begins; what it waits for the request's body is not counted.
    pub first_byte: Duration,
    /// How long a connection may rest between requests, and a client's end of a body may stand still.
    pub idle: Duration,
    /// Bytes of memory of one guest.
    pub memory: u64,
    /// How long a request may compute, in processor time; a sixteenth of it is counted by the time for which it holds
    /// its thread.
    pub compute: Duration,
    /// How long requests may go on after the server was told to end.
    pub grace: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: 10_000,
            guests: 1_000,
            streams: 200,
            head_bytes: 64 << 10,
            body_bytes: None,
            head_time: Duration::from_secs(10),
            first_byte: Duration::from_secs(60),
            idle: Duration::from_secs(60),
            memory: 512 << 20,
            compute: Duration::from_secs(10),
            grace: Duration::from_secs(30),
        }
    }
}

/// The least that a client must send or take of a body on average, in bytes a second, once it has used up its
/// [`idle`](Limits::idle) time by waiting in pieces.
pub(crate) const SLOWEST: u64 = 240;
