//! Why there is no plan for some bytes.

use std::fmt;

/// Why some bytes are not a component that can be planned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlanError {
    /// Where in the bytes, if it is one place.
    pub offset: Option<usize>,
    /// What is wrong, in words for a person.
    pub message: String,
    /// Whether the component is valid and what it needs is not there yet.
    pub unsupported: bool,
}

impl PlanError {
    /// The bytes are not a valid component.
    pub fn invalid(offset: usize, message: impl Into<String>) -> Self {
        Self { offset: Some(offset), message: message.into(), unsupported: false }
    }

    /// The component is valid, but beyond what a plan can express.
    pub fn unsupported(message: impl Into<String>) -> Self {
        Self { offset: None, message: message.into(), unsupported: true }
    }

    /// What cannot be, since the component has been validated.
    pub(crate) fn bug(message: impl fmt::Display) -> Self {
        let message = format!("{message}; this is a bug in Tambo, please report it");
        Self { offset: None, message, unsupported: false }
    }
}

impl fmt::Display for PlanError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        match self.offset {
            Some(offset) => write!(f, " (at offset {offset:#x})"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for PlanError {}
