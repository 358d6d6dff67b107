//! What a store holds beside the embedder's data.
//!
//! # Safety
//!
//! wasmtime wants data of asynchronous stores to be [`Send`], because a future of a call may be polled on another
//! thread than the last time. The contract's data need not be. [`StoreData`] claims to be `Send`, and this crate keeps
//! it true in effect: a store lives in an [`Instance`](tambo_engine::Instance) or in a future that borrows one; both
//! are handed out only as trait objects without `Send`, so neither they nor the data ever leave their thread.
#![expect(unsafe_code, reason = "claims Send for data that stays on one thread; see Safety")]

use tambo_engine::{EngineConfig, Limits, Quotas};
use wasmtime::{Memory, ResourceLimiter};

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

// SAFETY: never moved to another thread; see the module.
unsafe impl<T> Send for StoreData<T> {}

impl<T> StoreData<T> {
    pub(crate) fn new(data: T, limits: &Limits, config: &EngineConfig) -> Self {
        Self {
            data,
            memory: None,
            named: Box::default(),
            blocking: true,
            limiter: Limiter(Quotas::new(limits, config)),
        }
    }
}

/// Bounds for all memories and all tables of a store. A growth that wasmtime cannot do although it was granted here
/// stays charged: wasmtime reports such failures, but others in the same way.
pub(crate) struct Limiter(pub(crate) Quotas);

impl ResourceLimiter for Limiter {
    fn memory_growing(&mut self, current: usize, desired: usize, maximum: Option<usize>) -> wasmtime::Result<bool> {
        Ok(self.0.memory.grow(current, desired, maximum))
    }

    fn table_growing(&mut self, current: usize, desired: usize, maximum: Option<usize>) -> wasmtime::Result<bool> {
        Ok(self.0.tables.grow(current, desired, maximum))
    }
}
