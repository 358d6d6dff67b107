//! The door from inside a guest, on every engine: linking, memory, parking, ending, and the attack cases again.

#![expect(clippy::unwrap_used, reason = "a test suite, whose failures are panics")]

mod attacks;
mod guests;
mod rig;
