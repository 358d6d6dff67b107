//! Components that misbehave wherever the canonical ABI lets a guest decide: the host answers with results and traps, the
//! same on each engine, and goes on. What is run is what the seeded test of the crate `tambo` runs.

#[path = "../../crates/tambo/tests/component/misbehave.rs"]
mod misbehave;

use misbehave::Sites;

thread_local! {
    static SITES: Sites = Sites::new();
}

/// One input.
pub fn run(data: &[u8]) {
    SITES.with(|sites| sites.run(data));
}
