//! Ratio benchmarks: the same work done natively, by Tambo and by the peers found on `PATH`, in interleaved rounds.
//!
//! ```text
//! cargo build --release && cargo run --release -p tambo-benches [-- [--rounds N] [--library] [--module FILE] [FILTER]]
//! ```
//!
//! `--module` names a command for the case `large-module`, in place of the generated one: a real program says more.
//!
//! Times on one machine vary from minute to minute; the ratio of two runs within the same round varies less. So every
//! figure is the median over rounds of a ratio to the native run of the same round, beside the median times.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a benchmark prints its table")]

mod cases;
mod component_guests;
mod guests;
mod library;
mod measure;
mod native;
mod processes;
mod transfers;

use std::process::ExitCode;

/// What the command line asks for.
pub(crate) struct Options {
    pub(crate) rounds: usize,
    pub(crate) filter: String,
    pub(crate) library: bool,
    /// A real program for the case `large-module`.
    pub(crate) module: Option<std::path::PathBuf>,
}

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let mut options = Options { rounds: 9, filter: String::new(), library: false, module: None };
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "native" => {
                let name = arguments.next().unwrap_or_default();
                return native::run(&name, arguments.next().as_deref());
            }
            "guests" => {
                let (directory, filter) = (arguments.next().unwrap_or_default(), arguments.next().unwrap_or_default());
                return ExitCode::from(u8::from(processes::prepare_guests(&directory, &filter).is_err()));
            }
            "--module" => options.module = arguments.next().map(Into::into),
            "--library" => options.library = true,
            "--rounds" => {
                options.rounds = arguments.next().and_then(|count| count.parse().ok()).unwrap_or(options.rounds);
            }
            filter => options.filter = filter.to_owned(),
        }
    }
    if options.library { library::run(&options) } else { processes::run(&options) }
}
