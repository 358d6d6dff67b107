//! The runtime: an engine and a cache, from which programs are loaded.

use std::borrow::Cow;
use std::path::Path;
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Duration;

use tambo_component_runtime::State;
use tambo_engine::{Capabilities, Engine, HostData, Module};

use crate::artifact;
use crate::cache::{Cache, Key};
use crate::guest::Guest;
use crate::{Config, EngineKind, Error, ErrorKind, Program, Ticker};

/// An engine, ready to compile. Cheap to clone; clones share the engine.
#[derive(Clone)]
pub struct Runtime {
    shared: Arc<Shared>,
}

struct Shared {
    engine: Arc<dyn Engine<Guest>>,
    /// The same engine, for stores in which components run.
    component_engine: Arc<dyn Engine<State>>,
    cache: Option<Cache>,
    component_cache: Option<Cache>,
    config: Config,
    compilations: Slots,
}

impl Runtime {
    /// A runtime with the default configuration.
    pub fn new() -> Result<Self, Error> {
        Self::with_config(Config::default())
    }

    /// A runtime of this configuration.
    pub fn with_config(config: Config) -> Result<Self, Error> {
        let (engine, component_engine) = make_engine(&config)?;
        let aot = engine.capabilities().ahead_of_time;
        let cache = config.cache.as_ref().filter(|_| aot);
        let component_cache = cache.map(|cache| Cache::new(cache, &component_fingerprint(&*engine)));
        let cache = cache.map(|cache| Cache::new(cache, &engine.fingerprint()));
        let compilations = Slots::new(config.max_compilations);
        let shared = Shared { engine, component_engine, cache, component_cache, config, compilations };
        Ok(Self { shared: Arc::new(shared) })
    }

    /// What the engine can do.
    pub fn capabilities(&self) -> Capabilities {
        self.shared.engine.capabilities()
    }

    /// The engine's name, version, configuration and target: what a precompiled module depends on.
    pub fn fingerprint(&self) -> String {
        self.shared.engine.fingerprint()
    }

    /// What a precompiled component depends on: the engine, and the compiler of components.
    pub fn component_fingerprint(&self) -> String {
        component_fingerprint(&*self.shared.engine)
    }

    /// Have every guest of this runtime that runs in an asynchronous call give way once to others on its thread. For a
    /// timer of a host that shares threads between guests that compute; needs
    /// [`interrupts`](crate::EngineConfig::interrupts). [`tick_every`](Runtime::tick_every) is such a timer.
    pub fn tick(&self) {
        self.shared.engine.tick();
    }

    /// [`tick`](Runtime::tick) from a thread of its own, until the handle is dropped. [`ErrorKind::Setup`] if there can
    /// be no thread.
    pub fn tick_every(&self, period: Duration) -> Result<Ticker, Error> {
        let engine = self.shared.engine.clone();
        Ticker::new(period, move || engine.tick())
    }

    /// Load a module: binary, or text if the feature `wat` is on. Compiles, or finds it in the cache.
    pub fn load(&self, module: &[u8]) -> Result<Program, Error> {
        self.compile_cached(module, None).map(|module| Program::new(self.clone(), module))
    }

    /// Load a module from a file: binary, or text if the feature `wat` is on. A precompiled file is refused: it is native
    /// code, and whoever asks for a module may expect a sandbox.
    pub fn load_file(&self, path: impl AsRef<Path>) -> Result<Program, Error> {
        let path = path.as_ref();
        self.load_file_inner(path).map_err(|error| error.about(path.display()))
    }

    fn load_file_inner(&self, path: &Path) -> Result<Program, Error> {
        let identity = self.shared.cache.as_ref().and_then(|cache| cache.identity_key(path));
        if let Some((cache, key)) = self.shared.cache.as_ref().zip(identity.as_ref())
            && let Some(module) = find(&*self.shared.engine, cache, key)
        {
            return Ok(Program::new(self.clone(), module));
        }
        let bytes = self.read(path)?;
        refuse_precompiled(&bytes)?;
        Ok(Program::new(self.clone(), self.compile_cached(&bytes, identity)?))
    }

    /// The largest module, in bytes, that is compiled at all.
    pub(crate) fn max_module_size(&self) -> usize {
        self.shared.config.max_module_size
    }

    /// Whether traps are told by their places in the source, as far as the engine collects backtraces.
    pub(crate) fn locates_traps(&self) -> bool {
        let config = &self.shared.config.engine_config;
        config.backtraces && config.debug_info && self.capabilities().backtraces
    }

