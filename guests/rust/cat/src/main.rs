//! Copies the named files, or standard input if none is named, to standard output.

use std::fs::File;
use std::io::{self, Read};
use std::process::ExitCode;

fn main() -> ExitCode {
    let mut code = ExitCode::SUCCESS;
    let mut names: Vec<String> = std::env::args().skip(1).collect();
    if names.is_empty() {
        names.push("-".to_owned());
    }
    for name in names {
        if let Err(error) = copy(&name) {
            eprintln!("cat: {name}: {error}");
            code = ExitCode::FAILURE;
        }
    }
    code
}

fn copy(name: &str) -> io::Result<()> {
    let mut input: Box<dyn Read> = match name {
        "-" => Box::new(io::stdin()),
        path => Box::new(File::open(path)?),
    };
    io::copy(&mut input, &mut io::stdout()).map(|_| ())
}
