//! The four objects of an engine: [`Engine`] compiles, [`Module`] describes, [`Prepared`] instantiates, [`Instance`]
//! runs.

use std::fmt;
use std::future::Future;
use std::path::Path;
use std::pin::Pin;
use std::sync::Arc;

use crate::{Capabilities, ExternType, HostData, Import, Limits, Slot, Trap};

/// Where a module failed before it ran.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorStage {
    /// The bytes are not a valid module for this engine.
    Compile,
    /// An import has no definition, or one of another type.
    Link,
    /// A precompiled module is not usable here.
    Load,
    /// The engine could not be set up, or lacks what was asked for.
    Setup,
}

/// Why a module could not be compiled, linked or loaded.
#[derive(Clone, Debug)]
pub struct EngineError {
    /// Where it failed.
    pub stage: ErrorStage,
    /// What is wrong, in words for a person; with the byte offset where one is known.
    pub message: String,
}

impl EngineError {
    /// An error from its parts.
    pub fn new(stage: ErrorStage, message: impl Into<String>) -> Self {
        Self { stage, message: message.into() }
    }
}

impl fmt::Display for EngineError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for EngineError {}

/// A core WebAssembly engine.
pub trait Engine<T: HostData>: Send + Sync {
    /// Its name, as `--engine` takes it.
    fn name(&self) -> &'static str;

    /// Its name, version, and a fingerprint of its configuration and target: what a precompiled module depends on.
    fn fingerprint(&self) -> String;

    /// What it can do.
    fn capabilities(&self) -> Capabilities;

    /// Have every guest that runs in an asynchronous call give way once: its future is pending for one turn of its
    /// executor. For a timer of a host that shares a thread between guests. Does nothing without
    /// [`interrupts`](crate::EngineConfig::interrupts), and nothing to blocking calls.
    fn tick(&self);

    /// Validate and compile a binary module.
    fn compile(&self, wasm: &[u8]) -> Result<Arc<dyn Module<T>>, EngineError>;

    /// Load what [`Module::serialize`] wrote.
    ///
    /// # Safety
    ///
    /// The bytes are native code that will run in this process: they must come, unmodified, from `serialize`.
    #[expect(unsafe_code, reason = "loading native code is a promise of the caller; see Safety")]
    unsafe fn load(&self, artifact: &[u8]) -> Result<Arc<dyn Module<T>>, EngineError>;

    /// Like [`load`](Engine::load), from a file that is mapped instead of read. The file may carry bytes after the
    /// artifact.
    ///
    /// # Safety
    ///
    /// As for `load`; and the file must not be changed while the module lives.
    #[expect(unsafe_code, reason = "loading native code is a promise of the caller; see Safety")]
    unsafe fn load_file(&self, artifact: &Path) -> Result<Arc<dyn Module<T>>, EngineError>;
}

/// A compiled module.
pub trait Module<T: HostData>: Send + Sync {
    /// What it imports, in order.
    fn imports(&self) -> Vec<ExternType>;

    /// What it exports, in order.
    fn exports(&self) -> Vec<ExternType>;

    /// The module as bytes that [`Engine::load`] takes.
    fn serialize(&self) -> Result<Vec<u8>, EngineError>;

    /// Link it, once, with host functions; those that it does not import are left out. `memory` is the export to bind
    /// as the memory that host calls see. Both blocking and asynchronous calls are possible on what comes out if
    /// `parks`; only blocking ones, but with no adapter between guest and host, if not.
    fn prepare(&self, imports: &[Import<T>], memory: &str, parks: bool) -> Result<Arc<dyn Prepared<T>>, EngineError>;
}

/// A module with its imports, ready to be instantiated any number of times.
pub trait Prepared<T: HostData>: Send + Sync {
    /// Make an instance in a store of its own. Runs no guest code: a start function is run by
    /// [`Instance::start`]. A trap is a limit that was hit or a data segment out of bounds.
    fn instantiate(&self, data: T, limits: &Limits) -> Result<Box<dyn Instance<T>>, Trap>;
}

/// An exported function: the same number in every instance of the module, however it was prepared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Function(pub u32);

/// A future of a call, which borrows the instance. Dropping it cancels the call; the instance must then be dropped
/// too (further calls trap).
pub type CallFuture<'a> = Pin<Box<dyn Future<Output = Result<(), Trap>> + 'a>>;

/// One instance in its own store.
pub trait Instance<T: HostData> {
    /// The host data.
    fn data(&self) -> &T;

    /// The host data, mutably.
    fn data_mut(&mut self) -> &mut T;

    /// The host data, at the end.
    fn into_data(self: Box<Self>) -> T;

    /// The bound memory; empty if there is none.
    fn memory(&mut self) -> &mut [u8];

    /// Find an exported function and its signature by name; a costly step to be done once.
    fn function(&mut self, name: &str) -> Option<(Function, crate::FuncType)>;

    /// Run the start function, if the module has one and it has not run yet.
    fn start(&mut self) -> Result<(), Trap>;

    /// As [`start`](Instance::start), asynchronously.
    fn start_async(&mut self) -> CallFuture<'_>;

    /// Call a function and block until it ends. `slots` has room for
    /// [`FuncType::slots`](crate::FuncType::slots) values: arguments in, results out.
    fn call(&mut self, function: Function, slots: &mut [Slot]) -> Result<(), Trap>;

    /// Call a function; the future is pending while the guest is parked in a host import. A trap with
    /// [`TrapKind::Bug`](crate::TrapKind::Bug) if the module was prepared without `parks`.
    fn call_async<'a>(&'a mut self, function: Function, slots: &'a mut [Slot]) -> CallFuture<'a>;

    /// Fuel left, if metered.
    fn fuel(&self) -> Option<u64>;

    /// Replace the fuel, if metered.
    fn set_fuel(&mut self, fuel: u64);

    /// A handle that stops this instance from any thread, if the engine was built with interrupts.
    fn interrupter(&self) -> Option<Interrupter>;
}

/// Stops an instance from any thread: the running call, or else the next one, ends with
/// [`TrapKind::Interrupted`](crate::TrapKind::Interrupted). Does not reach into a blocked host call; the host data
/// has a way of its own for that.
#[derive(Clone)]
pub struct Interrupter(Arc<dyn Fn() + Send + Sync>);

impl Interrupter {
    /// A handle that runs `stop` each time it is used.
    pub fn new(stop: impl Fn() + Send + Sync + 'static) -> Self {
        Self(Arc::new(stop))
    }

    /// Stop the guest.
    pub fn interrupt(&self) {
        (self.0)();
    }
}

impl fmt::Debug for Interrupter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Interrupter")
    }
}
