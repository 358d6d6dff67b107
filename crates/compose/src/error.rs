//! Why components could not be composed.

use std::fmt;

use tambo_component_plan::PlanError;

/// Why components could not be composed, and what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ComposeError {
    /// What is wrong, in words for a person.
    pub message: String,
    /// What to do about it, if we know.
    pub hint: Option<String>,
}

impl ComposeError {
    /// An error in these words.
    pub fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), hint: None }
    }

    /// The same error, which also says what to do.
    #[must_use]
    pub fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    pub(crate) fn plan(component: &str, error: &PlanError) -> Self {
        Self::new(format!("{component}: {error}"))
    }
}

impl fmt::Display for ComposeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for ComposeError {}
