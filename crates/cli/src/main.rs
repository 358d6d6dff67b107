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

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    // Any client could end a server so, by going away while it is written to.
    if !matches!(arguments.command, Command::Serve(_)) {
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
