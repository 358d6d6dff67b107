//! Guests that misbehave wherever the canonical ABI lets them decide: attack cases 11, 13, 20, 21 and 23, by a generator.
//! `TAMBO_HOSTILE_SEEDS` sets how many there are; the fuzzer `component_hostile` has no end.

use crate::agreement::bytes;
use crate::misbehave::Sites;

#[test]
fn the_host_survives_guests_that_misbehave() {
    let seeds = std::env::var("TAMBO_HOSTILE_SEEDS").ok().and_then(|text| text.parse().ok()).unwrap_or(150);
    let sites = Sites::new();
    for seed in 0..seeds {
        eprintln!("seed {seed}");
        sites.run(&bytes(seed, 1200));
    }
}
