//! Tests that every implementation of a kernel contract must pass.
//!
//! A suite is a macro that expands to one `#[test]` for each case, so that a test runner shows every case by name and
//! several implementations can stand side by side in one file:
//!
//! ```ignore
//! tambo_kernel_contract::directory_tests!(memory, || (MemoryFs::new(clock(), 1 << 24, 4096), Box::new(())));
//! ```
//!
//! POSIX as Linux does it is the reference. Where Linux and the official WASI tests allow several error codes, so do
//! the cases. Case names are sentences; a comment names the attack (`attack-cases.md`) that a case stands for.

#![expect(clippy::unwrap_used, reason = "a failed unwrap here is a failed test")]

pub mod fs;
