//! Random bytes: a generator of our own, seeded by the system.
//!
//! A system call for every 16 bytes that a guest asks for would cost ten times the bytes. So ChaCha runs in user space
//! with *fast key erasure*: each refill makes a kilobyte, whose first 32 bytes become the next key and are seen by
//! nobody, and bytes are erased as they are handed out. Whoever reads this process's memory later learns nothing of
//! what a guest has drawn before. A large request gets a key of its own from that stream and is written straight into
//! the caller's buffer.
//!
//! Twelve rounds: the best known attack reaches seven, eight would be enough, and the four more cost a fraction of a nanosecond a byte.
//!
//! The key is replaced from the system every 16 MiB, and when a refill finds itself in another process. A fork
//! between two refills is not seen: parent and child would share the rest of a kilobyte. Nothing in Tambo forks.

use std::cell::RefCell;

use rand_chacha::rand_core::block::Generator;
use rand_chacha::rand_core::{Rng, SeedableRng};
use rand_chacha::{ChaCha12Core, ChaCha12Rng};
use rustix::process::{Pid, getpid};
use rustix::rand::{GetRandomFlags, getrandom};
use tambo_kernel::Result;
use tambo_kernel::entropy::Entropy;

use crate::errno::kernel_error;

const KEY: usize = 32;
const BLOCK: usize = 256;
const POOL: usize = 4 * BLOCK;
/// From here on a request gets a key of its own.
const LARGE: usize = POOL / 2;
const RESEED_AFTER: u64 = 16 << 20;

/// The system's source of random bytes. Seeded at the first use.
pub struct OsEntropy(RefCell<Pool>);

impl OsEntropy {
    /// A source of its own: no two share any state.
    pub fn new() -> Self {
        Self(RefCell::new(Pool { bytes: [0; POOL], next: POOL, since_seed: u64::MAX, process: None }))
    }
}

impl Default for OsEntropy {
    fn default() -> Self {
        Self::new()
    }
}

impl Entropy for OsEntropy {
    #[inline]
    fn fill(&self, buffer: &mut [u8]) -> Result<()> {
        let mut pool = self.0.borrow_mut();
        if buffer.len() < LARGE { pool.fill(buffer) } else { pool.fill_large(buffer) }
    }
}

struct Pool {
    /// Everything before `next` is zero; the rest has been given to nobody.
    bytes: [u8; POOL],
    next: usize,
    /// Bytes made since the last seed.
    since_seed: u64,
    process: Option<Pid>,
}

impl Pool {
    /// Fills from the pool; less than [`LARGE`] bytes, so that one refill is enough.
    #[inline]
    fn fill(&mut self, buffer: &mut [u8]) -> Result<()> {
        if buffer.len() <= POOL - self.next {
            self.take(buffer);
            return Ok(());
        }
        let (first, rest) = buffer.split_at_mut(POOL - self.next);
        self.take(first);
        self.refill()?;
        self.take(rest);
        Ok(())
    }

    fn fill_large(&mut self, buffer: &mut [u8]) -> Result<()> {
        let mut key = [0; KEY];
        self.fill(&mut key)?;
        ChaCha12Rng::from_seed(key).fill_bytes(buffer);
        self.since_seed = self.since_seed.saturating_add(buffer.len() as u64);
        Ok(())
    }

    #[inline]
    fn take(&mut self, buffer: &mut [u8]) {
        let bytes = &mut self.bytes[self.next..self.next + buffer.len()];
        buffer.copy_from_slice(bytes);
        bytes.fill(0);
        self.next += buffer.len();
    }

