//! What a WASI system does: files, streams, sockets, clocks, waiting and authority, as contracts.
//!
//! The three WASI versions are doors onto this one kernel, and operating systems, memory file systems and fixed
//! clocks are implementations under it. Its shape is that of WASI 0.3: an operation either completes or would block,
//! a wait is for completion or readiness of named objects, and dropping a wait cancels it.
//!
//! # Invariants
//!
//! - No WebAssembly crate and no operating system below or beside this crate.
//! - No `Send` is required of any object; nothing here needs an async runtime.
//! - Every object method lists the errors that it makes up itself; any method may also fail with [`Error::Io`] or
//!   another error of the system below it.
//! - Nothing is granted unless a [`Grant`] says so.

mod budget;
mod counted;
mod error;
mod grant;
mod guest_id;
mod readonly;
mod table;
mod turns;

pub mod ahead;
pub mod clock;
pub mod entropy;
pub mod fs;
pub mod host;
pub mod http;
pub mod input;
pub mod interrupt;
pub mod net;
pub mod open_file;
pub mod output;
pub mod poll;
pub mod stream;
pub mod wait;

pub use budget::{Budget, HttpBudget};
pub use error::{Error, Result};
pub use grant::{Grant, Preopen, System};
pub use guest_id::GuestId;
pub use host::Host;
pub use interrupt::Interrupt;
pub use readonly::ReadOnly;
pub use table::Table;
pub use turns::Turns;
