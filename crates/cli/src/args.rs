//! Every command, option and argument, declared once: parsing, help, completions and the manual page come from here.

mod granted;
mod serve;

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Parser, Subcommand, ValueEnum, ValueHint};
use tambo::EngineKind;
use tambo::kernel::clock::Timestamp;

pub(crate) use granted::{Authority, CacheOptions, HttpOptions};
pub(crate) use serve::Serve;

use crate::parse::{self, ListenAddress, StreamTarget};

/// Run WebAssembly programs that use WASI.
#[derive(Debug, Parser)]
#[command(name = "tambo", version, max_term_width = 100, arg_required_else_help = true)]
pub(crate) struct Arguments {
    /// When to colour messages (also off if NO_COLOR is set).
    #[arg(long, global = true, value_enum, default_value_t = Color::Auto, value_name = "WHEN")]
    pub(crate) color: Color,

    #[command(subcommand)]
    pub(crate) command: Command,
}

/// When to colour messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Color {
    /// If the output is a terminal.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Run a module or a component, or call a function that it exports.
    ///
    /// The exit code is the program's own; 134 if it trapped, 124 if its time ran out, 2 if it could not be run.
    Run(Box<Run>),
    /// Serve a component over HTTP.
    ///
    /// It runs until SIGINT or SIGTERM, and ends with exit code 0 when the requests under way are done. SIGHUP, or a change
    /// of a file, loads what is served again.
    Serve(Box<Serve>),
    /// Compile a module or a component ahead of time.
    Compile(Compile),
    /// Show what a module imports and exports and the authority that it will ask for; of a component, its world.
    Inspect(Inspect),
    /// Join components into one.
    ///
    /// Either a socket and the components that are plugged into its imports, or a composition file.
    Compose(Compose),
    /// Write the core module that stands for a component.
    Lower(Lower),
    /// Run `.wast` scripts: tests of core modules and components.
    ///
    /// Prints a line for each failure, and the totals. The exit code is 1 if anything failed.
    Wast(Wast),
    /// Print a completion script for a shell.
    Completions(Completions),
    /// Write the manual pages into a directory, or the main one to standard output.
    Man(Man),
}

/// What changes compiled code: shared by `run` and `compile`, which must agree.
#[derive(Args, Debug)]
pub(crate) struct EngineOptions {
    /// The engine that executes the module.
    #[arg(long, value_name = "ENGINE", value_parser = parse::engine, default_value_t = EngineKind::default())]
    pub(crate) engine: EngineKind,

    /// Leave out guest backtraces.
    #[arg(long)]
    pub(crate) no_backtrace: bool,
}

#[derive(Args, Debug)]
pub(crate) struct Run {
    /// The module or component: .wasm, .wat, or a file made by `tambo compile`.
    #[arg(value_hint = ValueHint::FilePath)]
    pub(crate) module: PathBuf,

    /// The program's arguments.
    #[arg(trailing_var_arg = true, allow_hyphen_values = true, value_hint = ValueHint::Other)]
    pub(crate) args: Vec<String>,

    #[command(flatten)]
    pub(crate) authority: Authority,

    /// Listen on ADDRESS (IP:PORT or unix:PATH) and hand the socket to the program, from descriptor 3 on.
    #[arg(long = "listen", value_name = "ADDRESS", value_parser = parse::listen)]
    pub(crate) listen: Vec<ListenAddress>,

    /// Standard input: `inherit`, `null` or a file.
    #[arg(long, value_name = "FROM", default_value = "inherit", value_parser = parse::stream)]
    pub(crate) stdin: StreamTarget,

    /// Standard output: `inherit`, `null` or a file.
    #[arg(long, value_name = "TO", default_value = "inherit", value_parser = parse::stream)]
    pub(crate) stdout: StreamTarget,

    /// Standard error: `inherit`, `null` or a file.
    #[arg(long, value_name = "TO", default_value = "inherit", value_parser = parse::stream)]
    pub(crate) stderr: StreamTarget,

    /// Call an exported function with the arguments as numbers, and print what it returns; of a component, 'f(1, "a")' or
    /// 'pkg:name/interface/f(1, "a")'.
    #[arg(long, value_name = "NAME|CALL")]
    pub(crate) invoke: Option<String>,

    /// Stop the program after a time, such as 500ms, 10s or 2m.
    #[arg(long, value_name = "TIME", value_parser = parse::duration)]
    pub(crate) timeout: Option<Duration>,