    pub(crate) fn component_engine(&self) -> &dyn Engine<State> {
        &*self.shared.component_engine
    }

    pub(crate) fn component_cache(&self) -> Option<&Cache> {
        self.shared.component_cache.as_ref()
    }

    /// Held while something is compiled; waits until there is room.
    pub(crate) fn compilation(&self) -> impl Drop + '_ {
        self.shared.compilations.take()
    }

    /// Load what [`precompile`](Runtime::precompile) gave, from a file.
    ///
    /// # Safety
    ///
    /// The file is native code that will run in this process, outside of any sandbox. It must come, unmodified, from
    /// `precompile`; the checks of its version and checksum find mistakes and damage, not malice.
    #[expect(unsafe_code, reason = "native code is a promise of the caller; see Safety")]
    pub unsafe fn load_precompiled(&self, path: impl AsRef<Path>) -> Result<Program, Error> {
        let path = path.as_ref();
        let module = self.read(path).and_then(|bytes| self.load_artifact(&bytes));
        module.map(|module| Program::new(self.clone(), module)).map_err(|error| error.about(path.display()))
    }

    /// A file, unless it is larger than a module may be.
    pub(crate) fn read(&self, path: &Path) -> Result<Vec<u8>, Error> {
        tambo_kernel_os::blob_store::read_file(path, self.shared.config.max_module_size)
            .map_err(|error| Error::new(ErrorKind::File, format!("cannot read the module: {error}")))
    }

    /// Compile a module to a file's worth of bytes that [`load_precompiled`](Runtime::load_precompiled) takes, on a runtime
    /// of the same configuration.
    pub fn precompile(&self, module: &[u8]) -> Result<Vec<u8>, Error> {
        let payload = self.compile(module)?.serialize()?;
        Ok(artifact::encode(&payload, None, &self.fingerprint()))
    }

    fn load_artifact(&self, bytes: &[u8]) -> Result<Arc<dyn Module<Guest>>, Error> {
        let artifact = artifact::decode(bytes)?;
        let payload = artifact.module()?;
        artifact.check_fingerprint(&self.fingerprint())?;
        self.check_ahead_of_time()?;
        native::load_artifact(&*self.shared.engine, payload)
    }

    pub(crate) fn check_ahead_of_time(&self) -> Result<(), Error> {
        if self.capabilities().ahead_of_time {
            return Ok(());
        }
        let message = format!("the engine {} runs nothing precompiled", self.shared.config.engine);
        Err(Error::new(ErrorKind::Precompiled, message).with_hint("run the original instead"))
    }

    fn compile_cached(&self, source: &[u8], identity: Option<Key>) -> Result<Arc<dyn Module<Guest>>, Error> {
        let Some(cache) = &self.shared.cache else { return self.compile(source) };
        let key = cache.content_key(source);
        let module = match find(&*self.shared.engine, cache, &key) {
            Some(module) => module,
            None => {
                let module = self.compile(source)?;
                if let Ok(payload) = module.serialize() {
                    cache.put(&key, &payload, None);
                }
                module
            }
        };
        if let Some(identity) = &identity {
            cache.alias(&key, identity);
        }
        Ok(module)
    }

    fn compile(&self, source: &[u8]) -> Result<Arc<dyn Module<Guest>>, Error> {
        self.check_size(source)?;
        let wasm = to_binary(source)?;
        crate::inspect::refuse_component(&wasm)?;
        let _slot = self.compilation();
        Ok(self.shared.engine.compile(&wasm)?)
    }

    pub(crate) fn check_size(&self, source: &[u8]) -> Result<(), Error> {
        let limit = self.shared.config.max_module_size;
        if source.len() > limit {
            let message = format!("the module has {} bytes, more than the limit of {limit}", source.len());
            return Err(Error::new(ErrorKind::Module, message));
        }
        Ok(())
    }
}

fn find(engine: &dyn Engine<Guest>, cache: &Cache, key: &Key) -> Option<Arc<dyn Module<Guest>>> {
    let entry = cache.find(key)?;
    let module = native::load_cached(engine, &entry.path);
    if module.is_none() {
        cache.remove(key);
    }
    module
}

/// What a precompiled component depends on: the engine, and the compiler of components.
fn component_fingerprint(engine: &dyn Engine<Guest>) -> String {
    let (version, compiler) = (env!("CARGO_PKG_VERSION"), env!("TAMBO_COMPONENT_COMPILER"));
    format!("{}, components {version}-{compiler}", engine.fingerprint())
}

