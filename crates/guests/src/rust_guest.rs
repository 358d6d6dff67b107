//! Rust guests: one cargo workspace, built as a whole with Debian's compiler and a standard library built from source.
//!
//! `rustup target add` needs a download that is not available everywhere; Debian has compiler and library sources of
//! one version, and `RUSTC_BOOTSTRAP` lets a stable cargo build the library with them.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::{Error, Language, cache, names, tools};

const TARGET: &str = "wasm32-wasip1";

/// Variables of the cargo that runs the tests, which must not reach the cargo that builds guests.
const FOREIGN: &[&str] = &[
    "CARGO_BUILD_RUSTFLAGS",
    "CARGO_BUILD_TARGET",
    "CARGO_ENCODED_RUSTFLAGS",
    "CARGO_MAKEFLAGS",
    "CARGO_TARGET_DIR",
    "LD_LIBRARY_PATH",
    "MAKEFLAGS",
    "RUSTC_WORKSPACE_WRAPPER",
    "RUSTC_WRAPPER",
    "RUSTFLAGS",
];

pub(crate) fn build(name: &str) -> Result<PathBuf, Error> {
    let guests = names(Language::Rust)?;
    if !guests.iter().any(|guest| guest == name) {
        return Err(Error::Unknown(guests));
    }
    tools::check(tools::FOR_RUST)?;
    let sources = cache::sources(Language::Rust);
    let key = cache::key(&[&sources, Path::new(tools::RUSTC)], &flags())?;
    cache::module(Language::Rust, &key, name, |folder| build_all(&sources, &guests, folder))
}

/// Keep what is meant for the host's build from a guest's.
pub(crate) fn shield(command: &mut Command) {
    for name in FOREIGN {
        command.env_remove(name);
    }
}

fn flags() -> String {
    format!("-Clinker={} -Lnative={}", tools::LINKER, tools::LIBC)
}

fn build_all(sources: &Path, guests: &[String], folder: &Path) -> Result<(), Error> {
    let target_folder = cache::folder().join("build");
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| OsString::from("cargo"));
    let mut command = Command::new(cargo);
    command
        .current_dir(sources)
        .args(["build", "--release", "--locked", "-Zbuild-std=std,panic_abort", "--target", TARGET, "--target-dir"])
        .arg(&target_folder)
        .env("RUSTC", tools::RUSTC)
        .env("RUSTC_BOOTSTRAP", "1")
        .env("CARGO_TARGET_WASM32_WASIP1_RUSTFLAGS", flags());
    shield(&mut command);
    tools::run(&mut command)?;
    for guest in guests {
        let module = format!("{guest}.wasm");
        let built = target_folder.join(TARGET).join("release").join(&module);
        fs::copy(&built, folder.join(module)).map_err(|error| Error::File(built, error))?;
    }
    Ok(())
}
