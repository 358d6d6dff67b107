//! What a store holds beside the embedder's data, and what may grow in it.

use tambo_engine::{EngineConfig, Limits, Quota};
use wasmi::errors::{MemoryError, TableError};
use wasmi::{Memory, ResourceLimiter};
use wasmi_core::LimiterError;

/// The data of a store.
pub(crate) struct StoreData<T> {
    /// The embedder's.
    pub(crate) data: T,
    /// The memory that host calls see; bound after instantiation.
    pub(crate) memory: Option<Memory>,
    /// Whether the running call may block the thread instead of parking.
    pub(crate) blocking: bool,
    /// What may grow.
    pub(crate) limiter: Limiter,
}

impl<T> StoreData<T> {
    pub(crate) fn new(data: T, limits: &Limits, config: &EngineConfig) -> Self {
        Self { data, memory: None, blocking: true, limiter: Limiter::new(limits, config) }
    }
}

/// Bounds for all memories and all tables of a store. wasmi tells of growths that it cannot do although they were
/// granted, and only of those: they are given back.
pub(crate) struct Limiter {
    memory: Quota,
    tables: Quota,
    starved: bool,
}

impl Limiter {
    fn new(limits: &Limits, config: &EngineConfig) -> Self {
        let (memory, table) = match &config.pool {
            Some(pool) => (pool.max_memory as u64, pool.table_elements as u64),
            None => (u64::MAX, u64::MAX),
        };
        Self {
            memory: Quota::new("bytes of memory", limits.memory, memory),
            tables: Quota::new("table elements", limits.table_elements, table),
            starved: false,
        }
    }

    /// Why a memory or table was refused last.
    pub(crate) fn take_refusal(&mut self) -> Option<String> {
        self.memory.take_refusal().or_else(|| self.tables.take_refusal())
    }

    /// Whether the last trap was a `table.grow` without fuel.
    pub(crate) fn take_starved(&mut self) -> bool {
        std::mem::take(&mut self.starved)
    }
}

impl ResourceLimiter for Limiter {
    fn memory_growing(&mut self, current: usize, desired: usize, maximum: Option<usize>) -> Result<bool, LimiterError> {
        Ok(self.memory.grow(current, desired, maximum))
    }

    fn memory_grow_failed(&mut self, _: &MemoryError) -> Result<(), LimiterError> {
        self.memory.undo();
        Ok(())
    }

    fn table_growing(&mut self, current: usize, desired: usize, maximum: Option<usize>) -> Result<bool, LimiterError> {
        Ok(self.tables.grow(current, desired, maximum))
    }

    /// wasmi 2.0.0 does not note where it is when a `table.grow` runs out of fuel, and would resume somewhere else. An
    /// error from here makes it a trap, which nothing resumes.
    fn table_grow_failed(&mut self, error: &TableError) -> Result<(), LimiterError> {
        self.tables.undo();
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
