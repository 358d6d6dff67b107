//! Ratio benchmarks: the same work done natively, by Tambo and by the peers found on `PATH`, in interleaved rounds.
//!
//! ```text
//! cargo build --release && cargo run --release -p tambo-benches [-- [MODE] [--rounds N] [--record FILE] [FILTER]]
//! ```
//!
//! Modes: whole processes if none is given (with `--module FILE`, a command for the case `large-module` in place of the
//! generated one: a real program says more); `--library`; `--serve` and `--network`, whose parts a filter names and whose
//! runs of load take `--seconds S`; `--plot`, which draws `benches/figures.svg` from `benches/figures.json`. `--record`
//! puts rows into such a file.
//!
//! Times on one machine vary from minute to minute; the ratio of two runs within the same round varies less. So every
//! figure is the median over rounds of a ratio to the native run of the same round, beside the median times.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a benchmark prints its table")]

mod cases;
mod children;
mod component_guests;
mod figures;
mod guests;
mod library;
mod load;
mod measure;
mod native;
mod native_http;
mod native_sockets;
mod network;
mod plot;
mod processes;
mod programs;
mod reply;
mod serve;
mod sides;
mod transfers;

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use library::AnyError;

/// What is measured.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    Processes,
    Library,
    Serve,
    Network,
    Plot,
}

/// What the command line asks for.
pub(crate) struct Options {
    pub(crate) mode: Mode,
    pub(crate) rounds: usize,
    pub(crate) filter: String,
    /// A real program for the case `large-module`.
    pub(crate) module: Option<PathBuf>,
    /// How long a server is under load in a round.
    pub(crate) load: Duration,
    /// Where rows are put.
    pub(crate) record: Option<PathBuf>,
}

impl Options {
    fn parse(mut arguments: impl Iterator<Item = String>) -> Result<Self, String> {
        let (mode, load) = (Mode::Processes, Duration::from_secs(2));
        let mut options = Self { mode, rounds: 9, filter: String::new(), module: None, load, record: None };
        while let Some(argument) = arguments.next() {
            let mut value = || arguments.next().ok_or(format!("{argument} needs a value"));
            match argument.as_str() {
                "--module" => options.module = Some(value()?.into()),
                "--record" => options.record = Some(value()?.into()),
                "--rounds" => options.rounds = number(&argument, &value()?)?,
                "--seconds" => {
                    let seconds = number(&argument, &value()?)?;
                    options.load = Duration::try_from_secs_f64(seconds).map_err(|error| error.to_string())?;
                }
                "--library" => options.mode = Mode::Library,
                "--serve" => options.mode = Mode::Serve,
                "--network" => options.mode = Mode::Network,
                "--plot" => options.mode = Mode::Plot,
                option if option.starts_with('-') => return Err(format!("no such option: {option}")),
                filter => options.filter = filter.to_owned(),
            }
        }
        options.rounds = options.rounds.max(1);
        Ok(options)
    }
}

fn number<T: std::str::FromStr>(name: &str, text: &str) -> Result<T, String> {
    text.parse().map_err(|_| format!("{name} needs a number, not {text}"))
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let outcome = match words[..] {
        ["native", "hyper" | "requests" | "echo" | "poll", ..] => native_network(&words[1..]),
        ["native", name, ..] => return native::run(name, words.get(2).copied()),
        ["guests", directory, ref filter @ ..] => {
            processes::prepare_guests(directory, filter.first().unwrap_or(&"")).map_err(AnyError::from)
        }
        _ => Options::parse(arguments.into_iter()).map_err(AnyError::from).and_then(|options| run(&options)),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::from(2)
        }
    }
}

fn run(options: &Options) -> Result<(), AnyError> {
    match options.mode {
        Mode::Processes => Ok(processes::run(options)?),
        Mode::Library => library::run(options),
        Mode::Serve => serve::run(options),
        Mode::Network => network::run(options),
        Mode::Plot => Ok(plot::write()?),
    }
}

/// The native sides of [`serve`] and [`network`], in processes of their own.
fn native_network(words: &[&str]) -> Result<(), AnyError> {
    let [what, first, second, rest @ ..] = words else { return Err("native WHAT FIRST SECOND".into()) };
    let count = number("the second argument", second)?;
    match *what {
        "hyper" => native_http::serve(first.parse()?, count).map_err(|error| -> AnyError { error }),
        "requests" => {
            let flight = number("the third argument", rest.first().unwrap_or(&"1"))?;
            let each = native_http::request(first.parse()?, count, flight);
            println!("{} ns", each.map_err(|error| -> AnyError { error })?);
            Ok(())
        }
        "echo" => native_sockets::echo(first.parse()?, count),
        _ => {
            println!("{} ns", native_sockets::poll_many(first.parse()?, number("the second argument", second)?)?);
            Ok(())
        }
    }
}
