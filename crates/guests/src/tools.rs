//! The toolchains for guests, where Debian's packages put them, and how commands are run.

use std::path::Path;
use std::process::Command;

use crate::Error;

/// The compiler for Rust guests; the sources of its standard library are beside it.
pub const RUSTC: &str = "/usr/bin/rustc";
/// The compiler for C guests.
pub const CLANG: &str = "/usr/bin/clang-22";
/// The linker for both.
pub const LINKER: &str = "/usr/bin/wasm-ld-22";
/// The folder of libc for both.
pub const LIBC: &str = "/usr/lib/wasm32-wasi";

const RUST_SOURCES: &str = "/usr/lib/rustlib/src/rust/library/std/Cargo.toml";
const LIBC_FILE: &str = "/usr/lib/wasm32-wasi/libc.a";
const BUILTINS: &str = "/usr/lib/llvm-22/lib/clang/22/lib/wasi/libclang_rt.builtins-wasm32.a";

/// Files that a Rust guest needs, and the package of each.
pub const FOR_RUST: &[(&str, &str)] =
    &[(RUSTC, "rustc-web"), (RUST_SOURCES, "rust-web-src"), (LIBC_FILE, "wasi-libc"), (LINKER, "lld-22")];

/// Files that a C guest needs, and the package of each.
pub const FOR_C: &[(&str, &str)] =
    &[(CLANG, "clang-22"), (LINKER, "lld-22"), (LIBC_FILE, "wasi-libc"), (BUILTINS, "libclang-rt-22-dev-wasm32")];

/// An error that names the packages of the files that are not there.
pub fn check(needed: &[(&str, &'static str)]) -> Result<(), Error> {
    let missing: Vec<_> = needed.iter().filter(|(file, _)| !Path::new(file).exists()).collect();
    if missing.is_empty() {
        return Ok(());
    }
    Err(Error::Missing {
        files: missing.iter().map(|(file, _)| (*file).into()).collect(),
        packages: missing.iter().map(|(_, package)| *package).collect(),
    })
}

/// Run a command to its end; what it printed is the error if it fails.
pub fn run(command: &mut Command) -> Result<(), Error> {
    let output = command.output().map_err(|error| Error::File(command.get_program().into(), error))?;
    if output.status.success() {
        return Ok(());
    }
    let mut text = format!("{command:?}\n");
    text.push_str(&String::from_utf8_lossy(&output.stdout));
    text.push_str(&String::from_utf8_lossy(&output.stderr));
    Err(Error::Build(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_tool_names_its_package() {
        let error = check(&[("/", "base-files"), ("/no/such/compiler", "some-compiler")]).unwrap_err();
        let text = error.to_string();
        assert!(text.contains("/no/such/compiler") && text.contains("install -y some-compiler"), "{text}");
        assert!(!text.contains("base-files"), "{text}");
    }

    #[test]
    fn a_failing_command_shows_its_output() {
        let error = run(Command::new("sh").args(["-c", "echo reason >&2; exit 3"])).unwrap_err();
        assert!(error.to_string().contains("reason"), "{error}");
    }
}
