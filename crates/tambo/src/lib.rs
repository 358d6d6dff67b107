//! Run WASI programs: load a module, grant it authority, run it, collect what it wrote, stop it.
//!
//! ```
//! use tambo::{Grant, Runtime};
//!
//! # fn main() -> Result<(), tambo::Error> {
//! let runtime = Runtime::new()?;
//! let program = runtime.load(br#"(module
//!     (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
//!     (memory (export "memory") 1)
//!     (data (i32.const 0) "\08\00\00\00\03\00\00\00hi\n")
//!     (func (export "_start") (drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 20)))))"#)?;
//!
//! let mut grant = Grant::new();
//! let output = grant.capture_stdout(1 << 20);
//! let outcome = program.run(grant)?;
//!
//! assert!(outcome.success());
//! assert_eq!(output.contents(), b"hi\n");
//! # Ok(())
//! # }
//! ```
//!
//! A guest has no authority but what its [`Grant`] gives. One [`Runtime`] compiles; a [`Program`] is shared and
//! instantiated any number of times; an [`Instance`] belongs to one thread. [`Stopper`]s stop it from any other.
//! Nothing here is global and nothing needs an async runtime: [`Instance::run_async`] is a plain future.

mod artifact;
mod cache;
pub mod component;
mod config;
mod error;
mod grant;
mod guest;
pub mod inspect;
mod instance;
mod program;
mod runtime;
mod stop;
pub mod value;

pub use cache::CacheConfig;
pub use config::{Config, EngineKind};
pub use error::{Error, ErrorKind};
pub use grant::Grant;
pub use instance::{Instance, Outcome};
pub use program::Program;
pub use runtime::Runtime;
pub use stop::{Stopper, Ticker, Watchdog};

pub use tambo_engine::{
    Capabilities, EngineConfig, ExternKind, ExternType, Frame, FuncType, Limits, Location, Part, PoolConfig, Trap,
    TrapKind, ValueType,
};
/// The kernel's contracts: for embedders that bring objects of their own.
pub use tambo_kernel as kernel;
/// The operating system's objects.
pub use tambo_kernel_os as os;
/// Objects without an operating system.
pub use tambo_kernel_virt as virt;
pub use tambo_wasi_p1::TraceSink;
