//! What can go wrong before a guest runs, in words for a person: what, where, and what to do.

use std::fmt;

use tambo_engine::{EngineError, ErrorStage};

/// Where it went wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorKind {
    /// The engine or cache could not be set up as asked for.
    Setup,
    /// A file could not be read or written.
    File,
    /// The bytes are no module that can run here.
    Module,
    /// An import has no definition.
    Link,
    /// A precompiled module does not fit this build of Tambo.
    Precompiled,
    /// Something that was to be granted does not exist or may not be granted.
    Grant,
    /// A function that was asked for is not there, or its arguments do not fit.
    Call,
}

/// An error before or beside the guest's own run.
#[derive(Clone, Debug)]
pub struct Error {
    kind: ErrorKind,
    message: String,
    hint: Option<String>,
}

impl Error {
    /// An error that says what and where.
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), hint: None }
    }

    /// The same error, which also says what to do.
    #[must_use]
    pub fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// The same error, which names the file or argument that it is about.
    #[must_use]
    pub fn about(mut self, subject: impl fmt::Display) -> Self {
        self.message = format!("{subject}: {}", self.message);
        self
    }

    /// Where it went wrong.
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }

    /// What went wrong, without the hint.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// What to do about it, if we know.
    pub fn hint(&self) -> Option<&str> {
        self.hint.as_deref()
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Error {}

impl From<EngineError> for Error {
    fn from(error: EngineError) -> Self {
        let kind = match error.stage {
            ErrorStage::Compile => ErrorKind::Module,
            ErrorStage::Link => ErrorKind::Link,
            ErrorStage::Load => ErrorKind::Precompiled,
            ErrorStage::Setup => ErrorKind::Setup,
        };
        Self::new(kind, error.message)
    }
}
