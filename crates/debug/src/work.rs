//! A bound on what debug information can make us do.

/// Less than a second's work. A unit is a byte, an attribute or an entry of a list that is read.
const MOST: u64 = 50_000_000;

/// The largest part of a unit that is taken into memory as a whole: its abbreviations, the header of its line program.
pub(crate) const LARGEST: usize = 1 << 20;

/// Work that may still be done.
pub(crate) struct Work(u64);

impl Work {
    pub(crate) fn new() -> Self {
        Self(MOST)
    }

    #[cfg(test)]
    pub(crate) fn of(steps: u64) -> Self {
        Self(steps)
    }

    /// Pay; none if there is not enough left.
    pub(crate) fn spend(&mut self, steps: usize) -> Option<()> {
        let left = self.0.checked_sub(steps as u64);
        self.0 = left.unwrap_or(0);
        left.map(|_| ())
    }

    pub(crate) fn is_done(&self) -> bool {
        self.0 == 0
    }
}
