//! What a store holds beside the embedder's data, and what may grow in it.

use tambo_engine::{EngineConfig, Limits, Quotas};
use wasmi::errors::{MemoryError, TableError};
use wasmi::{Memory, ResourceLimiter};
use wasmi_core::LimiterError;

/// The data of a store.
pub(crate) struct StoreData<T> {
    /// The embedder's.
    pub(crate) data: T,
    /// The memory that most host calls see; bound after instantiation.
    pub(crate) memory: Option<Memory>,
    /// The memories that the others name, by position.
    pub(crate) named: Box<[Option<Memory>]>,
    /// Whether the running call may block the thread instead of parking.
    pub(crate) blocking: bool,
    /// What may grow.
    pub(crate) limiter: Limiter,
}

impl<T> StoreData<T> {
    pub(crate) fn new(data: T, limits: &Limits, config: &EngineConfig) -> Self {
        Self {
            data,
            memory: None,
            named: Box::default(),
            blocking: true,
            limiter: Limiter { quotas: Quotas::new(limits, config), starved: false },
        }
    }
}

/// Bounds for all memories and all tables of a store. wasmi tells of growths that it cannot do although they were
/// granted, and only of those: they are given back.
pub(crate) struct Limiter {
    pub(crate) quotas: Quotas,
    starved: bool,
}

impl Limiter {
    /// Whether the last trap was a `table.grow` without fuel.
    pub(crate) fn take_starved(&mut self) -> bool {
        std::mem::take(&mut self.starved)
    }
}

impl ResourceLimiter for Limiter {
    fn memory_growing(&mut self, current: usize, desired: usize, maximum: Option<usize>) -> Result<bool, LimiterError> {
        Ok(self.quotas.memory.grow(current, desired, maximum))
    }

    fn memory_grow_failed(&mut self, _: &MemoryError) -> Result<(), LimiterError> {
        self.quotas.memory.undo();
        Ok(())
    }

    fn table_growing(&mut self, current: usize, desired: usize, maximum: Option<usize>) -> Result<bool, LimiterError> {
        Ok(self.quotas.tables.grow(current, desired, maximum))
    }

    /// wasmi 2.0.0 does not note where it is when a `table.grow` runs out of fuel, and would resume somewhere else. An
    /// error from here makes it a trap, which nothing resumes.
    fn table_grow_failed(&mut self, error: &TableError) -> Result<(), LimiterError> {
        self.quotas.tables.undo();
        if let TableError::OutOfFuel { .. } = error {
            self.starved = true;
            return Err(LimiterError::ResourceLimiterDeniedAllocation);
        }
        Ok(())
    }

    fn instances(&self) -> usize {
        usize::MAX
    }

    fn tables(&self) -> usize {
        usize::MAX
    }

    fn memories(&self) -> usize {
        usize::MAX
    }
}
