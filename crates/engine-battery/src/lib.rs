//! Tests that every engine backend must pass: the engine contract, as cases.
//!
//! A backend's `tests/battery.rs` is two lines:
//!
//! ```ignore
//! fn make(config: &EngineConfig) -> Arc<dyn Engine<Probe>> { Arc::new(MyEngine::new(config).expect("sound")) }
//! tambo_engine_battery::battery!(make);
//! ```
//!
//! The macro makes a test function of every case, so that a runner shows and times each by name. A case of something
//! that [`Capabilities`](tambo_engine::Capabilities) denies checks that the denial is an error and not silence.
#![expect(clippy::unwrap_used, reason = "the whole crate is test code; a panic is how a case fails")]

pub mod aot;
pub mod fuel;
pub mod interrupt;
pub mod limits;
pub mod linking;
pub mod memory;
pub mod modules;
pub mod pool;
mod probe;
mod rig;
pub mod start;
pub mod suspend;
pub mod suspend_drop;
pub mod suspend_retry;
pub mod traps;
pub mod values;

pub use probe::{Gate, Probe, imports};
pub use rig::Make;

/// A `#[test]` for every case, in a module for each group.
#[macro_export]
macro_rules! battery {
    ($make:ident) => {
        $crate::battery! { @groups $make;
            aot: a_module_survives_serialization, a_file_may_have_bytes_after_the_artifact,
                the_fingerprint_tells_what_changes_code;
            fuel: it_runs_out, it_can_be_refilled, it_is_counted, bulk_operations_cost_it, growing_a_table_costs_it,
                no_metering_no_fuel, host_calls_keep_the_count;
            interrupt: it_stops_a_loop, it_stops_an_asynchronous_loop, it_stops_the_next_call_only,
                it_stops_bulk_operations, others_go_on, none_is_lost_among_many, it_needs_the_option,
                a_stopped_guest_keeps_its_fuel, a_tick_makes_computing_guests_take_turns, a_tick_spares_blocking_calls;
            limits: memory_at_instantiation, memory_at_growth, growth_in_a_loop, memories_count_together,
                a_failed_growth_gives_nothing_back, tables_at_instantiation, tables_at_growth,
                a_segment_out_of_bounds_is_a_trap;
            linking: a_missing_import_is_named, another_type_is_named, only_functions_are_imported,
                unused_imports_are_left_out, an_import_may_be_named_twice, imports_and_exports_are_listed;
            memory: the_host_sees_memory_and_data, it_is_bound_late_and_grows, none_is_an_empty_slice,
                it_is_found_by_name, imports_name_their_own, a_name_of_nothing_is_an_empty_slice,
                the_embedder_can_write_it;
            modules: malformed_ones_fail_with_an_offset, damaged_ones_never_panic, proposals_are_supported,
                offsets_are_those_of_the_given_bytes;
            pool: nothing_is_left_behind, instances_are_bounded, ten_thousand_instances, it_serves_asynchronous_calls;
            start: it_runs_when_asked_and_once, it_sees_memory_and_host, it_may_suspend, it_may_block, it_may_trap,
                it_must_be_plain;
            suspend: a_blocking_call_blocks_and_retries, an_asynchronous_call_parks_until_woken,
                a_ready_import_never_parks, values_survive_it, a_tail_call_may_suspend, memory_may_have_moved,
                two_instances_interleave, both_kinds_of_call_mix, parking_must_be_prepared_for, a_wait_may_end_the_guest,
                a_block_may_end_the_guest, a_trap_ends_the_future, several_imports_may_suspend;
            suspend_drop: a_dropped_call_ends_the_instance, a_dropped_call_releases_the_host_data,
                a_future_never_polled_harms_nothing, a_start_may_be_dropped;
            suspend_retry: a_blocking_call_never_parks, an_asynchronous_call_parks, both_ways_mix;
            traps: every_kind_is_told, a_host_trap_is_carried, an_exit_has_no_backtrace, a_backtrace_names_functions,
                deep_recursion_overflows, deep_recursion_overflows_asynchronously, an_uncaught_exception_is_told,
                an_instance_survives_a_trap, a_lying_import_is_our_bug, misuse_is_a_bug;
            values: numbers_go_both_ways, many_arguments, many_results, extreme_bits_survive, unknown_names_are_none,
                a_function_is_the_same_in_every_instance;
        }
    };
    (@groups $make:ident; $($group:ident: $($case:ident),*;)*) => {$(
        mod $group {
            $(
                #[test]
                fn $case() {
                    $crate::$group::$case(&super::$make);
                }
            )*
        }
    )*};
}
