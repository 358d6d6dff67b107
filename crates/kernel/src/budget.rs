//! How much of the host one guest may hold.

/// Bounds on what a guest can make the host keep. The defaults suit a command that a person runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Budget {
    /// Open descriptors.
    pub descriptors: u32,
    /// Subscriptions in one poll.
    pub subscriptions: u32,
    /// Buffers in one vectored read or write; more are left for the next call.
    pub buffers: u32,
    /// Bytes that one call may ask for in a single host operation; more are left for the next call, or done in pieces.
    pub transfer: usize,
    /// Sockets that it made or accepted.
    pub sockets: u32,
    /// Names that are being looked up, or whose addresses are kept.
    pub lookups: u32,
    /// Bytes that streams may have taken from the guest without having given them on, all together; more are not taken.
    pub output: usize,
    /// Bytes of one answer that the host makes before it hands it to the guest.
    pub answer: usize,
    /// HTTP.
    pub http: HttpBudget,
}

impl Default for Budget {
    fn default() -> Self {
        Self {
            descriptors: 65_536,
            subscriptions: 65_536,
            buffers: 1_024,
            transfer: 0x7fff_f000,
            sockets: 16_384,
            lookups: 256,
            output: 16 << 20,
            answer: 64 << 20,
            http: HttpBudget::default(),
        }
    }
}

/// Bounds on what a guest can make the host keep of HTTP.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HttpBudget {
    /// Fields in one list.
    pub fields: u32,
    /// Bytes of one list of fields.
    pub field_bytes: usize,
    /// Bytes of all lists of fields together.
    pub all_field_bytes: usize,
    /// Bytes of a body that are kept until the wire takes them.
    pub body_buffer: usize,
    /// Exchanges under way and bodies that are written, together.
    pub exchanges: u32,
}

impl Default for HttpBudget {
    fn default() -> Self {
        Self {
            fields: 1_024,
            field_bytes: 128 << 10,
            all_field_bytes: 16 << 20,
            body_buffer: 256 << 10,
            exchanges: 1_024,
        }
    }
}
