//! The same command on the functions of WASI 0.2 themselves, by the crate `wasip2`. It imports nothing but what it names.

use std::error::Error;
use std::io::{self, Write};

use wasip2::cli::{environment, exit, stderr, stdin, stdout};
use wasip2::filesystem::preopens;
use wasip2::filesystem::types::{Descriptor, DescriptorFlags, OpenFlags, PathFlags};

struct Direct;

wasip2::cli::command::export!(Direct);

impl wasip2::exports::cli::run::Guest for Direct {
    fn run() -> Result<(), ()> {
        match tell() {
            Ok(0) => Ok(()),
            Ok(code) => {
                exit::exit_with_code(code);
                Err(())
            }
            // If standard error is closed, the code still tells.
            Err(error) => writeln!(stderr::get_stderr(), "command: {error}").map_err(drop).and(Err(())),
        }
    }
}

/// Answers the code to end with, which is an argument.
fn tell() -> Result<u8, Box<dyn Error>> {
    let arguments = environment::get_arguments();
    let [_, path, code] = &arguments[..] else { return Err("usage: command FILE CODE".into()) };
    let greeting = environment::get_environment().into_iter().find(|(name, _)| name == "GREETING");
    let (_, greeting) = greeting.ok_or("there is no GREETING")?;
    let mut output = stdout::get_stdout();
    writeln!(output, "arguments: {path} {code}")?;
    writeln!(output, "GREETING: {greeting}")?;
    writeln!(output, "input: {}", io::read_to_string(stdin::get_stdin())?.trim_end())?;
    writeln!(output, "file: {}", read(path)?.trim_end())?;
    output.flush()?;
    Ok(code.parse()?)
}

/// The file at an absolute path: a descriptor of WASI knows only what is below itself.
fn read(path: &str) -> Result<String, Box<dyn Error>> {
    let (directory, rest) = preopened(path).ok_or_else(|| format!("{path} is in no granted directory"))?;
    let file = directory.open_at(PathFlags::SYMLINK_FOLLOW, &rest, OpenFlags::empty(), DescriptorFlags::READ)?;
    Ok(io::read_to_string(file.read_via_stream(0)?)?)
}

/// The granted directory that a path begins with, and the path from there.
fn preopened(path: &str) -> Option<(Descriptor, String)> {
    preopens::get_directories().into_iter().find_map(|(directory, name)| {
        let rest = path.strip_prefix(name.trim_end_matches('/'))?.strip_prefix('/')?.to_owned();
        Some((directory, rest))
    })
}
