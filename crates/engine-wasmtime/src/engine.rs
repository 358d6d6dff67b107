//! The engine: compiling and loading.
//!
//! # Safety
//!
//! Loading passes the contract's promise about the artifact on to wasmtime, which asks for the same, and adds nothing.

use std::borrow::Cow;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::Path;
use std::sync::{Arc, OnceLock};

use tambo_engine::start::lift_start;
use tambo_engine::{Capabilities, Engine, EngineConfig, EngineError, ErrorStage, HostData, Module, Places, Trap};
use wasmtime::{Error, Store, WasmBacktrace};

use crate::config::{capabilities, wasmtime_config};
use crate::module::CompiledModule;
use crate::trap::HostTrap;

/// The version of wasmtime that this backend is written for and locked to. A test compares it with the lock file.
const VERSION: &str = "48.0.8";

/// wasmtime, as an [`Engine`] for any host data.
#[derive(Clone)]
pub struct WasmtimeEngine {
    shared: Arc<Shared>,
}

impl WasmtimeEngine {
    /// An engine. Fails with [`ErrorStage::Setup`] if this machine cannot give what the configuration asks, such as
    /// the address space of a pool.
    pub fn new(config: &EngineConfig) -> Result<Self, EngineError> {
        let engine =
            wasmtime::Engine::new(&wasmtime_config(config)).map_err(|error| failed(ErrorStage::Setup, &error))?;
        let places = Places::new(config.pool.as_ref().map(|pool| pool.instances));
        let shared = Shared { config: config.clone(), engine, idle: OnceLock::new(), places };
        Ok(Self { shared: Arc::new(shared) })
    }

    fn module<T: HostData>(&self, module: wasmtime::Module) -> Arc<dyn Module<T>> {
        Arc::new(CompiledModule::new(&self.shared, module))
    }

    /// Offsets in messages shall be those of the bytes that the caller has, and in one notation, so the validator is
    /// asked for its view of the original. If it has no objection, the module is beyond what this engine can do.
    fn compile_error(&self, original: &[u8], error: &Error) -> EngineError {
        match wasmtime::Module::validate(&self.shared.engine, original) {
            Err(error) => failed(ErrorStage::Compile, &error),
            Ok(()) => failed(ErrorStage::Compile, error),
        }
    }
}

impl<T: HostData> Engine<T> for WasmtimeEngine {
    fn name(&self) -> &'static str {
        "wasmtime"
    }

    /// What people choose, and wasmtime's own hash of everything that its generated code depends on, the features of this
    /// CPU included.
    fn fingerprint(&self) -> String {
        let mut hasher = DefaultHasher::new();
        self.shared.engine.precompile_compatibility_hash().hash(&mut hasher);
        let (arch, os, hash) = (std::env::consts::ARCH, std::env::consts::OS, hasher.finish());
        let config = &self.shared.config;
        let choices = [("interrupts", config.interrupts), ("fuel", config.fuel), ("backtraces", config.backtraces)];
        let choices = choices.map(|(name, on)| format!("{name} {}", if on { "on" } else { "off" })).join(", ");
        format!("wasmtime {VERSION}, {arch}-{os}, {choices}, hash {hash:016x}")
    }

    fn capabilities(&self) -> Capabilities {
        capabilities(&self.shared.config)
    }

    fn tick(&self) {
        self.shared.engine.increment_epoch();
    }

    fn compile(&self, wasm: &[u8]) -> Result<Arc<dyn Module<T>>, EngineError> {
        let lifted = lift_start(wasm)?;
        if let Cow::Owned(_) = lifted {
            // What is wrong with a start section goes with it.
            wasmtime::Module::validate(&self.shared.engine, wasm)
                .map_err(|error| failed(ErrorStage::Compile, &error))?;
        }
        let module = wasmtime::Module::from_binary(&self.shared.engine, &lifted)
            .map_err(|error| self.compile_error(wasm, &error))?;
        Ok(self.module(module))
    }

    #[expect(unsafe_code, reason = "the contract's promise about the bytes is passed on to wasmtime")]
    unsafe fn load(&self, artifact: &[u8]) -> Result<Arc<dyn Module<T>>, EngineError> {
        // SAFETY: the caller promises that the bytes come, unmodified, from `serialize`.
        let module = unsafe { wasmtime::Module::deserialize(&self.shared.engine, artifact) };
        Ok(self.module(module.map_err(|error| failed(ErrorStage::Load, &error))?))
    }

    #[expect(unsafe_code, reason = "the contract's promise about the file is passed on to wasmtime")]
    unsafe fn load_file(&self, artifact: &Path) -> Result<Arc<dyn Module<T>>, EngineError> {
        // SAFETY: the caller promises that the file starts with what `serialize` wrote, and that it does not change.
        let module = unsafe { wasmtime::Module::deserialize_file(&self.shared.engine, artifact) };
        Ok(self.module(module.map_err(|error| failed(ErrorStage::Load, &error))?))
    }
}

/// What modules, prepared modules and instances of an engine have in common.
pub(crate) struct Shared {
    pub(crate) config: EngineConfig,
    pub(crate) engine: wasmtime::Engine,
    /// A store that never runs anything; its backtrace is empty, and cheap.
    idle: OnceLock<Store<()>>,
    /// wasmtime's own bound counts adapters too, and so lets more instances in than the pool was made for.
    pub(crate) places: Arc<Places>,
}

impl Shared {
    /// A host trap as wasmtime's error; an exit with an empty backtrace attached, so that none is collected.
    #[cold]
    pub(crate) fn error(&self, trap: Trap) -> Error {
        let exit = trap.exit_code().is_some();
        let error = HostTrap::error(trap);
        if !exit || !self.config.backtraces {
            return error;
        }
        let idle = self.idle.get_or_init(|| Store::new(&self.engine, ()));
        error.context(WasmBacktrace::capture(idle))
    }
}

/// wasmtime's error with all its causes, on one line.
pub(crate) fn failed(stage: ErrorStage, error: &Error) -> EngineError {
    EngineError::new(stage, format!("{error:#}"))
}

#[cfg(test)]
mod tests {
    use super::VERSION;

    #[test]
    fn the_version_is_the_locked_one() {
        let lock = concat!(env!("CARGO_MANIFEST_DIR"), "/../../Cargo.lock");
        let lock = std::fs::read_to_string(lock).unwrap();
        assert!(lock.contains(&format!("name = \"wasmtime\"\nversion = \"{VERSION}\"\n")));
    }
}
