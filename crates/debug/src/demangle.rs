//! Names of functions as their authors wrote them.

use std::fmt;

use cpp_demangle::DemangleOptions;

/// Bytes of a name that are shown at most. A short mangled name can stand for gigabytes, and the guest chose it.
pub(crate) const LONGEST_NAME: usize = 4096;

/// A name as its author wrote it: without the hash that Rust adds, with the arguments that C++ overloads by.
pub fn demangle(name: &str) -> String {
    let mut shown = Bounded(String::new());
    // A name is cut by the error of the writer, which also ends the work.
    if let Ok(rust) = rustc_demangle::try_demangle(name) {
        let _ = fmt::write(&mut shown, format_args!("{rust:#}"));
    } else if name.trim_start_matches('_').starts_with('Z')
        && let Ok(symbol) = cpp_demangle::Symbol::new(name)
    {
        let _ = symbol.structured_demangle(&mut shown, &DemangleOptions::default());
    }
    if shown.0.is_empty() {
        let _ = fmt::Write::write_str(&mut shown, name);
    }
    shown.0
}

/// Takes text up to [`LONGEST_NAME`], then fails.
struct Bounded(String);

impl fmt::Write for Bounded {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let room = text.floor_char_boundary(LONGEST_NAME - self.0.len());
        self.0.push_str(&text[..room]);
        if room == text.len() { Ok(()) } else { Err(fmt::Error) }
    }
}

#[cfg(test)]
mod tests {
    use super::{LONGEST_NAME, demangle};

    #[test]
    fn names_are_readable() {
        assert_eq!(demangle("_ZN3foo3bar17h0123456789abcdefE"), "foo::bar");
        assert_eq!(demangle("_Z3fooi"), "foo(int)");
        assert_eq!(demangle("main"), "main");
        assert_eq!(demangle("s"), "s", "the code of a C++ type, but no symbol");
    }

    /// Each level names the one before it twice: 2^18 names out of 200 bytes.
    #[test]
    fn a_name_cannot_blow_up() {
        let mut mangled = String::from("_Z1f1a");
        let mut before = "S_".to_owned();
        for level in 0..18 {
            mangled += &format!("1tI{before}{before}E");
            before = format!("S{}_", char::from_digit(2 * level + 1, 36).unwrap().to_ascii_uppercase());
        }
        assert_eq!(demangle(&mangled).len(), LONGEST_NAME);
        assert_eq!(demangle(&"x".repeat(1 << 20)).len(), LONGEST_NAME);
    }
}
