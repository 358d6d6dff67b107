//! The command `tambo`: arguments in, exit code out. Everything else is in [`commands`].

mod args;
mod commands;
mod grant;
mod http;
mod parse;
mod report;
mod settings;

use std::process::ExitCode;

use clap::Parser;

use crate::args::{Arguments, Command};
use crate::report::{Failure, Report};

/// Whether a peer that goes away while it is written to would end this process by the signal of a broken pipe: the libraries
/// of HTTP write to sockets as to files.
fn writes_to_peers(command: &Command) -> bool {
    match command {
        Command::Serve(_) => true,
        Command::Run(run) => !run.authority.http.rules.is_empty(),
        _ => false,
    }
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    if !writes_to_peers(&arguments.command) {
        tambo::os::process::end_silently_on_broken_pipe();
    }
    let report = Report::new(arguments.color);
    let outcome = match arguments.command {
        Command::Run(run) => commands::run::run(&run, &report),
        Command::Serve(serve) => commands::serve::serve(&serve),
        Command::Compile(compile) => commands::compile::compile(&compile),
        Command::Inspect(inspect) => commands::inspect::inspect(&inspect),
        Command::Compose(compose) => commands::compose::compose(&compose),
        Command::Lower(lower) => commands::lower::lower(&lower),
        Command::Wast(wast) => commands::wast::wast(&wast),
        Command::Completions(completions) => commands::generate::completions(&completions),
        Command::Man(man) => commands::generate::man(&man),
    };
    match outcome {
        Ok(code) => code,
        // A reader that went away is no error of ours: end as a native tool does.
        Err(Failure::BrokenPipe) => ExitCode::from(141),
        Err(Failure::Error(error)) => {
            report.error(&error);
            ExitCode::from(2)
        }
    }
}
