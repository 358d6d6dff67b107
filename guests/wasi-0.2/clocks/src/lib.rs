//! Cases of `wasi:clocks`, but for the unstable `timezone`.

mod monotonic;
mod wall;

conformance::command!(monotonic, wall);
