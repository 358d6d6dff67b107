//! `tambo completions` and `tambo man`: what is generated from the declared arguments.

use std::io::{self, Write as _};
use std::process::ExitCode;

use clap::CommandFactory as _;
use tambo::{Error, ErrorKind};

use crate::args::{Arguments, Completions, Man};
use crate::report::Failure;

pub(crate) fn completions(options: &Completions) -> Result<ExitCode, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(options.shell, &mut Arguments::command(), "tambo", &mut script);
    io::stdout().write_all(&script)?;
    Ok(ExitCode::SUCCESS)
}

pub(crate) fn man(options: &Man) -> Result<ExitCode, Failure> {
    match &options.directory {
        None => {
            let mut page = Vec::new();
            clap_mangen::Man::new(Arguments::command()).render(&mut page)?;
            io::stdout().write_all(&page)?;
        }
        Some(directory) => {
            std::fs::create_dir_all(directory)
                .and_then(|()| clap_mangen::generate_to(Arguments::command(), directory))
                .map_err(|error| Error::new(ErrorKind::File, format!("{}: {error}", directory.display())))?;
        }
    }
    Ok(ExitCode::SUCCESS)
}
