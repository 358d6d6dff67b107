//! Why a plan has no image.

use std::fmt;

/// Why a plan could not be made into one core module.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ImageError {
    /// The component needs what is not there yet, in words for a person.
    Unsupported(String),
    /// The image would be larger than allowed, or have more parts.
    TooLarge(String),
    /// Our own mistake.
    Bug(String),
}

impl fmt::Display for ImageError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unsupported(message) | Self::TooLarge(message) => f.write_str(message),
            Self::Bug(message) => write!(f, "bug in tambo, please report it: {message}"),
        }
    }
}

impl std::error::Error for ImageError {}
