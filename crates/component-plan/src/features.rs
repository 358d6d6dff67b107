//! Which proposals a component may use.

use wasmparser::WasmFeatures;

/// What a valid component may use: of core WebAssembly whatever is finished, of the component model everything that is
/// known, whether or not it can be executed yet. Whoever executes says what it cannot do.
///
/// Two parts of the component model are off, since they change what a plan is made of: values (with `start`) and the
/// canonical ABI for garbage-collected types. So are nested names, which the specification keeps for later.
pub fn features() -> WasmFeatures {
    WasmFeatures::default()
        | WasmFeatures::CM_ASYNC
        | WasmFeatures::CM_ASYNC_STACKFUL
        | WasmFeatures::CM_MORE_ASYNC_BUILTINS
        | WasmFeatures::CM_THREADING
        | WasmFeatures::CM_ERROR_CONTEXT
        | WasmFeatures::CM_FIXED_LENGTH_LISTS
        | WasmFeatures::CM_MAP
        | WasmFeatures::CM64
        | WasmFeatures::CM_IMPLEMENTS
        | WasmFeatures::CM_CANON_NAMES
        | WasmFeatures::CM_FORWARD
        | WasmFeatures::CM_ACCESSORS
}

/// What is known beyond [`features`], to tell a component that is wrong from one that needs what is not there.
pub(crate) fn beyond() -> WasmFeatures {
    features()
        | WasmFeatures::CM_VALUES
        | WasmFeatures::CM_GC
        | WasmFeatures::SHARED_EVERYTHING_THREADS
        | WasmFeatures::STACK_SWITCHING
        | WasmFeatures::CUSTOM_PAGE_SIZES
        | WasmFeatures::LEGACY_EXCEPTIONS
}
