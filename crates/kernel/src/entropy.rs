//! Random bytes.

use crate::Result;

/// A source of random bytes.
pub trait Entropy {
    /// Fill the whole buffer. Never blocks for long; a caller with a large buffer hands over a piece at a time.
    fn fill(&self, buffer: &mut [u8]) -> Result<()>;
}
