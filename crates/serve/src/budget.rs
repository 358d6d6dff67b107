//! A number of places that all workers share.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

/// Places, some of which are taken.
#[derive(Clone)]
pub(crate) struct Places {
    taken: Arc<AtomicU32>,
    all: u32,
}

/// A place, until it is dropped.
pub(crate) struct Taken(Arc<AtomicU32>);

impl Places {
    pub(crate) fn new(all: u32) -> Self {
        Self { taken: Arc::default(), all }
    }

    /// Take a place, if there is one.
    pub(crate) fn take(&self) -> Option<Taken> {
        if self.taken.fetch_add(1, Ordering::Relaxed) < self.all {
            return Some(Taken(self.taken.clone()));
        }
        self.taken.fetch_sub(1, Ordering::Relaxed);
        None
    }
}

impl Drop for Taken {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_are_no_more_places_than_there_are() {
        let places = Places::new(2);
        let (first, second) = (places.take(), places.take());
        assert!(first.is_some() && second.is_some() && places.take().is_none());
        drop(first);
        assert!(places.clone().take().is_some());
    }
}
