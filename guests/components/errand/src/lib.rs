//! Imports `task` and passes on what it is given, several calls deep, with debug information.

wit_bindgen::generate!({ world: "errand", path: "../wit" });

use tambo::demo::task::average;

struct Errand;

#[inline(never)]
fn ask(numbers: &[u32]) -> u32 {
    average(numbers) // the call
}

impl Guest for Errand {
    fn run(numbers: Vec<u32>) -> u32 {
        ask(&numbers).wrapping_add(1) // the errand
    }
}

export!(Errand);
