//! What a client may use of the host, and how long it waits.

use std::net::IpAddr;
use std::time::Duration;

use tambo_kernel::net::HostName;

/// Bounds, waiting times and trust of a client. Guests can ask for shorter times, not for longer ones.
#[derive(Clone, Debug)]
pub struct ClientConfig {
    /// Connections at any time, to all hosts, for all guests. A request that needs one more waits, for as long as it may
    /// take to connect.
    pub connections: usize,
    /// Exchanges of one guest that have a connection at any time. More wait in the same way.
    pub guest_exchanges: usize,
    /// Connections that are kept for one host while nobody uses them.
    pub idle_connections: usize,
    /// How long one is kept, up to twice.
    pub idle_time: Duration,
    /// For a connection: waiting for room, the name's lookup, TCP and TLS, all together.
    pub connect_timeout: Duration,
    /// From then to the head of the response.
    pub first_byte_timeout: Duration,
    /// Between two parts of the response's body.
    pub between_bytes_timeout: Duration,
    /// Bytes of a response's head.
    pub head_bytes: u32,
    /// Certificates that are trusted beside Mozilla's, as PEM.
    pub extra_roots: Vec<Vec<u8>>,
    /// Do not trust Mozilla's.
    pub only_extra_roots: bool,
    /// With what to answer a server that asks for a certificate.
    pub identity: Option<Identity>,
    /// Addresses of names that are not looked up, as in a hosts file.
    pub hosts: Vec<(HostName, Vec<IpAddr>)>,
}

/// A client's certificate chain and its private key, as PEM.
#[derive(Clone)]
pub struct Identity {
    /// The chain; its own certificate first.
    pub certificates: Vec<u8>,
    /// The key.
    pub key: Vec<u8>,
}

/// The key is no text for logs.
impl std::fmt::Debug for Identity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Identity")
    }
}

impl Default for ClientConfig {
    fn default() -> Self {
        Self {
            connections: 1_024,
            guest_exchanges: 256,
            idle_connections: 64,
            idle_time: Duration::from_secs(60),
            connect_timeout: Duration::from_secs(30),
            first_byte_timeout: Duration::from_secs(600),
            between_bytes_timeout: Duration::from_secs(600),
            head_bytes: 256 << 10,
            extra_roots: Vec::new(),
            only_extra_roots: false,
            identity: None,
            hosts: Vec::new(),
        }
    }
}
