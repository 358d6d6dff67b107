//! Bounds on an image: its size, which is counted while it is built, and the number of its parts, which every engine
//! limits (<https://webassembly.github.io/spec/js-api/#limits>).

use crate::ImageError;

/// Bytes that may still be written.
#[derive(Debug)]
pub(super) struct Budget {
    left: usize,
    max: usize,
}

impl Budget {
    pub(super) fn new(max: usize) -> Self {
        Self { left: max, max }
    }

    /// Count bytes of the image.
    pub(super) fn take(&mut self, bytes: usize) -> Result<(), ImageError> {
        match self.left.checked_sub(bytes) {
            Some(left) => {
                self.left = left;
                Ok(())
            }
            None => Err(ImageError::TooLarge(format!(
                "the component's core instances together need more than the {} bytes of code and data that are allowed",
                self.max
            ))),
        }
    }
}

/// The largest function body, in bytes.
pub(super) const FUNCTION_SIZE: usize = 7_654_321;

/// How many there may be of something in one module.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limit {
    what: &'static str,
    most: u64,
}

pub(super) const TYPES: Limit = Limit { what: "types", most: 1_000_000 };
pub(super) const FUNCTIONS: Limit = Limit { what: "functions", most: 1_000_000 };
pub(super) const TABLES: Limit = Limit { what: "tables", most: 100_000 };
pub(super) const MEMORIES: Limit = Limit { what: "memories", most: 100 };
pub(super) const GLOBALS: Limit = Limit { what: "globals", most: 1_000_000 };
pub(super) const TAGS: Limit = Limit { what: "tags", most: 1_000_000 };
pub(super) const ELEMENTS: Limit = Limit { what: "element segments", most: 100_000 };
pub(super) const DATA: Limit = Limit { what: "data segments", most: 100_000 };
pub(super) const EXPORTS: Limit = Limit { what: "exports", most: 1_000_000 };

impl Limit {
    /// The number, if it is within the limit.
    pub(super) fn check(self, count: u64) -> Result<u32, ImageError> {
        match u32::try_from(count) {
            Ok(small) if count <= self.most => Ok(small),
            _ => Err(ImageError::TooLarge(format!(
                "the component's core instances together have {count} {}; a core module, which they become, may have {}",
                self.what, self.most
            ))),
        }
    }
}
