//! `random_get`: in pieces, so that a request for all of the memory can be stopped in between.

use crate::P1;
use crate::memory::Memory;
use crate::p1::Outcome;

/// How much is filled between two looks at the interrupt.
const PIECE: usize = 1 << 20;

pub(crate) fn random_get(p1: &mut P1, memory: &mut Memory<'_>, buf: u32, buf_len: u32) -> Outcome {
    for piece in memory.bytes_mut(buf, buf_len)?.chunks_mut(PIECE) {
        p1.host.interrupt.check()?;
        p1.host.system.entropy.fill(piece)?;
    }
    Ok(())
}
