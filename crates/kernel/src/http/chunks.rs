//! Bytes that wait to be taken, in pieces that are never moved once they were written: a long body is copied once, and
//! what comes in many small writes still leaves in few pieces.

use std::collections::VecDeque;
use std::io::IoSlice;

use bytes::{Bytes, BytesMut};

/// What the first piece has room for, at least.
const LEAST: usize = 512;
/// What a piece has room for, unless more is written at once.
const MOST: usize = 64 << 10;

/// Pieces, in order. None of them is empty.
#[derive(Default)]
pub(super) struct Chunks {
    pieces: VecDeque<BytesMut>,
    length: usize,
}

impl Chunks {
    /// How many bytes there are.
    pub(super) fn len(&self) -> usize {
        self.length
    }

    pub(super) fn is_empty(&self) -> bool {
        self.length == 0
    }

    /// Add the first `count` bytes of the buffers, which have as many.
    pub(super) fn add(&mut self, buffers: &[IoSlice<'_>], count: usize) {
        let mut left = count;
        for buffer in buffers {
            let buffer = &buffer[..buffer.len().min(left)];
            left -= buffer.len();
            self.add_slice(buffer, left);
        }
    }

    /// Add bytes; `more` follow.
    fn add_slice(&mut self, bytes: &[u8], more: usize) {
        let spare = self.pieces.back().map_or(0, |last| last.capacity() - last.len());
        let (here, rest) = bytes.split_at(bytes.len().min(spare));
        if let Some(last) = self.pieces.back_mut() {
            last.extend_from_slice(here);
        }
        if !rest.is_empty() {
            // As much again as there is: so small writes make few pieces.
            let room = (rest.len() + more).max(self.length.clamp(LEAST, MOST));
            let mut piece = BytesMut::with_capacity(room);
            piece.extend_from_slice(rest);
            self.pieces.push_back(piece);
        }
        self.length += bytes.len();
    }

    /// Take the first piece.
    pub(super) fn take(&mut self) -> Option<Bytes> {
        let piece = self.pieces.pop_front()?;
        self.length -= piece.len();
        Some(piece.freeze())
    }

    pub(super) fn clear(&mut self) {
        *self = Self::default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn taken(chunks: &mut Chunks) -> Vec<Bytes> {
        std::iter::from_fn(|| chunks.take()).collect()
    }

    #[test]
    fn nothing_is_lost_or_moved_out_of_order() {
        let text: Vec<u8> = (0..200_000_u32).map(|number| (number % 251) as u8).collect();
        for sizes in [&[1_usize, 7, 100][..], &[65_536], &[511, 1, 512], &[4_096, 70_000], &[200_000]] {
            let mut chunks = Chunks::default();
            let mut rest = &text[..];
            for size in sizes.iter().cycle() {
                let (now, later) = rest.split_at(rest.len().min(*size));
                let (one, two) = now.split_at(now.len() / 3);
                chunks.add(&[IoSlice::new(one), IoSlice::new(two), IoSlice::new(b"not counted")], now.len());
                rest = later;
                if rest.is_empty() {
                    break;
                }
            }
            assert_eq!(chunks.len(), text.len());
            let pieces = taken(&mut chunks);
            assert!(pieces.len() <= 12, "{} pieces of writes of {sizes:?}", pieces.len());
            assert!(pieces.iter().all(|piece| !piece.is_empty()));
            assert_eq!(pieces.concat(), text, "{sizes:?}");
            assert!(chunks.is_empty());
        }
    }

    #[test]
    fn what_was_taken_makes_no_room_in_what_is_left() {
        let mut chunks = Chunks::default();
        chunks.add(&[IoSlice::new(b"one")], 3);
        let first = chunks.take().unwrap();
        chunks.add(&[IoSlice::new(b"two")], 3);
        assert_eq!((first.as_ref(), taken(&mut chunks)), (&b"one"[..], vec![Bytes::from_static(b"two")]));
        chunks.add(&[], 0);
        chunks.add(&[IoSlice::new(b"")], 0);
        assert!(chunks.take().is_none());
    }
}