/// Whoever loads a module or a component by its name may expect a sandbox, whatever is in the file.
pub(crate) fn refuse_precompiled(bytes: &[u8]) -> Result<(), Error> {
    if artifact::is_artifact(bytes) {
        return Err(Error::new(ErrorKind::Precompiled, "this is a precompiled file, which is native code")
            .with_hint("if you trust it like a program of your own, give it a name that ends in .cwasm"));
    }
    Ok(())
}

type Engines = (Arc<dyn Engine<Guest>>, Arc<dyn Engine<State>>);

fn make_engine(config: &Config) -> Result<Engines, Error> {
    match config.engine {
        #[cfg(feature = "wasmtime")]
        EngineKind::Wasmtime => {
            let engine = Arc::new(tambo_engine_wasmtime::WasmtimeEngine::new(&config.engine_config)?);
            Ok((engine.clone(), engine))
        }
        #[cfg(feature = "wasmi")]
        EngineKind::Wasmi => {
            let engine = Arc::new(tambo_engine_wasmi::WasmiEngine::new(&config.engine_config)?);
            Ok((engine.clone(), engine))
        }
        #[cfg(not(all(feature = "wasmtime", feature = "wasmi")))]
        missing => Err(Error::new(ErrorKind::Setup, format!("the engine {missing} is not compiled in"))
            .with_hint(format!("build with the feature {missing:?}", missing = missing.name()))),
    }
}

/// # Safety
///
/// Native code is loaded here, in one place. What makes that sound: `artifact::decode` found the bytes whole and of
/// this engine's fingerprint, and they come from the caller's own cache directory (which nobody else may write to; see
/// `BlobStore`) or from a file that the caller chose to run as a program (see [`Runtime::load_precompiled`]).
pub(crate) mod native {
    #![expect(unsafe_code, reason = "precompiled modules are native code")]

    use super::{Arc, Engine, Error, HostData, Module, Path};

    pub(crate) fn load_artifact<T: HostData>(
        engine: &dyn Engine<T>,
        payload: &[u8],
    ) -> Result<Arc<dyn Module<T>>, Error> {
        // SAFETY: the caller checked and trusts the artifact; see the module.
        Ok(unsafe { engine.load(payload) }?)
    }

    pub(crate) fn load_cached<T: HostData>(engine: &dyn Engine<T>, path: &Path) -> Option<Arc<dyn Module<T>>> {
        // SAFETY: an entry of the cache that was found whole just now, in a directory that only this user writes to;
        // entries are replaced by renaming, never changed in place.
        unsafe { engine.load_file(path) }.ok()
    }
}

pub(crate) fn to_binary(source: &[u8]) -> Result<Cow<'_, [u8]>, Error> {
    if source.starts_with(b"\0asm") {
        return Ok(Cow::Borrowed(source));
    }
    parse_text(source)
}

#[cfg(feature = "wat")]
fn parse_text(source: &[u8]) -> Result<Cow<'_, [u8]>, Error> {
    let begins = |bytes: &[u8]| source.trim_ascii_start().starts_with(bytes);
    if !(begins(b"(") || begins(b";;")) {
        return Err(not_a_module());
    }
    wat::parse_bytes(source).map_err(|error| Error::new(ErrorKind::Module, format!("malformed text: {error}")))
}

#[cfg(not(feature = "wat"))]
fn parse_text(_: &[u8]) -> Result<Cow<'_, [u8]>, Error> {
    Err(not_a_module())
}

fn not_a_module() -> Error {
    Error::new(ErrorKind::Module, "not a WebAssembly module: it begins neither with \"\\0asm\" nor with \"(\"")
}

/// A counting lock: at most so many compilations at once, so that many modules cannot take all memory.
struct Slots {
    free: Mutex<usize>,
    freed: Condvar,
}

struct Slot<'a>(&'a Slots);

impl Slots {
    fn new(count: usize) -> Self {
        Self { free: Mutex::new(count.max(1)), freed: Condvar::new() }
    }

    fn take(&self) -> Slot<'_> {
        let free = self.free.lock().unwrap_or_else(PoisonError::into_inner);
        let mut free = self.freed.wait_while(free, |free| *free == 0).unwrap_or_else(PoisonError::into_inner);
        *free -= 1;
        Slot(self)
    }
}

impl Drop for Slot<'_> {
    fn drop(&mut self) {
        *self.0.free.lock().unwrap_or_else(PoisonError::into_inner) += 1;
        self.0.freed.notify_one();
    }
}
