//! The suite for [`Entropy`].
#![expect(missing_docs, reason = "a case's name is its sentence")]

use std::rc::Rc;

use tambo_kernel::entropy::Entropy;

/// One `#[test]` for each case, in a module of the given name; the second argument is a closure without captures that
/// answers an `Rc<dyn Entropy>`.
#[macro_export]
macro_rules! entropy_tests {
    ($module:ident, $make:expr) => {
        mod $module {
            #[allow(unused_imports, reason = "the expression may need what is imported around the macro")]
            use super::*;

            $crate::cases!(entropy, $make, [
                an_empty_buffer_is_fine
                every_byte_is_filled
                pieces_differ
                bits_are_balanced
            ]);
        }
    };
}

pub fn an_empty_buffer_is_fine(entropy: &Rc<dyn Entropy>) {
    entropy.fill(&mut []).unwrap();
}

/// Each place of the buffer is something but zero in some round, so none is left alone.
pub fn every_byte_is_filled(entropy: &Rc<dyn Entropy>) {
    for len in [1, 3, 63, 64, 65, 255, 256, 257, 1_000, 70_000] {
        let mut seen = vec![0_u8; len];
        for _ in 0..12 {
            let mut buffer = vec![0; len];
            entropy.fill(&mut buffer).unwrap();
            seen.iter_mut().zip(buffer).for_each(|(seen, byte)| *seen |= byte);
        }
        assert!(seen.iter().all(|&byte| byte != 0), "of {len} bytes some were never filled");
    }
}

pub fn pieces_differ(entropy: &Rc<dyn Entropy>) {
    let mut seen = std::collections::BTreeSet::new();
    for _ in 0..1_000 {
        let mut piece = [0; 16];
        entropy.fill(&mut piece).unwrap();
        assert!(seen.insert(piece), "16 random bytes came twice");
    }
}

pub fn bits_are_balanced(entropy: &Rc<dyn Entropy>) {
    let mut buffer = vec![0; 100_000];
    entropy.fill(&mut buffer).unwrap();
    let ones: u32 = buffer.iter().map(|byte| byte.count_ones()).sum();
    // Ten standard deviations of 447.
    assert!(ones.abs_diff(400_000) < 4_470, "{ones} of 800,000 bits are set");
}
