//! Runs `.wast` scripts, the test language of WebAssembly: core modules and components, on any engine.
//!
//! A directive is judged by itself and counts once. What a script says about the text of an error is a wish: a trap must
//! be of the kind that a core script names, but its words may differ unless [`Options::exact_messages`] is set. An
//! assertion that something is invalid holds if it is found invalid: not if it is merely not supported, and not if we
//! made a mistake.

mod component;
mod core;
mod report;
mod script;
mod values;

use tambo::Runtime;

pub use report::{Failure, Report};

/// How a script is judged.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// The text of a trap must contain what the script says.
    pub exact_messages: bool,
}

/// Run a script. `name` is what failures are reported under.
pub fn run(runtime: &Runtime, name: &str, text: &str, options: Options) -> Report {
    script::run(runtime, name, text, options)
}
