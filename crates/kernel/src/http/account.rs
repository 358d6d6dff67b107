//! What one guest holds of HTTP, all its messages together, and the bound on it.

use std::cell::Cell;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use crate::budget::HttpBudget;

/// Counts the bytes of a guest's fields, and its exchanges. Shared by everything that is counted.
pub struct Account {
    /// The bounds.
    pub(super) budget: HttpBudget,
    field_bytes: Cell<usize>,
    exchanges: Arc<AtomicU32>,
}

impl Account {
    /// An account of nothing.
    pub fn new(budget: HttpBudget) -> Rc<Self> {
        Rc::new(Self { budget, field_bytes: Cell::new(0), exchanges: Arc::default() })
    }

    /// The bounds.
    pub fn budget(&self) -> &HttpBudget {
        &self.budget
    }

    /// Charge bytes of fields, if there is room.
    pub(super) fn charge(&self, bytes: usize) -> bool {
        let total = self.field_bytes.get().saturating_add(bytes);
        let fits = total <= self.budget.all_field_bytes;
        if fits {
            self.field_bytes.set(total);
        }
        fits
    }

    /// Charge what the host itself has read and bounded, and the guest cannot help.
    pub(super) fn charge_received(&self, bytes: usize) {
        self.field_bytes.set(self.field_bytes.get().saturating_add(bytes));
    }

    pub(super) fn release(&self, bytes: usize) {
        self.field_bytes.set(self.field_bytes.get().saturating_sub(bytes));
    }

    /// Room for one more exchange or body, if there is any.
    pub(super) fn permit(&self) -> Option<Permit> {
        // Only this guest's thread adds, so that no other can come between.
        if self.exchanges.load(Ordering::Relaxed) >= self.budget.exchanges {
            return None;
        }
        self.exchanges.fetch_add(1, Ordering::Relaxed);
        Some(Permit(self.exchanges.clone()))
    }
}

/// One exchange's or body's share of what a guest may have under way. Kept by whoever holds something for it; given
/// back when it is dropped, on any thread.
pub struct Permit(Arc<AtomicU32>);

impl Drop for Permit {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}
