//! A command in plain Rust: the standard library is all it uses, as on any system.

use std::env;
use std::error::Error;
use std::fs;
use std::io;
use std::process::ExitCode;

fn main() -> ExitCode {
    match tell() {
        Ok(code) => ExitCode::from(code),
        Err(error) => {
            eprintln!("command: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Answers the code to end with, which is an argument.
fn tell() -> Result<u8, Box<dyn Error>> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [path, code] = &arguments[..] else { return Err("usage: command FILE CODE".into()) };
    println!("arguments: {path} {code}");
    println!("GREETING: {}", env::var("GREETING")?);
    println!("input: {}", io::read_to_string(io::stdin())?.trim_end());
    println!("file: {}", fs::read_to_string(path)?.trim_end());
    Ok(code.parse()?)
}
