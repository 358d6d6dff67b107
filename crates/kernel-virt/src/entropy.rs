//! Entropy that is the same in every run.

use std::cell::RefCell;

use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use tambo_kernel::Result;
use tambo_kernel::entropy::Entropy;

const BLOCK: usize = 64;

/// Random bytes from a seed.
///
/// They are the key stream of ChaCha20 as D. J. Bernstein defined it (20 rounds, 64-bit block counter from 0, nonce 0)
/// under the seed as key, one byte after the other: how many bytes a guest asks for at a time makes no difference, nor
/// does the platform. A number as seed stands for the key of its eight bytes, lowest first, and 24 zeros.
pub struct Seeded(RefCell<State>);

struct State {
    blocks: ChaCha20Rng,
    /// The block that was begun; its bytes from `used` on come next.
    begun: [u8; BLOCK],
    used: usize,
}

impl Seeded {
    /// The bytes for a number.
    pub fn new(seed: u64) -> Self {
        let mut key = [0; 32];
        key[..8].copy_from_slice(&seed.to_le_bytes());
        Self::from_key(key)
    }

    /// The bytes for a key.
    pub fn from_key(key: [u8; 32]) -> Self {
        let blocks = ChaCha20Rng::from_seed(key);
        Self(RefCell::new(State { blocks, begun: [0; BLOCK], used: BLOCK }))
    }
}

impl Entropy for Seeded {
    fn fill(&self, buffer: &mut [u8]) -> Result<()> {
        let state = &mut *self.0.borrow_mut();
        let left = &state.begun[state.used..];
        let (head, rest) = buffer.split_at_mut(left.len().min(buffer.len()));
        head.copy_from_slice(&left[..head.len()]);
        state.used += head.len();
        // The generator drops what is left of a word, so it is only ever asked for whole blocks.
        let (whole, tail) = rest.split_at_mut(rest.len() / BLOCK * BLOCK);
        state.blocks.fill_bytes(whole);
        if !tail.is_empty() {
            state.blocks.fill_bytes(&mut state.begun);
            tail.copy_from_slice(&state.begun[..tail.len()]);
            state.used = tail.len();
        }
        Ok(())
    }
}
