//! What is said of a guest that trapped: why, and where it was.

use std::fmt::Write as _;

use tambo::{Trap, TrapKind};

use crate::log::one_line;

/// Frames that are told.
const FRAMES: usize = 20;

/// A trap with its backtrace.
pub(crate) fn trap_text(trap: &Trap) -> String {
    let mut text = match &trap.kind {
        TrapKind::Exit(code) => format!("ended itself with exit code {code}"),
        kind => format!("trapped: {}", one_line(&kind.to_string())),
    };
    for (number, frame) in trap.backtrace.iter().take(FRAMES).enumerate() {
        let name = frame.function.clone().unwrap_or_else(|| format!("function {}", frame.function_index));
        let _ = write!(text, "\n  {number:>3}: {}", one_line(&name));
        for location in &frame.locations {
            let Some(file) = &location.file else { continue };
            let _ = write!(text, "\n       at {}", one_line(file));
            for part in [location.line, location.column].into_iter().flatten() {
                let _ = write!(text, ":{part}");
            }
        }
    }
    if trap.backtrace.len() > FRAMES {
        let _ = write!(text, "\n  and {} more", trap.backtrace.len() - FRAMES);
    }
    text
}

#[cfg(test)]
mod tests {
    use tambo::{Frame, Location};

    use super::*;

    #[test]
    fn a_trap_says_where_the_guest_was() {
        let location = Location { file: Some("src/lib.rs".into()), line: Some(7), column: None, function: None };
        let frame = Frame { function: Some("handle".into()), locations: vec![location], ..Frame::default() };
        let trap = Trap { kind: TrapKind::Unreachable, backtrace: vec![frame; FRAMES + 2] };
        let text = trap_text(&trap);
        assert!(text.starts_with("trapped: "), "{text}");
        assert!(
            text.contains("\n    0: handle\n       at src/lib.rs:7\n") && text.ends_with("\n  and 2 more"),
            "{text}"
        );
    }

    #[test]
    fn a_name_of_the_guest_stays_in_its_line() {
        let frame = Frame { function: Some("handle\n  1: forged\x1b[2J".into()), ..Frame::default() };
        let text = trap_text(&Trap { kind: TrapKind::Unreachable, backtrace: vec![frame] });
        assert_eq!(text.lines().count(), 2, "{text}");
        assert!(text.ends_with("handle\\n  1: forged\\u{1b}[2J"), "{text}");
    }
}
