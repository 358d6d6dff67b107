//! Panics three calls deep, with line tables, so that a host can show where.

use std::hint::black_box;

fn main() {
    outer(&[1, 2, 3]);
}

#[inline(never)]
fn outer(numbers: &[u32]) {
    black_box(middle(numbers, black_box(7)));
}

#[inline(never)]
fn middle(numbers: &[u32], index: usize) -> u32 {
    1 + black_box(inner(numbers, index))
}

#[inline(never)]
fn inner(numbers: &[u32], index: usize) -> u32 {
    numbers[index]
}
