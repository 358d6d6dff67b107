//! The door of WASI 0.1: `wasi_snapshot_preview1` and `wasi_unstable`, translated to the kernel.
//!
//! The door knows layouts, numbers and names; what a call *does* is the kernel's. [`P1`] is the state of one guest,
//! [`imports`] is what an engine links, and [`traced`] is the same with a line of text for each call.
//!
//! # Numbering
//!
//! 0, 1 and 2 are the standard streams. Preopened listeners follow from 3 (the `LISTEN_FDS` convention, whose
//! `SD_LISTEN_FDS_START` is 3), then preopened directories. A guest's libc finds its directories by calling
//! `fd_prestat_get` from 3 upwards until it answers `badf`, so a listener must not answer that: it answers success
//! with the tag 1, which is no `preopentype` of the specification, and wasi-libc, Go and Rust skip tags other than
//! `dir`.
//!
//! # Rights
//!
//! Rights grant nothing: authority is what the [`Grant`](tambo_kernel::Grant) gave. See [`rights`] for what they do.
//!
//! # Invariants
//!
//! - A pointer that a call writes its result through is checked before the call has an effect.
//! - No argument makes the host panic, and no call keeps more of the host than the
//!   [`Budget`](tambo_kernel::Budget) allows.
//! - Every call looks at the guest's interrupt, so no loop of calls escapes it.

pub mod abi;
mod buffers;
mod calls;
mod descriptor;
pub mod errno;
mod memory;
mod p1;
pub mod rights;
mod strings;
pub mod table;
pub mod trace;

use tambo_engine::{HostData, Import};

pub use errno::Errno;
pub use p1::P1;
pub use trace::{TraceSink, traced};

/// Every function of both module names, as an engine links them.
pub fn imports<T>() -> Vec<Import<T>>
where
    T: HostData + AsMut<P1>,
{
    table::functions().map(table::Function::import).collect()
}
