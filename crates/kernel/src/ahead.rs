//! How many bytes of a file lie ahead of a position, for readers that have the guest make room before they read.

use std::cell::Cell;

use crate::Result;
use crate::fs::{File, FileKind};
use crate::host::Host;

/// How many bytes are taken at once of what does not say how many it has, or when nobody keeps them.
const PIECE: usize = 64 << 10;

/// Knows the size of a file: as it was when it was last looked up, because files seldom shrink, and looking costs as much
/// as half a small read.
#[derive(Default)]
pub struct Ahead {
    size: Cell<u64>,
}

impl Ahead {
    /// How many bytes a read of `wanted` at `position` gives, almost always: as many as a regular file has there. None if
    /// that is not known before, or if there are none.
    #[inline]
    pub fn sure(&self, host: &Host, file: &dyn File, position: u64, wanted: u64) -> Result<Option<usize>> {
        if file.kind() != FileKind::Regular {
            return Ok(None);
        }
        let wanted = usize::try_from(wanted).unwrap_or(usize::MAX).min(host.budget.transfer);
        let ahead = |size: u64| usize::try_from(size.saturating_sub(position)).unwrap_or(usize::MAX);
        if ahead(self.size.get()) < wanted {
            self.size.set(file.stat()?.size);
        }
        Ok(Some(wanted.min(ahead(self.size.get()))).filter(|&sure| sure > 0))
    }
}

/// As much of what is asked for as is done at once of what does not say how much it has.
pub fn piece(count: u64) -> usize {
    usize::try_from(count).unwrap_or(usize::MAX).min(PIECE)
}
