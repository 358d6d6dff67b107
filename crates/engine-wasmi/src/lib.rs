//! The engine contract on wasmi, an interpreter.
//!
//! - `host`: a host import is a function of a static type where its signature is a common one, so that a call
//!   allocates nothing;
//! - `run`: a call that parks, or that can be interrupted, is a resumable call of wasmi: parking is an error that
//!   the import `park` raises on purpose, and an interrupt is looked for whenever a slice of fuel is used up;
//! - there are no backtraces, and nothing can be compiled ahead of time: an artifact would be the module itself.
//!
//! Two faults of wasmi 2.0.0 shape this crate (RATIONALE.md): a host function that was reached by a tail call is
//! resumed wrongly, which the adapter avoids; and a `table.grow` that runs out of fuel is resumed wrongly, which
//! `store` turns into a trap.

mod engine;
mod host;
mod instance;
mod module;
mod run;
mod signatures;
mod store;
mod trap;
mod types;

pub use engine::WasmiEngine;
