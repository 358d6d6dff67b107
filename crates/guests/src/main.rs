//! Builds every guest and prints the path of each module.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a command line tool")]

use std::process::ExitCode;

use tambo_guests::{Language, build, names};

fn main() -> ExitCode {
    for language in Language::ALL {
        let outcome = names(language).and_then(|names| {
            names.iter().try_for_each(|name| {
                println!("{}", build(language, name)?.display());
                Ok(())
            })
        });
        if let Err(error) = outcome {
            eprintln!("error: {} guests: {error}", language.folder());
            return ExitCode::FAILURE;
        }
    }
    ExitCode::SUCCESS
}
