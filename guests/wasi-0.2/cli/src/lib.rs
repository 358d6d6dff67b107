//! Cases of `wasi:cli`.

mod environment;
mod exit;
mod stdio;
mod terminal;

conformance::command!(environment, exit, stdio, terminal);
