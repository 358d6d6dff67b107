//! The shared battery, on this backend.

use std::sync::Arc;

use tambo_engine::{Engine, EngineConfig};
use tambo_engine_battery::Probe;
use tambo_engine_wasmi::WasmiEngine;

fn make(config: &EngineConfig) -> Arc<dyn Engine<Probe>> {
    Arc::new(WasmiEngine::new(config).expect("the configurations of the battery are sound"))
}

tambo_engine_battery::battery!(make);
