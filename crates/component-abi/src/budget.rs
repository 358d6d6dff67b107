//! How many bytes the host holds for a guest.

use crate::Fault;

/// Bytes that may still be allocated on the host for values of one guest's call. A few bytes of a guest's memory can
/// stand for any number of host values (lists of lists that point at the same bytes), so every allocation that lifting
/// makes is charged here before it is made.
#[derive(Clone, Debug)]
pub struct Budget {
    left: usize,
}

impl Budget {
    /// A budget of so many bytes.
    #[inline]
    pub fn new(bytes: usize) -> Self {
        Self { left: bytes }
    }

    /// Take bytes from it.
    #[inline]
    pub fn charge(&mut self, bytes: usize) -> Result<(), Fault> {
        match self.left.checked_sub(bytes) {
            Some(left) => {
                self.left = left;
                Ok(())
            }
            None => Err(exhausted()),
        }
    }

    /// What is left.
    pub fn left(&self) -> usize {
        self.left
    }
}

#[cold]
fn exhausted() -> Fault {
    Fault::new("the values of this call are larger than the host may hold for a guest")
}
