//! Rules about the `//!` header of a file.

use crate::lexer;
use crate::repository::{Source, Violation};

/// The first line is `//!` and a sentence.
pub(crate) fn header(source: &Source) -> Vec<Violation> {
    let first = source.text.lines().next().unwrap_or_default();
    if first.strip_prefix("//! ").is_some_and(|sentence| !sentence.trim().is_empty()) {
        return Vec::new();
    }
    vec![source.violation(1, "header", "begin the file with `//! ` and its contract or decision in a sentence")]
}

/// A file with `unsafe` code has a `# Safety` section in the header of the file or of an inline module.
pub(crate) fn safety_header(source: &Source) -> Vec<Violation> {
    let Some(&line) = lexer::unsafe_lines(&source.tokens).first() else { return Vec::new() };
    if has_safety_header(&source.text) {
        return Vec::new();
    }
    vec![source.violation(line, "safety", "state the rules of this module's unsafe code under `//! # Safety`")]
}

/// `//! # Safety`, or `/// # Safety` in what documents a `mod`: not in what documents a function.
fn has_safety_header(text: &str) -> bool {
    let mut documented = false;
    text.lines().map(str::trim_start).any(|line| {
        documented |= line == "/// # Safety";
        let is_module = line.starts_with("mod ") || line.starts_with("pub(crate) mod ");
        let found = line == "//! # Safety" || (documented && is_module);
        documented &= line.starts_with("///") || line.starts_with('#');
        found
    })
}

mod tests {
    //! The rules see what they forbid.

    use super::*;

    fn source(text: &str) -> Source {
        Source::new("a.rs", text)
    }

    #[test]
    fn a_header_is_the_first_line() {
        assert!(header(&source("//! A contract.\nfn f() {}")).is_empty());
        for text in ["", "//!\n//! late", "// no\n", "\n//! late", "fn f() {}"] {
            assert_eq!(header(&source(text)).len(), 1, "{text:?}");
        }
    }

    #[test]
    fn unsafe_needs_a_safety_header() {
        let text = "//! A.\nfn f() { unsafe { g() } }";
        assert_eq!(safety_header(&source(text))[0].place, "a.rs:2");
        assert!(safety_header(&source(&text.replace("A.", "A.\n//! # Safety\n//! None."))).is_empty());
        assert!(safety_header(&source("//! A.\nfn f() {} // unsafe {}")).is_empty());
        let inline = |header: &str| format!("//! A.\n/// # Safety\n/// None.\n{header} f {{ unsafe {{ g() }} }}");
        assert!(safety_header(&source(&inline("mod"))).is_empty());
        assert_eq!(safety_header(&source(&inline("fn"))).len(), 1);
    }
}
