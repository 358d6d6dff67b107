//! What an engine is built with, what an instance may use, and what a backend can do.

/// How an engine compiles and runs. Everything that changes generated code is here, so that a cache can tell.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct EngineConfig {
    /// Meter execution, so that [`Limits::fuel`] works.
    pub fuel: bool,
    /// Make running guests stoppable by an [`Interrupter`](crate::Interrupter).
    pub interrupts: bool,
    /// Collect guest backtraces for traps.
    pub backtraces: bool,
    /// Translate backtraces to source lines where the module carries DWARF.
    pub debug_info: bool,
    /// Keep memories, tables and stacks in a pool, for many short-lived instances.
    pub pool: Option<PoolConfig>,
    /// The guest's stack, in bytes.
    pub max_stack: usize,
    /// Compile on several threads.
    pub parallel_compilation: bool,
}

impl Default for EngineConfig {
    fn default() -> Self {
        Self {
            fuel: false,
            interrupts: false,
            backtraces: true,
            debug_info: true,
            pool: None,
            max_stack: 1 << 20,
            parallel_compilation: true,
        }
    }
}

/// The size of an instance pool.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct PoolConfig {
    /// Instances alive at once.
    pub instances: u32,
    /// Largest memory of one instance, in bytes.
    pub max_memory: usize,
    /// Bytes of each memory that stay mapped between instances (made as they were, not returned to the system).
    pub keep_resident: usize,
    /// Largest table, in elements.
    pub table_elements: usize,
}

impl Default for PoolConfig {
    fn default() -> Self {
        Self { instances: 100, max_memory: 4 << 30, keep_resident: 512 << 10, table_elements: 100_000 }
    }
}

/// What one instance may use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of linear memory, all memories together.
    pub memory: u64,
    /// Table elements, all tables together.
    pub table_elements: u64,
    /// Fuel, if the engine meters it ([`EngineConfig::fuel`]).
    pub fuel: Option<u64>,
}

impl Default for Limits {
    fn default() -> Self {
        Self { memory: u64::MAX, table_elements: 10_000_000, fuel: None }
    }
}

/// What a backend can do; what it cannot is an error when asked for, never silence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Capabilities {
    /// Modules can be compiled ahead of time and loaded again.
    pub ahead_of_time: bool,
    /// Backtraces name guest functions.
    pub backtraces: bool,
    /// 128-bit vectors.
    pub simd: bool,
    /// Several memories in a module.
    pub multi_memory: bool,
    /// Exceptions.
    pub exceptions: bool,
    /// Shared memories and atomics.
    pub threads: bool,
}
