//! The engine: configuration and compiling.

use std::borrow::Cow;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tambo_engine::start::lift_start;
use tambo_engine::{Capabilities, Engine, EngineConfig, EngineError, ErrorStage, HostData, Module, Places};
use wasmi::{CompilationMode, Config};

use crate::module::CompiledModule;

/// The version of wasmi that this backend is written for and locked to. A test compares it with the lock file.
const VERSION: &str = "2.0.0";

/// Bytes of the guest's stack for each call that may be active; wasmi bounds values and calls apart.
const STACK_PER_CALL: usize = 32;

/// wasmi, as an [`Engine`] for any host data.
#[derive(Clone)]
pub struct WasmiEngine {
    shared: Arc<Shared>,
}

/// What modules, prepared modules and instances of an engine have in common.
pub(crate) struct Shared {
    pub(crate) config: EngineConfig,
    pub(crate) engine: wasmi::Engine,
    pub(crate) places: Arc<Places>,
    /// How often the embedder ticked.
    pub(crate) ticks: AtomicU64,
}

impl WasmiEngine {
    /// An engine. A pool is taken as a bound on instances and their sizes; there is nothing to keep in it.
    pub fn new(config: &EngineConfig) -> Result<Self, EngineError> {
        let engine = wasmi::Engine::new(&wasmi_config(config));
        let places = Places::new(config.pool.as_ref().map(|pool| pool.instances));
        Ok(Self { shared: Arc::new(Shared { config: config.clone(), engine, places, ticks: AtomicU64::new(0) }) })
    }
}

/// Fuel is also how an interrupt gets in. Metered code is compiled at once: compiled late, it would charge the guest
/// for that, in one step that wasmi cannot resume.
fn wasmi_config(config: &EngineConfig) -> Config {
    let metered = config.fuel || config.interrupts;
    let mut out = Config::default();
    out.consume_fuel(metered)
        .compilation_mode(if metered { CompilationMode::Eager } else { CompilationMode::LazyTranslation })
        .set_min_stack_height(config.max_stack.min(1_000))
        .set_max_stack_height(config.max_stack)
        .set_max_recursion_depth(config.max_stack / STACK_PER_CALL);
    out
}

fn malformed(error: wasmi::Error) -> EngineError {
    EngineError::new(ErrorStage::Compile, format!("malformed module: {error}"))
}

fn no_artifacts() -> EngineError {
    EngineError::new(ErrorStage::Load, "wasmi interprets modules as they are: it has no precompiled form")
}

impl<T: HostData> Engine<T> for WasmiEngine {
    fn name(&self) -> &'static str {
        "wasmi"
    }

    fn fingerprint(&self) -> String {
        let mut hasher = DefaultHasher::new();
        let config = &self.shared.config;
        (config.fuel, config.interrupts, config.max_stack).hash(&mut hasher);
        format!("wasmi {VERSION} {}-{} {:016x}", std::env::consts::ARCH, std::env::consts::OS, hasher.finish())
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities {
            ahead_of_time: false,
            backtraces: false,
            simd: true,
            multi_memory: true,
            exceptions: false,
            threads: false,
        }
    }

    fn tick(&self) {
        self.shared.ticks.fetch_add(1, Ordering::Relaxed);
    }

    fn compile(&self, wasm: &[u8]) -> Result<Arc<dyn Module<T>>, EngineError> {
        let engine = &self.shared.engine;
        let lifted = lift_start(wasm)?;
        if let Cow::Owned(_) = lifted {
            // What is wrong with a start section goes with it; and offsets shall be those that the caller has.
            wasmi::Module::validate(engine, wasm).map_err(malformed)?;
        }
        let module = wasmi::Module::new(engine, &lifted).map_err(malformed)?;
        Ok(Arc::new(CompiledModule::new(&self.shared, module, &lifted)))
    }

    #[expect(unsafe_code, reason = "the contract's signature; nothing is loaded")]
    unsafe fn load(&self, _: &[u8]) -> Result<Arc<dyn Module<T>>, EngineError> {
        Err(no_artifacts())
    }

    #[expect(unsafe_code, reason = "the contract's signature; nothing is loaded")]
    unsafe fn load_file(&self, _: &Path) -> Result<Arc<dyn Module<T>>, EngineError> {
        Err(no_artifacts())
    }
}

#[cfg(test)]
mod tests {
    use super::VERSION;

    #[test]
    fn the_version_is_the_locked_one() {
        let lock = concat!(env!("CARGO_MANIFEST_DIR"), "/../../Cargo.lock");
        let lock = std::fs::read_to_string(lock).unwrap();
        assert!(lock.contains(&format!("name = \"wasmi\"\nversion = \"{VERSION}\"\n")));
    }
}
