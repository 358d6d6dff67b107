//! Messages for people: what happened, to what, and what to do; on standard error, in colour where that helps.
//!
//! Names come from the module, whose author may mean ill: what could command a terminal is shown instead of sent
//! ([`printable`]).

use std::borrow::Cow;
use std::fmt::Write as _;
use std::io::{self, IsTerminal, Write as _};

use tambo::{Error, ErrorKind, Frame, Trap, TrapKind};

use crate::args::Color;

/// Why a command did not do its work.
#[derive(Debug)]
pub(crate) enum Failure {
    /// To be told.
    Error(Error),
    /// Nobody reads our output any more.
    BrokenPipe,
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Error(error)
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::BrokenPipe => Self::BrokenPipe,
            _ => Self::Error(Error::new(ErrorKind::File, format!("cannot write the output: {error}"))),
        }
    }
}

/// Writes messages.
pub(crate) struct Report {
    colored: bool,
}

impl Report {
    pub(crate) fn new(color: Color) -> Self {
        let colored = match color {
            Color::Always => true,
            Color::Never => false,
            Color::Auto => std::env::var_os("NO_COLOR").is_none_or(|v| v.is_empty()) && io::stderr().is_terminal(),
        };
        Self { colored }
    }

    /// An error before or beside the guest's run.
    pub(crate) fn error(&self, error: &Error) {
        let mut text = format!("{} {}\n", self.paint("error:", "1;31"), printable(error.message()));
        if let Some(hint) = error.hint() {
            let _ = writeln!(text, "{} {}", self.paint("hint:", "1;36"), printable(hint));
        }
        emit(&text);
    }

    /// A guest that was ended.
    pub(crate) fn trap(&self, module: &str, trap: &Trap) {
        emit(&self.trap_text(module, trap));
    }

    fn trap_text(&self, module: &str, trap: &Trap) -> String {
        let what = match &trap.kind {
            TrapKind::Interrupted => "the program was stopped".to_owned(),
            TrapKind::OutOfFuel => "the program used up its fuel".to_owned(),
            TrapKind::Limit(message) => format!("the program cannot start: {message}"),
            kind => format!("the program trapped: {kind}"),
        };
        let mut text = format!("{} {}\n", self.paint("error:", "1;31"), printable(&format!("{module}: {what}")));
        for (number, frame) in trap.backtrace.iter().enumerate() {
            self.frame(&mut text, number, frame);
        }
        if let Some(hint) = hint(&trap.kind) {
            let _ = writeln!(text, "{} {hint}", self.paint("hint:", "1;36"));
        }
        text
    }

    fn frame(&self, text: &mut String, number: usize, frame: &Frame) {
        let index = frame.function_index;
        let name = frame.function.clone().unwrap_or_else(|| format!("function {index}"));
        let offset = frame.offset.map(|offset| format!(" @ {offset:#x}")).unwrap_or_default();
        let place = self.paint(&one_line(&format!("{offset}{}", part(frame))), "2");
        let _ = writeln!(text, "  {number:>3}: {}{place}", self.paint(&one_line(&name), "1"));
        for location in &frame.locations {
            let Some(file) = &location.file else { continue };
            let mut place = file.clone();
            for part in [location.line, location.column].into_iter().flatten() {
                let _ = write!(place, ":{part}");
            }
            let inlined = location.function.as_ref().filter(|function| **function != name);
            let inlined = inlined.map(|function| format!(" ({function})")).unwrap_or_default();
            let _ = writeln!(text, "       at {}", one_line(&format!("{place}{inlined}")));
        }
    }

    fn paint(&self, text: &str, style: &str) -> String {
        if self.colored && !text.is_empty() { format!("\x1b[{style}m{text}\x1b[0m") } else { text.to_owned() }
    }
}

/// Which module of a component a frame is in, and where that is in the file.
fn part(frame: &Frame) -> String {
    let Some(part) = &frame.part else { return String::new() };
    let file = frame.offset.map(|offset| format!(" (@ {:#x} in the file)", part.start.saturating_add(offset)));
    format!(" of {} in {}{}", part.module, part.owner, file.unwrap_or_default())
}

fn hint(kind: &TrapKind) -> Option<&'static str> {
    match kind {
        TrapKind::Interrupted => Some("--timeout gives it more time"),
        TrapKind::OutOfFuel => Some("--fuel gives it more"),
        TrapKind::Limit(_) => Some("--max-memory gives it more"),
        TrapKind::StackOverflow => Some("the program recurses too deeply, or without end"),
        _ => None,
    }
}

/// The text with control characters spelled out, all but line breaks.
pub(crate) fn printable(text: &str) -> Cow<'_, str> {
    let harmless = |c: char| c == '\n' || !c.is_control();
    if text.chars().all(harmless) {
        return Cow::Borrowed(text);
    }
    text.chars().map(|c| if harmless(c) { c.to_string() } else { c.escape_default().to_string() }).collect()
}

/// What a guest calls something, as part of a line: it must not look like lines of ours.
fn one_line(text: &str) -> String {
    printable(text).replace('\n', "\\n")
}

/// If standard error is gone there is nobody to tell.
fn emit(text: &str) {
    let _ = io::stderr().write_all(text.as_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;
    use tambo::{Location, Part};

    #[test]
    fn a_trap_names_functions_files_and_what_to_do() {
        let location = Location { file: Some("src/a.c".into()), line: Some(3), column: Some(5), function: None };
        let frame =
            Frame { function: Some("leaf".into()), offset: Some(0x10), locations: vec![location], ..Frame::default() };
        let part = Part { owner: "shop".into(), module: "main".into(), start: 0x200 };
        let inner = Frame { offset: Some(0x20), part: Some(part.clone()), ..Frame::default() };
        let nowhere = Frame { part: Some(part), ..Frame::default() };
        let trap = Trap { kind: TrapKind::StackOverflow, backtrace: vec![frame, Frame::default(), inner, nowhere] };
        let text = Report { colored: false }.trap_text("a.wasm", &trap);
        assert_eq!(
            text,
            "error: a.wasm: the program trapped: call stack exhausted\n    0: leaf @ 0x10\n       at src/a.c:3:5\n    \
             1: function 0\n    2: function 0 @ 0x20 of main in shop (@ 0x220 in the file)\n    \
             3: function 0 of main in shop\nhint: the program recurses too deeply, or without end\n"
        );
    }

    #[test]
    fn a_name_cannot_command_the_terminal() {
        let frame = Frame { function: Some("a\x1b]0;owned\x07b\u{9b}".into()), ..Frame::default() };
        let trap = Trap { kind: TrapKind::Unreachable, backtrace: vec![frame] };
        let text = Report { colored: false }.trap_text("m\x1bc.wasm", &trap);
        assert!(text.contains(r"a\u{1b}]0;owned\u{7}b\u{9b}") && text.contains(r"m\u{1b}c.wasm"), "{text}");
        assert!(!text.chars().any(|c| c != '\n' && c.is_control()), "{text:?}");
        assert_eq!(printable("two\nlines, é"), "two\nlines, é");
    }

    #[test]
    fn a_name_stays_in_its_line() {
        let part = Part { owner: "shop\n1: forged".into(), module: "main".into(), start: 0 };
        let frame = Frame { function: Some("a\n2: forged".into()), part: Some(part), ..Frame::default() };
        let trap = Trap { kind: TrapKind::Unreachable, backtrace: vec![frame] };
        let text = Report { colored: false }.trap_text("m.wasm", &trap);
        assert_eq!(text.lines().count(), 2, "{text}");
    }
}
