//! Exports `task`, and panics when it has no numbers: in a function that is inlined, with debug information.

wit_bindgen::generate!({ world: "faulty", path: "../wit" });

use exports::tambo::demo::task::Guest;

struct Faulty;

#[inline(always)]
fn share(sum: u32, count: u32) -> u32 {
    sum.checked_div(count).expect("there are numbers") // the fault
}

#[inline(never)]
fn divide(numbers: &[u32]) -> u32 {
    share(numbers.iter().sum(), numbers.len() as u32) // inlined here
}

impl Guest for Faulty {
    fn average(numbers: Vec<u32>) -> u32 {
        divide(&numbers) // the task
    }
}

export!(Faulty);
