//! Lines for people: what went wrong, at most one of a kind a second, and the access log, written in blocks.

use std::cell::{Cell, RefCell};
use std::fmt::Write as _;
use std::sync::Arc;

use tambo::os::process::LineWriter;

use crate::ticks::Ticks;

/// How many ticks a kind of complaint is silent after a line.
const SILENCE: u32 = 10;
/// How much of the access log is kept before it is written; it is written at every tick anyway.
const BLOCK: usize = 16 << 10;

/// What can go wrong again and again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Complaint {
    Accept,
    Malformed,
    Closed,
    Refused,
    Guest,
}

const KINDS: usize = Complaint::Guest as usize + 1;

/// Where the lines of one worker go.
pub(crate) struct Log {
    ticks: Ticks,
    kinds: [Silence; KINDS],
    errors: LineWriter,
    access: Option<Arc<LineWriter>>,
    block: RefCell<String>,
}

#[derive(Default)]
struct Silence {
    /// When a line may be written again.
    until: Cell<u32>,
    suppressed: Cell<u32>,
}

impl Log {
    pub(crate) fn new(ticks: Ticks, access: Option<Arc<LineWriter>>) -> Self {
        let kinds = std::array::from_fn(|_| Silence::default());
        Self { ticks, kinds, errors: LineWriter::to_stderr(), access, block: RefCell::default() }
    }

    /// Say that something went wrong. The text is made only if it is written.
    pub(crate) fn complain(&self, kind: Complaint, text: impl FnOnce() -> String) {
        if let Some(line) = self.line(kind, text) {
            self.errors.line(&line);
        }
    }

    fn line(&self, kind: Complaint, text: impl FnOnce() -> String) -> Option<String> {
        let (silence, now) = (&self.kinds[kind as usize], self.ticks.now());
        if now < silence.until.get() {
            silence.suppressed.set(silence.suppressed.get().saturating_add(1));
            return None;
        }
        silence.until.set(now.saturating_add(SILENCE));
        let mut line = printable(&text());
        match silence.suppressed.take() {
            0 => {}
            more => drop(write!(line, " ({more} more before)")),
        }
        Some(line)
    }

    /// A line that is always written: the end of a guest.
    pub(crate) fn tell(&self, text: &str) {
        self.errors.line(&printable(text));
    }

    pub(crate) fn has_access_log(&self) -> bool {
        self.access.is_some()
    }

    /// A line of the access log.
    pub(crate) fn access(&self, line: std::fmt::Arguments<'_>) {
        let mut block = self.block.borrow_mut();
        let _ = block.write_fmt(line);
        block.push('\n');
        if block.len() >= BLOCK {
            self.write(&mut block);
        }
    }

    /// Write what is kept.
    pub(crate) fn flush(&self) {
        let mut block = self.block.borrow_mut();
        if !block.is_empty() {
            self.write(&mut block);
        }
    }

    fn write(&self, block: &mut String) {
        if let Some(access) = &self.access {
            access.line(block.trim_end_matches('\n'));
        }
        block.clear();
    }
}

impl Drop for Log {
    fn drop(&mut self) {
        self.flush();
    }
}

/// The text without characters that could command a terminal.
pub(crate) fn printable(text: &str) -> String {
    text.chars().filter(|&c| c == '\n' || c == '\t' || !c.is_control()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ticks::TICK;

    #[test]
    fn a_flood_of_complaints_is_one_line() {
        let ticks = Ticks::default();
        let log = Log::new(ticks.clone(), None);
        let line = |kind| log.line(kind, || "bad\x1b[31m request".to_owned());
        assert_eq!(line(Complaint::Malformed).as_deref(), Some("bad[31m request"));
        assert!((0..100).all(|_| line(Complaint::Malformed).is_none()));
        assert!(line(Complaint::Closed).is_some());
        ticks.set(TICK * SILENCE);
        assert_eq!(line(Complaint::Malformed).as_deref(), Some("bad[31m request (100 more before)"));
    }
}