    #[cold]
    fn refill(&mut self) -> Result<()> {
        let mut key = [0; KEY];
        let process = Some(getpid());
        if self.since_seed >= RESEED_AFTER || self.process != process {
            seed(&mut key)?;
            self.since_seed = 0;
            self.process = process;
        } else {
            // The pool is used up except for the key that the refill before set aside.
            key.copy_from_slice(&self.bytes[..KEY]);
        }
        let mut core = ChaCha12Core::from_seed(key);
        let mut words = [0; BLOCK / 4];
        for block in self.bytes.chunks_exact_mut(BLOCK) {
            core.generate(&mut words);
            for (bytes, word) in block.chunks_exact_mut(4).zip(words) {
                bytes.copy_from_slice(&word.to_le_bytes());
            }
        }
        self.next = KEY;
        self.since_seed += POOL as u64;
        Ok(())
    }
}

fn seed(key: &mut [u8; KEY]) -> Result<()> {
    // Up to 256 bytes come whole. Blocks at most while the machine boots.
    rustix::io::retry_on_intr(|| getrandom(&mut key[..], GetRandomFlags::empty())).map_err(kernel_error)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    fn draw<const N: usize>(entropy: &OsEntropy) -> [u8; N] {
        let mut bytes = [0; N];
        entropy.fill(&mut bytes).unwrap();
        bytes
    }

    #[test]
    fn no_sixteen_bytes_come_twice() {
        let sources = [OsEntropy::new(), OsEntropy::new()];
        let mut seen = HashSet::new();
        for _ in 0..20_000 {
            for source in &sources {
                assert!(seen.insert(draw::<16>(source)));
            }
        }
    }

    #[test]
    fn every_length_is_filled_whole() {
        let entropy = OsEntropy::new();
        for length in (0..3 * POOL).step_by(7) {
            let mut any = vec![0u8; length];
            // A byte stays zero in 32 fills with probability 2^-256.
            for _ in 0..32 {
                let mut bytes = vec![0; length];
                entropy.fill(&mut bytes).unwrap();
                any.iter_mut().zip(bytes).for_each(|(any, byte)| *any |= byte);
            }
            assert!(any.iter().all(|&byte| byte != 0), "{length}");
        }
    }

    #[test]
    fn bits_are_balanced_and_bytes_even() {
        let entropy = OsEntropy::new();
        for piece in [16, 100, LARGE, 65_536] {
            let mut bytes = vec![0; 1 << 20];
            bytes.chunks_mut(piece).for_each(|piece| entropy.fill(piece).unwrap());
            let ones: u64 = bytes.iter().map(|byte| u64::from(byte.count_ones())).sum();
            let half = (bytes.len() * 4) as f64;
            // Six standard deviations of 2^23 coins.
            assert!((ones as f64 - half).abs() < 6.0 * (half / 2.0).sqrt(), "{piece}: {ones}");
            let mut counts = [0f64; 256];
            bytes.iter().for_each(|&byte| counts[usize::from(byte)] += 1.0);
            let expected = bytes.len() as f64 / 256.0;
            let chi: f64 = counts.iter().map(|count| (count - expected).powi(2) / expected).sum();
            // 255 degrees of freedom: mean 255, deviation 22.6.
            assert!((120.0..400.0).contains(&chi), "{piece}: {chi}");
        }
    }

    #[test]
    fn what_was_handed_out_is_forgotten() {
        let entropy = OsEntropy::new();
        let drawn: [[u8; 24]; 40] = std::array::from_fn(|_| draw(&entropy));
        let pool = entropy.0.borrow();
        assert!(pool.bytes[KEY..pool.next].iter().all(|&byte| byte == 0));
        for bytes in drawn {
            assert!(!pool.bytes.windows(bytes.len()).any(|window| window == bytes));
        }
    }

    #[test]
    fn the_seed_is_renewed() {
        let entropy = OsEntropy::new();
        let mut large = vec![0; RESEED_AFTER as usize];
        entropy.fill(&mut large).unwrap();
        assert!(entropy.0.borrow().since_seed >= RESEED_AFTER);
        let _: [[u8; 100]; 20] = std::array::from_fn(|_| draw(&entropy));
        assert!(entropy.0.borrow().since_seed < 1 << 20);
    }
}
