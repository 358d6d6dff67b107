//! A bound on what grows inside a store: bytes of all memories together, elements of all tables together.
//!
//! An engine asks before it makes or grows a memory or table. A bound for each one alone would be multiplied by their
//! number, which the guest chooses.

use crate::{EngineConfig, Limits};

/// A bound and what is used of it.
#[derive(Clone, Debug)]
pub struct Quota {
    what: &'static str,
    limit: u64,
    each: u64,
    used: u64,
    granted: u64,
    refusal: Option<String>,
}

impl Quota {
    /// A bound of `limit` for all together and of `each` for any single one; `what` names the unit in messages.
    pub fn new(what: &'static str, limit: u64, each: u64) -> Self {
        Self { what, limit, each, used: 0, granted: 0, refusal: None }
    }

    /// Whether one of them may grow from `current` to `desired`; a growth beyond its own declared `maximum` will fail
    /// anyway and is refused here, so that it does not count.
    pub fn grow(&mut self, current: usize, desired: usize, maximum: Option<usize>) -> bool {
        self.granted = 0;
        if maximum.is_some_and(|maximum| desired > maximum) {
            return false;
        }
        let delta = (desired as u64).saturating_sub(current as u64);
        let (what, each, limit) = (self.what, self.each, self.limit);
        if desired as u64 > each {
            self.refusal = Some(format!("{desired} {what} exceed the limit of {each} for a single one"));
            return false;
        }
        match self.used.checked_add(delta) {
            Some(used) if used <= limit => {
                self.used = used;
                self.granted = delta;
                true
            }
            _ => {
                self.refusal = Some(format!("{delta} more {what} exceed the limit of {limit}"));
                false
            }
        }
    }

    /// The growth that was granted last failed after all. For an engine that tells of nothing but such failures.
    pub fn undo(&mut self) {
        self.used -= std::mem::take(&mut self.granted);
    }

    /// Why the last refusal was; none if nothing was refused since this was asked.
    pub fn take_refusal(&mut self) -> Option<String> {
        self.refusal.take()
    }
}

/// The quotas of one store.
#[derive(Clone, Debug)]
pub struct Quotas {
    /// Bytes of memory.
    pub memory: Quota,
    /// Elements of tables.
    pub tables: Quota,
}

impl Quotas {
    /// What an instance of these limits may use in an engine of this configuration: a pool bounds single ones too.
    pub fn new(limits: &Limits, config: &EngineConfig) -> Self {
        let (memory, table) = match &config.pool {
            Some(pool) => (pool.max_memory as u64, pool.table_elements as u64),
            None => (u64::MAX, u64::MAX),
        };
        Self {
            memory: Quota::new("bytes of memory", limits.memory, memory),
            tables: Quota::new("table elements", limits.table_elements, table),
        }
    }

    /// Why a memory or table was refused last.
    pub fn take_refusal(&mut self) -> Option<String> {
        self.memory.take_refusal().or_else(|| self.tables.take_refusal())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_together_are_bounded() {
        let mut quota = Quota::new("bytes", 100, u64::MAX);
        assert!(quota.grow(0, 60, None));
        assert!(!quota.grow(0, 60, None));
        assert_eq!(quota.take_refusal().unwrap(), "60 more bytes exceed the limit of 100");
        assert!(quota.grow(60, 100, None));
        assert!(!quota.grow(0, 1, None));
    }

    #[test]
    fn a_failed_growth_gives_back_what_it_took_once() {
        let mut quota = Quota::new("bytes", 100, u64::MAX);
        assert!(quota.grow(0, 80, None));
        quota.undo();
        quota.undo();
        assert!(quota.grow(0, 100, None));
        assert!(!quota.grow(100, 101, None));
        quota.undo();
        assert!(!quota.grow(100, 101, None));
    }

    #[test]
    fn declared_maximum_and_single_bound_cost_nothing() {
        let mut quota = Quota::new("bytes", 100, 50);
        assert!(!quota.grow(0, 20, Some(10)));
        assert!(quota.take_refusal().is_none());
        assert!(!quota.grow(0, 51, None));
        assert!(quota.grow(0, 50, None) && quota.grow(0, 50, None));
    }
}
