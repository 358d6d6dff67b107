//! `list<u8>` in a result, written by the host into the block that the guest allocated for it.
//!
//! A [`Filled`] comes from a [`Space`] only, and a space is a block of the guest's, so a list that was not allocated
//! cannot be given.

use std::fmt;

use tambo_component_types::{Pointer, TypeId};

use super::{Lower, Typed};
use crate::memory::{allocated, bug};
use crate::{Fault, FlatWriter, LowerContext, MatchContext, Mismatch, RequestContext, Shapes};

/// A block of the guest's memory, for the bytes of a list.
pub struct Space<'m> {
    bytes: &'m mut [u8],
    at: u64,
}

impl fmt::Debug for Space<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Space").field("at", &self.at).field("bytes", &self.bytes.len()).finish()
    }
}

impl<'m> Space<'m> {
    /// The block of an address that `realloc` returned.
    #[inline]
    pub fn new(memory: &'m mut [u8], pointer: Pointer, address: u64, size: u32) -> Result<Self, Fault> {
        let at = allocated(address, size, 1, pointer, memory.len())?;
        let bytes = memory.get_mut(at..).and_then(|rest| rest.get_mut(..size as usize));
        Ok(Self { bytes: bytes.ok_or_else(|| bug("a block was checked, and is not there"))?, at: at as u64 })
    }

    /// Its bytes: what the guest left there.
    #[inline]
    pub fn bytes(&mut self) -> &mut [u8] {
        self.bytes
    }

    /// The list of its first bytes. Of fewer than there are only where that cannot be helped: the guest has a block that
    /// is larger than its list then.
    #[inline]
    pub fn filled(self, count: usize) -> Filled {
        Filled { at: self.at, length: self.bytes.len().min(count) as u64 }
    }
}

/// A `list<u8>` that lies in the guest's memory already.
#[derive(Debug)]
pub struct Filled {
    at: u64,
    length: u64,
}

impl Filled {
    /// Its place, in the memory that it was made in, or else it is a mistake of the host's.
    #[inline]
    fn pair(&self, cx: &LowerContext<'_>) -> Result<(u64, u64), Fault> {
        if self.at + self.length > cx.memory.len() as u64 {
            return Err(bug("a list was filled in another call"));
        }
        Ok((self.at, self.length))
    }
}

impl Typed for Filled {
    const SHAPE: Shapes = <[u8]>::SHAPE;

    fn matches(cx: &MatchContext<'_>, ty: TypeId) -> Result<(), Mismatch> {
        <[u8]>::matches(cx, ty)
    }
}

impl Lower for Filled {
    const PLAIN: bool = true;

    fn requests(&self, _: &mut RequestContext<'_>, _: TypeId) -> Result<(), Mismatch> {
        Ok(())
    }

    fn lower_flat(&self, cx: &mut LowerContext<'_>, _: TypeId, flat: &mut FlatWriter<'_>) -> Result<(), Fault> {
        let (address, length) = self.pair(cx)?;
        flat.push(address)?;
        flat.push(length)
    }

    #[inline]
    fn store(&self, cx: &mut LowerContext<'_>, _: TypeId, at: usize) -> Result<(), Fault> {
        let pair = self.pair(cx)?;
        cx.put_pair(at, pair)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_space_lies_within_memory() {
        let mut memory = [0; 100];
        for (address, size, fits) in [(0, 100, true), (100, 0, true), (99, 2, false), (u64::MAX, 2, false)] {
            let space = Space::new(&mut memory, Pointer::Bits64, address, size);
            assert_eq!(space.is_ok(), fits, "{address} {size}");
        }
        // The upper half of a 32-bit address is nobody's.
        let space = Space::new(&mut memory, Pointer::Bits32, 1 << 32 | 90, 10).unwrap();
        let filled = space.filled(11);
        assert_eq!((filled.at, filled.length), (90, 10));
    }
}
