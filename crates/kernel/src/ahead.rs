//! How many bytes of a file lie ahead of a position, for readers that make room before they read.

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
    /// For how many bytes a reader of `wanted` at `position` should have room: as many as a regular file has there, which
    /// almost always gives that many; one if there are none, so that a read finds the end itself; a piece of anything else.
    pub fn room(&self, host: &Host, file: &dyn File, position: u64, wanted: u64) -> Result<usize> {
        if file.kind() != FileKind::Regular {
            return Ok(piece(wanted));
        }
        let wanted = usize::try_from(wanted).unwrap_or(usize::MAX).min(host.budget.transfer);
        let ahead = |size: u64| usize::try_from(size.saturating_sub(position)).unwrap_or(usize::MAX);
        if ahead(self.size.get()) < wanted {
            self.size.set(file.stat()?.size);
        }
        Ok(match (self.size.get(), ahead(self.size.get())) {
            // Files that a system makes up as they are read have no size.
            (0, _) => wanted.min(PIECE),
            (_, 0) => wanted.min(1),
            (_, ahead) => wanted.min(ahead),
        })
    }
}

/// As much of what is asked for as is done at once.
pub(crate) fn piece(count: u64) -> usize {
    usize::try_from(count).unwrap_or(usize::MAX).min(PIECE)
}