    /// Stop the program after this much computation.
    #[arg(long, value_name = "UNITS")]
    pub(crate) fuel: Option<u64>,

    /// Bound the program's memory, such as 64M or 1G.
    #[arg(long, value_name = "BYTES", value_parser = parse::size)]
    pub(crate) max_memory: Option<u64>,

    /// Make random bytes depend on this number alone.
    #[arg(long, value_name = "NUMBER")]
    pub(crate) seed: Option<u64>,

    /// Start the clocks at this time (seconds since 1970, or 2026-01-31T12:00:00Z); they then move only as the program
    /// looks at them or sleeps.
    #[arg(long, value_name = "TIME", value_parser = parse::timestamp)]
    pub(crate) clock: Option<Timestamp>,

    /// Write a line for each WASI call, to standard error or to a file.
    #[arg(long, value_name = "FILE", num_args = 0..=1, require_equals = true, value_hint = ValueHint::FilePath)]
    pub(crate) trace: Option<Option<PathBuf>>,

    /// Give a component what is unstable in WASI: `clocks-timezone`, `network-error-code`.
    #[arg(long, value_name = "FEATURE")]
    pub(crate) unstable: Vec<Feature>,

    #[command(flatten)]
    pub(crate) cache: CacheOptions,

    #[command(flatten)]
    pub(crate) engine: EngineOptions,
}

/// What the WIT of WASI calls `@unstable`, by its names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Feature {
    /// `wasi:clocks/timezone`.
    ClocksTimezone,
    /// `network-error-code` of `wasi:sockets/network`.
    NetworkErrorCode,
}

#[derive(Args, Debug)]
pub(crate) struct Compile {
    /// The module or component: .wasm or .wat.
    #[arg(value_hint = ValueHint::FilePath)]
    pub(crate) module: PathBuf,

    /// Where to write [default: the module's name with .cwasm].
    #[arg(short, long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) output: Option<PathBuf>,

    /// Compile for `tambo run --timeout`.
    #[arg(long)]
    pub(crate) timeout: bool,

    /// Compile for `tambo run --fuel`.
    #[arg(long)]
    pub(crate) fuel: bool,

    #[command(flatten)]
    pub(crate) engine: EngineOptions,
}

#[derive(Args, Debug)]
pub(crate) struct Inspect {
    /// The module or component: .wasm, .wat, or a file made by `tambo compile`.
    #[arg(value_hint = ValueHint::FilePath)]
    pub(crate) module: PathBuf,

    /// Print JSON.
    #[arg(long)]
    pub(crate) json: bool,

    /// Of a component, show everything that there is to instantiate.
    #[arg(long, conflicts_with = "json")]
    pub(crate) plan: bool,
}

#[derive(Args, Debug)]
pub(crate) struct Compose {
    /// The component whose imports are to be served, .wasm or .wat; or a composition file, .toml.
    #[arg(value_hint = ValueHint::FilePath)]
    pub(crate) socket: PathBuf,

    /// A component whose exports serve imports.
    #[arg(long = "plug", value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) plugs: Vec<PathBuf>,

    /// Where to write the component.
    #[arg(short, long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) output: PathBuf,
}

#[derive(Args, Debug)]
pub(crate) struct Lower {
    /// The component: .wasm or .wat.
    #[arg(value_hint = ValueHint::FilePath)]
    pub(crate) component: PathBuf,

    /// Where to write the module.
    #[arg(short, long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) output: PathBuf,

    #[command(flatten)]
    pub(crate) engine: EngineOptions,
}

#[derive(Args, Debug)]
pub(crate) struct Wast {
    /// The scripts.
    #[arg(required = true, value_hint = ValueHint::FilePath)]
    pub(crate) files: Vec<PathBuf>,

    /// Traps must have the text that the script says.
    #[arg(long)]
    pub(crate) exact_messages: bool,

    #[command(flatten)]
    pub(crate) engine: EngineOptions,
}

#[derive(Args, Debug)]
pub(crate) struct Completions {
    /// The shell.
    #[arg(value_enum)]
    pub(crate) shell: clap_complete::Shell,
}

#[derive(Args, Debug)]
pub(crate) struct Man {
    /// Where to write one page for each command.
    #[arg(value_hint = ValueHint::DirPath)]
    pub(crate) directory: Option<PathBuf>,
}
