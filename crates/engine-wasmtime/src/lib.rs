//! The engine contract on wasmtime's core API.
//!
//! Only core WebAssembly is used of wasmtime: no component model, no WASI. What is this crate's own is the boundary:
//!
//! - `config`: which wasm features, which allocator, and nothing at start-up that a small program does not need;
//! - `host`: a host import is one raw function; arguments go through slots on the stack, and the guest's memory
//!   and the host data are borrowed together, without a look-up;
//! - `prepared`: with `parks`, suspending imports are reached through the generated adapter, and the one import
//!   that suspends is the one asynchronous host function of the store;
//! - `interrupt`: epochs that move only when somebody is interrupted: no thread ticks;
//! - `trap`: wasmtime's errors become [`Trap`](tambo_engine::Trap)s.

mod config;
mod engine;
mod export;
mod frames;
mod host;
mod instance;
mod interrupt;
mod module;
mod prepared;
mod shape;
mod store;
mod trap;
mod types;

pub use engine::WasmtimeEngine;
