//! The programs that are compared: this one, the `tambo` beside it, and peers on `PATH`.

use std::io::{Error, Result};
use std::path::PathBuf;

/// `tambo` of the same build.
pub(crate) fn tambo() -> Result<PathBuf> {
    let tambo = std::env::current_exe()?.with_file_name("tambo");
    if tambo.exists() {
        return Ok(tambo);
    }
    let how = if cfg!(debug_assertions) { "cargo build" } else { "cargo build --release" };
    Err(Error::other(format!("{} is not there: {how}", tambo.display())))
}

/// A peer, if it is there.
pub(crate) fn peer(program: &str) -> Option<PathBuf> {
    let paths = std::env::var_os("PATH")?;
    let found = std::env::split_paths(&paths).map(|path| path.join(program)).find(|path| path.is_file());
    if found.is_none() {
        eprintln!("absent: {program} (not on PATH)");
    }
    found
}
