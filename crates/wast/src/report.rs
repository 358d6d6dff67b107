//! What came of a script.

use std::collections::BTreeMap;
use std::fmt;

/// What came of a script, or of several.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// Directives that did what they should.
    pub passed: usize,
    /// Those that did not, in order.
    pub failed: Vec<Failure>,
    /// Those that were not tried: how many for which reason.
    pub skipped: BTreeMap<String, usize>,
}

/// A directive that did not do what it should.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// The script.
    pub file: String,
    /// The line, from 1.
    pub line: usize,
    /// What happened instead.
    pub message: String,
}

impl Report {
    /// Add the results of another script.
    pub fn add(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed.extend(other.failed);
        for (reason, count) in other.skipped {
            *self.skipped.entry(reason).or_default() += count;
        }
    }

    /// How many directives were not tried.
    pub fn skips(&self) -> usize {
        self.skipped.values().sum()
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.file, self.line, self.message)
    }
}

/// Every failure on a line, every reason to skip, and the totals.
impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for failure in &self.failed {
            writeln!(f, "{failure}")?;
        }
        for (reason, count) in &self.skipped {
            writeln!(f, "skipped {count}: {reason}")?;
        }
        write!(f, "{} passed, {} failed, {} skipped", self.passed, self.failed.len(), self.skips())
    }
}
