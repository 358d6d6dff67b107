//! The narrow contract between Tambo and whatever executes core WebAssembly.
//!
//! An engine compiles a module, prepares it once with host imports, and instantiates it many times, each time in a
//! store of its own that owns one value of host data, `T`. Everything above this crate sees engines only through the
//! object-safe traits here; everything below it is one backend a crate (`engine-wasmtime`, `engine-wasmi`).
//!
//! # Invariants
//!
//! - A host import never re-enters the guest: it gets memory, host data and slots, and nothing to call back with.
//! - A host import is tried first and answers [`Flow::Done`], [`Flow::Pending`] or [`Flow::Trap`]. Only `Pending`
//!   suspends; when what it waits for may have come ([`HostData`] knows), the *same* call is tried again with the
//!   same arguments.
//! - Memory is bound late, after instantiation, by export name. A start function runs after that binding (see
//!   [`start`]), so that it may call host imports and may be suspended like any other call.
//! - This crate knows no WASI, no component model and no operating system.

mod adapter;
mod config;
mod engine;
mod import;
pub mod link;
mod places;
mod quota;
mod slot;
pub mod start;
mod trap;
mod types;

pub use adapter::{Adapted, PARK_MODULE, PARK_NAME, adapter};
pub use config::{Capabilities, EngineConfig, Limits, PoolConfig};
pub use engine::{CallFuture, Engine, EngineError, ErrorStage, Function, Instance, Interrupter, Module, Prepared};
pub use import::{Call, Flow, HostData, HostFn, Import, Suspends, named_memories};
pub use places::{Place, Places};
pub use quota::{Quota, Quotas};
pub use slot::Slot;
pub use trap::{Frame, Location, Part, Trap, TrapKind};
pub use types::{ExternKind, ExternType, FuncType, ValueType};
