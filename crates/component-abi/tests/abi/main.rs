//! Tests of lifting and lowering: every fault of CanonicalABI.md, and the dynamic against the typed way.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod agreement;
mod faults;
mod functions;
mod guest;
mod mismatches;
mod samples;
mod shown;
