//! What concerns the whole host process: how it ends when nobody reads its output, and where its trace goes.
//!
//! # Safety
//!
//! `signal` is called with a signal number and dispositions that every Unix has. No handler is installed, so nothing of ours
//! runs in a signal, whatever threads there are.
#![expect(unsafe_code, reason = "signal dispositions have no safe interface")]

use std::fs::File;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{PoisonError, RwLock};

use crate::stuck;

/// End this process by `SIGPIPE`, silently, when it writes to a pipe that nobody reads: as native tools do. Rust's
/// runtime ignores that signal. To be called first in `main`, by a command that runs one guest; never by a server, which
/// any client could end then, by going away while it is written to.
pub fn end_silently_on_broken_pipe() {
    // SAFETY: see the module.
    unsafe {
        libc::signal(libc::SIGPIPE, libc::SIG_DFL);
    }
}

/// What nobody reads is an error for whoever writes it, as Rust's runtime has it, and ends nothing: for a command whose
/// libraries write to sockets as to files, once it is known that it needs them.
pub fn go_on_at_broken_pipe() {
    // SAFETY: see the module.
    unsafe {
        libc::signal(libc::SIGPIPE, libc::SIG_IGN);
    }
}

/// Writes whole lines, each at once: to a file, or to standard error.
pub struct LineWriter(Destination);

enum Destination {
    File { path: PathBuf, file: RwLock<File> },
    Stderr,
    ServersStderr,
}

/// What one write to a pipe keeps together, whoever else writes to it (`PIPE_BUF`).
const TOGETHER: usize = 4096;

impl LineWriter {
    /// Lines to a file, which is emptied first.
    pub fn to_file(path: &Path) -> io::Result<Self> {
        File::create(path).map(|file| Self::to(path, file))
    }

    /// Lines to the end of a file, to which other processes write too.
    pub fn to_end_of_file(path: &Path) -> io::Result<Self> {
        open_end(path).map(|file| Self::to(path, file))
    }

    fn to(path: &Path, file: File) -> Self {
        Self(Destination::File { path: path.to_owned(), file: RwLock::new(file) })
    }

    /// Lines to standard error.
    pub fn to_stderr() -> Self {
        Self(Destination::Stderr)
    }

    /// Lines to standard error, by a process that has others to serve: if nobody reads them for a while, they are lost, and
    /// that is told to whoever reads later.
    pub fn to_stderr_of_server() -> Self {
        Self(Destination::ServersStderr)
    }

    /// Write to the end of the file that is now where the one was that it writes to: somebody may have moved that away. If
    /// none can be opened, it goes on with the one that it has.
    pub fn reopen(&self) -> io::Result<()> {
        if let Destination::File { path, file } = &self.0 {
            let now = open_end(path)?;
            *file.write().unwrap_or_else(PoisonError::into_inner) = now;
        }
        Ok(())
    }

    /// Write a line, or several. Other processes may write to standard error, which may be a pipe: there a line of at most
    /// 4096 bytes stays whole. What cannot be written is lost: a trace must not change how the guest runs.
    pub fn line(&self, text: &str) {
        let mut line = String::with_capacity(text.len() + 1);
        line.push_str(text);
        line.push('\n');
        let bytes = line.as_bytes();
        let _ = match &self.0 {
            Destination::File { file, .. } => (&*file.read().unwrap_or_else(PoisonError::into_inner)).write_all(bytes),
            Destination::Stderr => pieces(bytes).try_for_each(|piece| io::stderr().write_all(piece)),
            Destination::ServersStderr => {
                pieces(bytes).for_each(stuck::write_to_stderr);
                Ok(())
            }
        };
    }
}

fn open_end(path: &Path) -> io::Result<File> {
    File::options().append(true).create(true).open(path)
}

/// As many whole lines at a time as one write keeps together. A longer line is a piece of its own.
fn pieces(mut lines: &[u8]) -> impl Iterator<Item = &[u8]> {
    std::iter::from_fn(move || {
        let fitting = &lines[..lines.len().min(TOGETHER)];
        let end = fitting.iter().rposition(|byte| *byte == b'\n');
        let end = end.or_else(|| lines.iter().position(|byte| *byte == b'\n')).map_or(lines.len(), |end| end + 1);
        let (piece, rest) = lines.split_at(end);
        lines = rest;
        (!piece.is_empty()).then_some(piece)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_not_torn() {
        let (short, long) = ("a".repeat(2999) + "\n", "b".repeat(4999) + "\n");
        let text = [&*short, &short, &long, "c\n", "d\n"].concat();
        let found: Vec<&[u8]> = pieces(text.as_bytes()).collect();
        assert_eq!(found, [&*short, &short, &long, "c\nd\n"].map(str::as_bytes));
        assert_eq!(pieces(b"x").collect::<Vec<_>>(), [b"x"]);
        assert_eq!(pieces(b"").count(), 0);
    }

    #[test]
    fn several_writers_append_to_one_file() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("log");
        let first = LineWriter::to_file(&path).unwrap();
        let second = LineWriter::to_end_of_file(&path).unwrap();
        second.line("one");
        LineWriter::to_end_of_file(&path).unwrap().line("two");
        second.line("three");
        drop(first);
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "one\ntwo\nthree\n");
    }

    #[test]
    fn a_file_that_is_moved_away_is_opened_again() {
        let directory = tempfile::tempdir().unwrap();
        let (path, aside) = (directory.path().join("log"), directory.path().join("log.1"));
        let writer = LineWriter::to_end_of_file(&path).unwrap();
        writer.line("one");
        std::fs::rename(&path, &aside).unwrap();
        writer.line("two");
        writer.reopen().unwrap();
        writer.line("three");
        assert_eq!(std::fs::read_to_string(&aside).unwrap(), "one\ntwo\n");
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "three\n");
        std::fs::remove_file(&path).unwrap();
        std::fs::create_dir(&path).unwrap();
        assert!(writer.reopen().is_err());
    }
}
