//! A fault: what makes a guest trap.

use std::borrow::Cow;
use std::fmt;

/// The guest passed something that the canonical ABI does not allow, or more than it may. It traps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault(pub Cow<'static, str>);

impl Fault {
    /// A fault in these words.
    pub fn new(message: impl Into<Cow<'static, str>>) -> Self {
        Self(message.into())
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Fault {}
