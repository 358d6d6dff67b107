//! Lines for people: what went wrong, at most one of a kind a second, and the access log, written in blocks.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
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
}

const KINDS: usize = Complaint::Refused as usize + 1;

/// What a guest does wrong again and again. A trap is told also by a component that makes other mistakes all the time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Deed {
    Trap,
    Mistake,
}

const DEEDS: usize = Deed::Mistake as usize + 1;

/// Where the lines of one worker go.
pub(crate) struct Log {
    ticks: Ticks,
    kinds: [Silence; KINDS],
    /// By the component's name, so that a noisy one does not hide what happens to others.
    guests: RefCell<BTreeMap<Box<str>, [Silence; DEEDS]>>,
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

impl Silence {
    /// The line, if one may be written now.
    fn line(&self, now: u32, text: impl FnOnce() -> String) -> Option<String> {
        if now < self.until.get() {
            self.suppressed.set(self.suppressed.get().saturating_add(1));
            return None;
        }
        self.until.set(now.saturating_add(SILENCE));
        let mut line = printable(&text());
        match self.suppressed.take() {
            0 => {}
            more => drop(write!(line, " ({more} more before)")),
        }
        Some(line)
    }
}

impl Log {
    pub(crate) fn new(ticks: Ticks, access: Option<Arc<LineWriter>>) -> Self {
        let (kinds, guests) = (Default::default(), RefCell::default());
        Self { ticks, kinds, guests, errors: LineWriter::to_stderr_of_server(), access, block: RefCell::default() }
    }

    /// Say that something went wrong. The text is made only if it is written.
    pub(crate) fn complain(&self, kind: Complaint, text: impl FnOnce() -> String) {
        if let Some(line) = self.kinds[kind as usize].line(self.ticks.now(), text) {
            self.errors.line(&line);
        }
    }

    /// Say what a guest of a component did.
    pub(crate) fn accuse(&self, component: &str, deed: Deed, text: impl FnOnce() -> String) {
        if let Some(line) = self.accusation(component, deed, text) {
            self.errors.line(&line);
        }
    }

    fn accusation(&self, component: &str, deed: Deed, text: impl FnOnce() -> String) -> Option<String> {
        let mut guests = self.guests.borrow_mut();
        if !guests.contains_key(component) {
            guests.insert(component.into(), Default::default());
        }
        guests.get(component).and_then(|silences| silences[deed as usize].line(self.ticks.now(), text))
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

/// What a guest or a peer says, in one line: it must not look like lines of ours.
pub(crate) fn one_line(text: &str) -> String {
    let breaks = |c: char| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}');
    text.chars().map(|c| if breaks(c) { c.escape_default().to_string() } else { c.to_string() }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ticks::TICK;

    #[test]
    fn a_flood_of_complaints_is_one_line() {
        let silences = <[Silence; 2]>::default();
        let line = |number: usize, now| silences[number].line(now, || "bad\x1b[31m request".to_owned());
        assert_eq!(line(0, 0).as_deref(), Some("bad[31m request"));
        assert!((0..100).all(|_| line(0, 0).is_none()));
        assert!(line(1, 0).is_some());
        assert_eq!(line(0, SILENCE).as_deref(), Some("bad[31m request (100 more before)"));
    }

    #[test]
    fn a_noisy_component_hides_neither_others_nor_its_own_traps() {
        let ticks = Ticks::default();
        let log = Log::new(ticks.clone(), None);
        let line = |component: &str, deed| log.accusation(component, deed, || "it did".to_owned());
        assert!(line("noisy", Deed::Mistake).is_some());
        assert!((0..100).all(|_| line("noisy", Deed::Mistake).is_none()));
        assert!(line("noisy", Deed::Trap).is_some() && line("shop", Deed::Mistake).is_some());
        ticks.set(TICK * SILENCE);
        assert_eq!(line("noisy", Deed::Mistake).as_deref(), Some("it did (100 more before)"));
    }

    #[test]
    fn what_others_say_stays_in_its_line() {
        assert_eq!(one_line("x\nserving\r\u{85}\u{2028}é"), "x\\nserving\\r\\u{85}\\u{2028}é");
    }
}
