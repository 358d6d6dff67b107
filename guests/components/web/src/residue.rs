//! A tenant that leaves a mark all over its memory, and one that looks for it.
//!
//! # Safety
//!
//! Addresses are those of the guest's own memory: of pages that it has just grown by, which are nobody else's, for writing;
//! and below the memory's size for reading, as volatile words, which have no invalid values.

use core::arch::wasm32;

const PAGE: usize = 64 << 10;
/// Pages that are marked.
const PAGES: usize = 32;
/// Words on the stack that are.
const WORDS: usize = 4096;

/// The mark for a number: nothing of it is in the number's text.
fn mark(number: u64) -> u64 {
    (number | 1).wrapping_mul(0x9e37_79b9_7f4a_7c15)
}

/// Fill new pages, and a good part of the stack.
pub(crate) fn plant(number: u64) -> usize {
    let mark = mark(number);
    let stack = core::hint::black_box([mark; WORDS]);
    let first = wasm32::memory_grow::<0>(PAGES) * PAGE;
    for address in (first..first + PAGES * PAGE).step_by(8) {
        // SAFETY: a page of its own.
        unsafe { core::ptr::write_volatile(address as *mut u64, mark) };
    }
    stack.len() + PAGES * PAGE / 8
}

/// How often the mark is anywhere, in as many new pages as well; what the search itself keeps may be among it.
pub(crate) fn find(number: u64) -> usize {
    let mark = mark(number);
    wasm32::memory_grow::<0>(PAGES);
    let end = wasm32::memory_size::<0>() * PAGE;
    // SAFETY: within the memory, aligned, and not at address 0, which is nobody's.
    let word = |address: usize| unsafe { core::ptr::read_volatile(address as *const u64) };
    (8..end).step_by(8).filter(|&address| word(address) == mark).count()
}
