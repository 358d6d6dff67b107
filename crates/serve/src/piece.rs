//! A piece of a response's body on its way out. On HTTP/2 it is counted as long as the client has not taken it; the last
//! one ends the exchange, because only then is it known whether the response went out.

use std::rc::Rc;

use bytes::{Buf, Bytes};

use crate::exchange::Exchange;
use crate::unsent::Unsent;

/// Bytes of a body.
pub struct Piece {
    bytes: Bytes,
    counted: Option<Box<Counted>>,
}

struct Counted {
    unsent: Rc<Unsent>,
    bytes: usize,
    /// What ends with it.
    last_of: Option<Exchange>,
}

impl Piece {
    /// One whose way is short.
    pub(crate) fn uncounted(bytes: Bytes) -> Self {
        Self { bytes, counted: None }
    }

    pub(crate) fn counted(bytes: Bytes, unsent: Rc<Unsent>, last_of: Option<Exchange>) -> Self {
        unsent.hand(bytes.len());
        let counted = Counted { unsent, bytes: bytes.len(), last_of };
        Self { bytes, counted: Some(Box::new(counted)) }
    }
}

impl Drop for Piece {
    fn drop(&mut self) {
        let Some(counted) = &mut self.counted else { return };
        if let Some(exchange) = &mut counted.last_of
            && self.bytes.is_empty()
        {
            exchange.is_complete();
        }
        counted.unsent.let_go(counted.bytes);
    }
}

impl Buf for Piece {
    fn remaining(&self) -> usize {
        self.bytes.remaining()
    }

    fn chunk(&self) -> &[u8] {
        self.bytes.chunk()
    }

    fn advance(&mut self, count: usize) {
        self.bytes.advance(count);
        if let Some(exchange) = self.counted.as_ref().and_then(|counted| counted.last_of.as_ref()) {
            exchange.taken();
        }
    }
}
