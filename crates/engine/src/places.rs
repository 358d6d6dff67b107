//! A bound on how many instances are alive at once.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use crate::{Trap, TrapKind};

/// The places of an engine's pool; without a pool there is no bound.
#[derive(Debug)]
pub struct Places {
    limit: Option<u32>,
    taken: AtomicU32,
}

/// A place that is taken, until it is dropped.
#[derive(Debug)]
pub struct Place(Arc<Places>);

impl Places {
    /// As many places as this.
    pub fn new(limit: Option<u32>) -> Arc<Self> {
        Arc::new(Self { limit, taken: AtomicU32::new(0) })
    }

    /// Take one; a [`TrapKind::Limit`] if none is left.
    pub fn take(self: &Arc<Self>) -> Result<Place, Trap> {
        let limit = self.limit.unwrap_or(u32::MAX);
        let taken = self.taken.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |taken| {
            (taken < limit).then_some(taken.saturating_add(1))
        });
        match taken {
            Ok(_) => Ok(Place(self.clone())),
            Err(_) => Err(TrapKind::Limit(format!("{limit} instances are alive, as many as may be")).into()),
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.0.taken.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_free_again_when_it_is_dropped() {
        let places = Places::new(Some(2));
        let (first, _second) = (places.take().unwrap(), places.take().unwrap());
        assert!(matches!(places.take().unwrap_err().kind, TrapKind::Limit(_)));
        drop(first);
        assert!(places.take().is_ok());
    }
}
