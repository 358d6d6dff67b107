//! What a resource type is, whatever each component calls it.

use std::sync::atomic::{AtomicU64, Ordering};

/// A resource type, of the host or of an instance.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Identity {
    definer: u64,
    number: u32,
}

impl Default for Identity {
    fn default() -> Self {
        Self::new()
    }
}

impl Identity {
    /// A new type of the host's.
    pub fn new() -> Self {
        Self::of(unique(), 0)
    }

    /// A type that an instance defines.
    pub fn of(instance: u64, number: u32) -> Self {
        Self { definer: instance, number }
    }
}

/// A number that nothing else in this process has.
pub fn unique() -> u64 {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    NEXT.fetch_add(1, Ordering::Relaxed)
}
