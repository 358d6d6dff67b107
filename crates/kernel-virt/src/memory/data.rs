//! The bytes of a file: pages where something was written, and holes.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use tambo_kernel::{Error, Result};

use super::node::Shared;

const PAGE: u64 = 4096;

/// The largest size, as POSIX counts offsets.
pub(super) const MAX_SIZE: u64 = i64::MAX as u64;

type Page = Box<[u8; PAGE as usize]>;

/// Bytes beyond the size are zeros in every page, so that extending needs no work.
#[derive(Default)]
pub(super) struct Data {
    size: u64,
    pages: BTreeMap<u64, Page>,
}

fn empty_page() -> Page {
    Box::new([0; PAGE as usize])
}

/// The page of an offset, and the offset within it.
fn split(offset: u64) -> (u64, usize) {
    (offset / PAGE, (offset % PAGE) as usize)
}

impl Data {
    pub(super) fn size(&self) -> u64 {
        self.size
    }

    /// How much of the capacity it uses.
    pub(super) fn allocated(&self) -> u64 {
        self.pages.len() as u64 * PAGE
    }

    /// Read as much as there is; how much that was.
    pub(super) fn read(&self, buffer: &mut [u8], offset: u64) -> usize {
        let count = (buffer.len() as u64).min(self.size.saturating_sub(offset)) as usize;
        let mut rest = &mut buffer[..count];
        let (mut index, mut within) = split(offset);
        let mut pages = self.pages.range(index..).peekable();
        while !rest.is_empty() {
            let (piece, after) = rest.split_at_mut((PAGE as usize - within).min(rest.len()));
            match pages.next_if(|(present, _)| **present == index) {
                Some((_, page)) => piece.copy_from_slice(&page[within..within + piece.len()]),
                None => piece.fill(0),
            }
            rest = after;
            (index, within) = (index + 1, 0);
        }
        count
    }

    /// Write as much as there is space for; how much that was.
    pub(super) fn write(&mut self, bytes: &[u8], offset: u64, shared: &Shared) -> usize {
        let room = usize::try_from(MAX_SIZE.saturating_sub(offset)).unwrap_or(usize::MAX);
        let bytes = &bytes[..bytes.len().min(room)];
        let mut rest = bytes;
        let (mut index, mut within) = split(offset);
        while !rest.is_empty() {
            let page = match self.pages.entry(index) {
                Entry::Occupied(page) => page.into_mut(),
                Entry::Vacant(hole) if shared.reserve(PAGE).is_ok() => hole.insert(empty_page()),
                Entry::Vacant(_) => break,
            };
            let (piece, after) = rest.split_at((PAGE as usize - within).min(rest.len()));
            page[within..within + piece.len()].copy_from_slice(piece);
            rest = after;
            (index, within) = (index + 1, 0);
        }
        let count = bytes.len() - rest.len();
        if count > 0 {
            self.size = self.size.max(offset + count as u64);
        }
        count
    }

    /// Cut or extend. [`Error::FileTooLarge`].
    pub(super) fn set_size(&mut self, size: u64, shared: &Shared) -> Result<()> {
        if size > MAX_SIZE {
            return Err(Error::FileTooLarge);
        }
        if size < self.size {
            let gone = self.pages.split_off(&size.div_ceil(PAGE));
            shared.release(gone.len() as u64 * PAGE);
            let (index, within) = split(size);
            if let Some(page) = self.pages.get_mut(&index) {
                page[within..].fill(0);
            }
        }
        self.size = size;
        Ok(())
    }

    /// Fill the holes of a range and extend to its end. [`Error::Invalid`] for an empty range, [`Error::FileTooLarge`],
    /// [`Error::NoSpace`].
    pub(super) fn allocate(&mut self, offset: u64, len: u64, shared: &Shared) -> Result<()> {
        if len == 0 {
            return Err(Error::Invalid);
        }
        let end = offset.checked_add(len).filter(|&end| end <= MAX_SIZE).ok_or(Error::FileTooLarge)?;
        let (first, last) = (offset / PAGE, (end - 1) / PAGE);
        let missing = last - first + 1 - self.pages.range(first..=last).count() as u64;
        shared.reserve(missing.checked_mul(PAGE).ok_or(Error::NoSpace)?)?;
        // At most as many rounds as there are pages in the capacity.
        for index in first..=last {
            self.pages.entry(index).or_insert_with(empty_page);
        }
        self.size = self.size.max(end);
        Ok(())
    }
}
