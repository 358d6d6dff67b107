//! From the contract's configuration to wasmtime's.
//!
//! On: every proposal that wasmtime calls finished, garbage collection with the collector that never frees (nothing
//! in WASI needs a better one, and the heap counts against the memory limit). Off: threads, because the contract has
//! no shared memory yet. Unwind tables for native tools are left out: wasmtime itself walks frame pointers, and
//! registering the tables costs every load.

use std::num::NonZeroUsize;

use tambo_engine::{Capabilities, EngineConfig, PoolConfig};
use wasmtime::{Collector, Config, Enabled, InstanceAllocationStrategy, PoolingAllocationConfig, WasmBacktraceDetails};

/// Frames that a backtrace has at most.
const MAX_FRAMES: NonZeroUsize = NonZeroUsize::new(64).expect("not zero");

/// Native stack for host calls beyond the guest's own, where the guest runs on a stack of ours.
const HOST_STACK: usize = 1 << 20;

/// Memories and tables that the pool holds for each instance, on average. A module may have more of either, up to
/// [`MAX_PER_MODULE`], while others have fewer.
const PER_INSTANCE: u32 = 4;

/// Most memories, and most tables, of one pooled module; fused modules have one memory for each component in them.
const MAX_PER_MODULE: u32 = 64;

/// Address space that the pool's memories may take: a quarter of what a process has on x86-64.
const ADDRESS_SPACE: u64 = 32 << 40;

/// What of a memory is kept between instances, at most, where the system cannot say which pages were written to: all of
/// that is zeroed, touched or not.
const MAX_BLIND: usize = 128 << 10;

/// Largest table of function pointers, globals and the like that a pooled instance may have.
const MAX_INSTANCE_SIZE: usize = 16 << 20;

/// What the backend can do.
pub(crate) fn capabilities(config: &EngineConfig) -> Capabilities {
    Capabilities {
        ahead_of_time: true,
        backtraces: config.backtraces,
        simd: true,
        multi_memory: true,
        exceptions: true,
        threads: false,
    }
}

/// wasmtime's configuration.
pub(crate) fn wasmtime_config(config: &EngineConfig) -> Config {
    let mut out = Config::new();
    features(&mut out);
    out.consume_fuel(config.fuel)
        .epoch_interruption(config.interrupts)
        .wasm_backtrace_max_frames(config.backtraces.then_some(MAX_FRAMES))
        .wasm_backtrace_details(details(config))
        .generate_address_map(config.backtraces)
        .native_unwind_info(cfg!(windows))
        .max_wasm_stack(config.max_stack)
        .async_stack_size(config.max_stack.saturating_add(HOST_STACK))
        .parallel_compilation(config.parallel_compilation)
        .allocation_strategy(match &config.pool {
            Some(pool) => InstanceAllocationStrategy::Pooling(pooling(pool)),
            None => InstanceAllocationStrategy::OnDemand,
        });
    out
}

fn features(out: &mut Config) {
    out.wasm_bulk_memory(true)
        .wasm_multi_value(true)
        .wasm_reference_types(true)
        .wasm_function_references(true)
        .wasm_gc(true)
        .wasm_exceptions(true)
        .wasm_tail_call(true)
        .wasm_extended_const(true)
        .wasm_simd(true)
        .wasm_relaxed_simd(true)
        .wasm_multi_memory(true)
        .wasm_memory64(true)
        .wasm_threads(false)
        .collector(Collector::Null);
}

fn details(config: &EngineConfig) -> WasmBacktraceDetails {
    if config.backtraces && config.debug_info { WasmBacktraceDetails::Enable } else { WasmBacktraceDetails::Disable }
}

/// An instance whose imports may suspend takes a second instance, of the adapter; hence twice as many.
fn pooling(pool: &PoolConfig) -> PoolingAllocationConfig {
    let slot = (pool.max_memory as u64).max(4 << 30) * 2;
    let memories = (u64::from(pool.instances) * u64::from(PER_INSTANCE)).min(ADDRESS_SPACE / slot) as u32;
    let memories = memories.max(pool.instances);
    let tables = pool.instances.saturating_mul(PER_INSTANCE);
    let scans = PoolingAllocationConfig::is_pagemap_scan_available();
    let keep = if scans { pool.keep_resident } else { pool.keep_resident.min(MAX_BLIND) };
    let mut out = PoolingAllocationConfig::new();
    out.total_core_instances(pool.instances.saturating_mul(2))
        .max_core_instance_size(MAX_INSTANCE_SIZE)
        .total_memories(memories)
        .max_memories_per_module(memories.min(MAX_PER_MODULE))
        .max_memory_size(pool.max_memory)
        .linear_memory_keep_resident(keep)
        .pagemap_scan(Enabled::Auto)
        .total_tables(tables)
        .max_tables_per_module(tables.min(MAX_PER_MODULE))
        .table_elements(pool.table_elements)
        .table_keep_resident(keep)
        .total_stacks(pool.instances)
        .total_gc_heaps(pool.instances);
    out
}
