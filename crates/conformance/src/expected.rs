//! What is known to fail: lines `PACKAGE CASE  # why` in the files `expected-failures/NAME.txt`.

use std::collections::BTreeMap;
use std::path::Path;

use crate::Error;

/// Cases that are known to fail, with the reasons.
#[derive(Debug, Default)]
pub struct Expected(BTreeMap<(String, String), String>);

impl Expected {
    /// What a file lists.
    pub fn read(path: &Path) -> Result<Self, Error> {
        let text = std::fs::read_to_string(path).map_err(|error| Error::at(path, error))?;
        Self::parse(&text).map_err(|error| Error::at(path, error))
    }

    fn parse(text: &str) -> Result<Self, Error> {
        let mut cases = BTreeMap::new();
        for line in text.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
            let (case, reason) = line.split_once(" # ").unwrap_or((line, ""));
            let Some((package, name)) = case.trim().split_once(' ') else {
                return Err(Error::new(format!("{line:?} is no line `PACKAGE CASE  # why`")));
            };
            if reason.trim().is_empty() {
                return Err(Error::new(format!("{case:?} fails, and the line does not say why")));
            }
            cases.insert((package.to_owned(), name.trim().to_owned()), reason.trim().to_owned());
        }
        Ok(Self(cases))
    }

    /// Why a case fails, if it is known to.
    pub fn reason(&self, package: &str, name: &str) -> Option<&str> {
        self.0.get(&(package.to_owned(), name.to_owned())).map(String::as_str)
    }

    /// Those of a package.
    pub fn of(&self, package: &str) -> impl Iterator<Item = &str> {
        self.0.keys().filter(move |(other, _)| other == package).map(|(_, name)| name.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_needs_a_case_and_a_reason() {
        let expected = Expected::parse("# a comment\n\nio poll/poll/x  # it hangs\n").expect("lines");
        assert_eq!(expected.reason("io", "poll/poll/x"), Some("it hangs"));
        assert_eq!(expected.reason("cli", "poll/poll/x"), None);
        assert_eq!(expected.of("io").collect::<Vec<_>>(), ["poll/poll/x"]);
        assert!(Expected::parse("io poll/poll/x").is_err());
        assert!(Expected::parse("io  # it hangs").is_err());
    }
}
