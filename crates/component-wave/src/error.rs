//! What is wrong with a text, and where.

use std::fmt;

/// A text that is not the value it should be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WaveError {
    /// The line, from one on.
    pub line: usize,
    /// The column in it, in characters, from one on.
    pub column: usize,
    /// What was expected there.
    pub expected: String,
    /// What was found.
    pub found: String,
}

impl fmt::Display for WaveError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.line > 1 {
            write!(f, "line {}, ", self.line)?;
        }
        write!(f, "column {}: expected {}, found {}", self.column, self.expected, self.found)
    }
}

impl std::error::Error for WaveError {}
