//! Tests of lifting and lowering: every fault of CanonicalABI.md, and the dynamic against the typed way.

mod agreement;
mod faults;
mod functions;
mod guest;
mod mismatches;
mod samples;
