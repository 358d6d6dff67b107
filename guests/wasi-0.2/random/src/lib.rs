//! Cases of `wasi:random`.

mod random;

conformance::command!(random);
