//! Which guest asks, for what guests share.

use std::sync::atomic::{AtomicU64, Ordering};

/// A guest, among all of this process, for those who serve many in turn: nothing can be asked of it but whether it is
/// the same one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct GuestId(u64);

impl GuestId {
    /// One more guest.
    #[expect(clippy::new_without_default, reason = "no two are equal, which no default can say")]
    pub fn new() -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        Self(NEXT.fetch_add(1, Ordering::Relaxed))
    }
}
