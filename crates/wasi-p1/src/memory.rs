//! The guest's memory, with every access checked: outside of it is [`Error::Fault`], never a panic.
//!
//! Pointers need no alignment: everything is read and written byte by byte. A range of no bytes is valid anywhere.

use std::ops::Range;

use tambo_kernel::{Error, Result};

/// The longest path that is looked at, in bytes; longer ones are [`Error::NameTooLong`] before anything reads them.
pub(crate) const LONGEST_PATH: u32 = 1 << 16;

pub(crate) struct Memory<'a>(&'a mut [u8]);

impl<'a> Memory<'a> {
    pub(crate) fn new(bytes: &'a mut [u8]) -> Self {
        Self(bytes)
    }

    /// All of it, for a caller that has ranges from [`range`](Memory::range).
    pub(crate) fn all(&self) -> &[u8] {
        self.0
    }

    /// All of it, mutably.
    pub(crate) fn all_mut(&mut self) -> &mut [u8] {
        self.0
    }

    /// The range of `len` bytes at a pointer, known to be within the memory.
    #[inline]
    pub(crate) fn range(&self, pointer: u32, len: u64) -> Result<Range<usize>> {
        if len == 0 {
            return Ok(0..0);
        }
        let end = u64::from(pointer).checked_add(len).ok_or(Error::Fault)?;
        if end > self.0.len() as u64 {
            return Err(Error::Fault);
        }
        Ok(pointer as usize..end as usize)
    }

    /// [`Error::Fault`] unless `len` bytes can be written there.
    #[inline]
    pub(crate) fn check(&self, pointer: u32, len: u32) -> Result<()> {
        self.range(pointer, u64::from(len)).map(|_| ())
    }

    /// The bytes at a pointer.
    #[inline]
    pub(crate) fn bytes(&self, pointer: u32, len: u32) -> Result<&[u8]> {
        let range = self.range(pointer, u64::from(len))?;
        self.0.get(range).ok_or(Error::Fault)
    }

    /// The bytes at a pointer, mutably.
    #[inline]
    pub(crate) fn bytes_mut(&mut self, pointer: u32, len: u32) -> Result<&mut [u8]> {
        let range = self.range(pointer, u64::from(len))?;
        self.0.get_mut(range).ok_or(Error::Fault)
    }

    /// A fixed number of bytes at a pointer.
    #[inline]
    pub(crate) fn read<const N: usize>(&self, pointer: u32) -> Result<[u8; N]> {
        let start = pointer as usize;
        let tail = self.0.get(start..).ok_or(Error::Fault)?;
        tail.first_chunk().copied().ok_or(Error::Fault)
    }

    /// Write a fixed number of bytes at a pointer.
    #[inline]
    pub(crate) fn write<const N: usize>(&mut self, pointer: u32, bytes: [u8; N]) -> Result<()> {
        let tail = self.0.get_mut(pointer as usize..).ok_or(Error::Fault)?;
        *tail.first_chunk_mut().ok_or(Error::Fault)? = bytes;
        Ok(())
    }

    #[inline]
    pub(crate) fn write_u16(&mut self, pointer: u32, value: u16) -> Result<()> {
        self.write(pointer, value.to_le_bytes())
    }

    #[inline]
    pub(crate) fn write_u32(&mut self, pointer: u32, value: u32) -> Result<()> {
        self.write(pointer, value.to_le_bytes())
    }

    #[inline]
    pub(crate) fn write_u64(&mut self, pointer: u32, value: u64) -> Result<()> {
        self.write(pointer, value.to_le_bytes())
    }

    /// A path. [`Error::NameTooLong`], [`Error::IllegalByteSequence`] if it is not UTF-8.
    #[inline]
    pub(crate) fn path(&self, pointer: u32, len: u32) -> Result<&str> {
        if len > LONGEST_PATH {
            return Err(Error::NameTooLong);
        }
        std::str::from_utf8(self.bytes(pointer, len)?).map_err(|_| Error::IllegalByteSequence)
    }
}

/// Write a field of a record; out of the record does nothing, which no layout of ours reaches.
#[inline]
pub(crate) fn put<const N: usize>(record: &mut [u8], offset: usize, bytes: [u8; N]) {
    if let Some(field) = record.get_mut(offset..).and_then(|tail| tail.first_chunk_mut()) {
        *field = bytes;
    }
}

/// A little-endian field of a record; 0 out of the record.
#[inline]
pub(crate) fn field_u32(record: &[u8], offset: usize) -> u32 {
    record.get(offset..).and_then(|tail| tail.first_chunk()).map_or(0, |bytes| u32::from_le_bytes(*bytes))
}

/// A little-endian field of a record; 0 out of the record.
#[inline]
pub(crate) fn field_u64(record: &[u8], offset: usize) -> u64 {
    record.get(offset..).and_then(|tail| tail.first_chunk()).map_or(0, |bytes| u64::from_le_bytes(*bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_outside_is_reached() {
        let mut bytes = vec![0; 100];
        let mut memory = Memory::new(&mut bytes);
        assert_eq!(memory.write_u32(96, 7), Ok(()));
        assert_eq!(memory.write_u32(97, 7), Err(Error::Fault));
        assert_eq!(memory.write_u32(u32::MAX, 7), Err(Error::Fault));
        assert_eq!(memory.write_u64(u32::MAX - 3, 7), Err(Error::Fault));
        assert_eq!(memory.read(96), Ok(7u32.to_le_bytes()));
        assert_eq!(memory.bytes(50, 51), Err(Error::Fault));
        assert_eq!(memory.bytes(u32::MAX, u32::MAX), Err(Error::Fault));
        assert_eq!(memory.bytes(u32::MAX, 0), Ok(&[][..]));
        assert_eq!(memory.range(0, u64::MAX), Err(Error::Fault));
    }

    #[test]
    fn a_path_is_bounded_unicode() {
        let mut bytes = vec![b'a'; 1 << 17];
        bytes[9] = 0xff;
        let memory = Memory::new(&mut bytes);
        assert_eq!(memory.path(0, 3), Ok("aaa"));
        assert_eq!(memory.path(8, 3), Err(Error::IllegalByteSequence));
        assert_eq!(memory.path(10, LONGEST_PATH + 1), Err(Error::NameTooLong));
        assert!(memory.path(10, LONGEST_PATH).is_ok());
    }
}
