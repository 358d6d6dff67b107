//! The shared battery, on this backend.

use std::sync::Arc;

use tambo_engine::{Engine, EngineConfig};
use tambo_engine_battery::Probe;
use tambo_engine_wasmtime::WasmtimeEngine;

fn make(config: &EngineConfig) -> Arc<dyn Engine<Probe>> {
    Arc::new(WasmtimeEngine::new(config).expect("the configurations of the battery are sound"))
}

tambo_engine_battery::battery!(make);
