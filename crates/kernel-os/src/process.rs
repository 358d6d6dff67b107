//! What concerns the whole host process: how it ends when nobody reads its output, and where its trace goes.
//!
//! # Safety
//!
//! `signal` is called with a signal number and a disposition that every Unix has, before other threads exist.
#![expect(unsafe_code, reason = "signal dispositions have no safe interface")]

use std::fs::File;
use std::io::{self, Write as _};
use std::path::Path;

/// End this process by `SIGPIPE`, silently, when it writes to a pipe that nobody reads: as native tools do. Rust's
/// runtime ignores that signal. To be called first in `main`, by a command that runs one guest; never by a server, which
/// any client could end then, by going away while it is written to.
pub fn end_silently_on_broken_pipe() {
    // SAFETY: see the module.
    unsafe {
        libc::signal(libc::SIGPIPE, libc::SIG_DFL);
    }
}

/// Writes whole lines, each at once: to a new file, or to standard error.
pub struct LineWriter(Option<File>);

impl LineWriter {
    /// Lines to a file, which is emptied first.
    pub fn to_file(path: &Path) -> io::Result<Self> {
        File::create(path).map(|file| Self(Some(file)))
    }

    /// Lines to standard error.
    pub fn to_stderr() -> Self {
        Self(None)
    }

    /// Write a line. What cannot be written is lost: a trace must not change how the guest runs.
    pub fn line(&self, text: &str) {
        let mut line = String::with_capacity(text.len() + 1);
        line.push_str(text);
        line.push('\n');
        let _ = match &self.0 {
            Some(file) => (&*file).write_all(line.as_bytes()),
            None => io::stderr().write_all(line.as_bytes()),
        };
    }
}
