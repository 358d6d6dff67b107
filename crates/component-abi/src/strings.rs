//! Strings in the three encodings (CanonicalABI.md, "Loading", `load_string`; "Storing", `store_string`).
//!
//! Lowering claims, of a string of the host, the source encoding that makes it one exact allocation.

use std::borrow::Cow;

use crate::{Budget, Encoding, Fault, Request};

/// Looking at a byte of a string that is borrowed costs a part of keeping it: lists of strings that all lie in the same
/// place would otherwise be validated without end.
const LOOKED_AT: usize = 16;

/// A string as it lies in memory, its range checked, its contents not yet.
#[derive(Clone, Copy)]
pub(crate) enum Text<'m> {
    Utf8(&'m [u8]),
    Utf16(&'m [u8]),
    Latin1(&'m [u8]),
}

#[cold]
fn malformed(encoding: &'static str) -> Fault {
    Fault::new(format!("a string is not well-formed {encoding}"))
}

impl<'m> Text<'m> {
    /// The string, borrowed if its bytes are what Rust would have too.
    #[inline]
    pub(crate) fn decode(self, budget: &mut Budget) -> Result<Cow<'m, str>, Fault> {
        match self {
            Self::Utf8(bytes) => {
                budget.charge(bytes.len() / LOOKED_AT)?;
                let text = std::str::from_utf8(bytes).map_err(|_| malformed("UTF-8"))?;
                Ok(Cow::Borrowed(text))
            }
            _ => self.decode_other(budget),
        }
    }

    fn decode_other(self, budget: &mut Budget) -> Result<Cow<'m, str>, Fault> {
        match self {
            Self::Utf8(bytes) => Self::Utf8(bytes).decode(budget),
            Self::Utf16(bytes) => decode_utf16(bytes, budget).map(Cow::Owned),
            Self::Latin1(bytes) => {
                budget.charge(bytes.len() / LOOKED_AT)?;
                if bytes.is_ascii() {
                    let text = std::str::from_utf8(bytes).map_err(|_| malformed("ASCII"))?;
                    return Ok(Cow::Borrowed(text));
                }
                let size = bytes.iter().map(|byte| 1 + usize::from(*byte >= 0x80)).sum();
                budget.charge(size)?;
                let mut text = String::with_capacity(size);
                text.extend(bytes.iter().copied().map(char::from));
                Ok(Cow::Owned(text))
            }
        }
    }

    /// The string, owned and paid for.
    #[inline]
    pub(crate) fn decode_owned(self, budget: &mut Budget) -> Result<String, Fault> {
        match self.decode(budget)? {
            Cow::Owned(text) => Ok(text),
            Cow::Borrowed(text) => {
                budget.charge(text.len())?;
                Ok(text.to_owned())
            }
        }
    }
}

fn decode_utf16(bytes: &[u8], budget: &mut Budget) -> Result<String, Fault> {
    let units = || bytes.as_chunks::<2>().0.iter().map(|&unit| u16::from_le_bytes(unit));
    budget.charge(bytes.len() / LOOKED_AT)?;
    let mut size = 0;
    for decoded in char::decode_utf16(units()) {
        size += decoded.map_err(|_| malformed("UTF-16"))?.len_utf8();
    }
    budget.charge(size)?;
    let mut text = String::with_capacity(size);
    text.extend(char::decode_utf16(units()).map_while(Result::ok));
    Ok(text)
}

/// How a string of the host will lie in memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Measured {
    /// Bytes.
    pub(crate) size: usize,
    /// Alignment.
    pub(crate) align: u32,
    /// Code units.
    pub(crate) units: usize,
    /// Whether the units are the tagged kind of `latin1+utf16`.
    pub(crate) tagged: bool,
}

impl Measured {
    /// In an encoding.
    #[inline]
    pub(crate) fn of(text: &str, encoding: Encoding) -> Self {
        match encoding {
            Encoding::Utf8 => Self { size: text.len(), align: 1, units: text.len(), tagged: false },
            _ => Self::of_units(text, encoding),
        }
    }

    fn of_units(text: &str, encoding: Encoding) -> Self {
        let wide = |tagged| {
            let units = text.encode_utf16().count();
            Self { size: 2 * units, align: 2, units, tagged }
        };
        match encoding {
            Encoding::Utf8 => Self::of(text, encoding),
            Encoding::Utf16 => wide(false),
            Encoding::Latin1OrUtf16 if text.chars().all(|char| u32::from(char) < 0x100) => {
                let units = text.chars().count();
                Self { size: units, align: 2, units, tagged: false }
            }
            Encoding::Latin1OrUtf16 => wide(true),
        }
    }

    /// The allocation for it.
    #[inline]
    pub(crate) fn request(self) -> Request {
        Request { align: self.align, size: self.size as u32 }
    }
}

/// Write a string into bytes that were measured for it.
#[inline]
pub(crate) fn encode(text: &str, encoding: Encoding, measured: Measured, to: &mut [u8]) {
    match encoding {
        Encoding::Utf8 => to.copy_from_slice(text.as_bytes()),
        _ => encode_units(text, encoding, measured, to),
    }
}

fn encode_units(text: &str, encoding: Encoding, measured: Measured, to: &mut [u8]) {
    match encoding {
        Encoding::Utf8 => encode(text, encoding, measured, to),
        Encoding::Latin1OrUtf16 if !measured.tagged => {
            for (to, char) in to.iter_mut().zip(text.chars()) {
                *to = u32::from(char) as u8;
            }
        }
        Encoding::Utf16 | Encoding::Latin1OrUtf16 => {
            for (to, unit) in to.as_chunks_mut::<2>().0.iter_mut().zip(text.encode_utf16()) {
                *to = unit.to_le_bytes();
            }
        }
    }
}
