//! Counting what is alive of a kind that a guest can make, against a bound.

use std::cell::Cell;
use std::rc::Rc;

use crate::{Error, Result};

/// How many there may be, and how many there are.
#[derive(Debug)]
pub(crate) struct Allowance {
    limit: u32,
    live: Cell<u32>,
}

/// One of those that are counted, until it is dropped.
#[derive(Debug)]
pub(crate) struct Counted(Rc<Allowance>);

impl Allowance {
    pub(crate) fn new(limit: u32) -> Rc<Self> {
        Rc::new(Self { limit, live: Cell::new(0) })
    }

    /// Count one more. [`Error::TooManyDescriptors`] at the limit.
    pub(crate) fn take(self: &Rc<Self>) -> Result<Counted> {
        let live = self.live.get();
        if live >= self.limit {
            return Err(Error::TooManyDescriptors);
        }
        self.live.set(live + 1);
        Ok(Counted(self.clone()))
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.live.set(self.0.live.get() - 1);
    }
}
