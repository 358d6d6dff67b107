//! How a value lies in memory and how it is flattened (CanonicalABI.md, "Alignment", "Element Size", "Flattening").

use serde::{Deserialize, Serialize};

/// Flat parameters beyond which all of them go through memory.
pub const MAX_FLAT_PARAMS: usize = 16;
/// Flat parameters of an `async` lowered function beyond which all of them go through memory.
pub const MAX_FLAT_ASYNC_PARAMS: usize = 4;
/// Flat results beyond which they go through memory.
pub const MAX_FLAT_RESULTS: usize = 1;
/// The longest string or list, in bytes.
pub const MAX_BYTE_LENGTH: u32 = (1 << 28) - 1;

/// The width of a memory's addresses.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Pointer {
    /// 32 bits.
    #[default]
    Bits32,
    /// 64 bits.
    Bits64,
}

impl Pointer {
    /// Bytes of an address.
    pub fn size(self) -> u32 {
        match self {
            Self::Bits32 => 4,
            Self::Bits64 => 8,
        }
    }

    /// The core type of an address.
    pub fn flat(self) -> Flat {
        match self {
            Self::Bits32 => Flat::I32,
            Self::Bits64 => Flat::I64,
        }
    }
}

/// A core value type, as flattening makes them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the names are those of core WebAssembly")]
pub enum Flat {
    I32,
    I64,
    F32,
    F64,
}

impl Flat {
    /// The type that can carry both (`join` in CanonicalABI.md).
    #[must_use]
    pub fn join(self, other: Self) -> Self {
        match (self, other) {
            _ if self == other => self,
            (Self::I32, Self::F32) | (Self::F32, Self::I32) => Self::I32,
            _ => Self::I64,
        }
    }
}

/// The layout of a type, for one width of pointer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Layout {
    /// Bytes in memory (`elem_size`).
    pub size: u32,
    /// Alignment in memory.
    pub align: u32,
    /// Its flat form; none if it has more than [`MAX_FLAT_PARAMS`] values, which then is never needed.
    pub flat: Option<Box<[Flat]>>,
}

/// The next multiple of an alignment, which is a power of two.
#[must_use]
pub const fn align_to(offset: u32, align: u32) -> u32 {
    (offset + align - 1) & !(align - 1)
}

/// Bytes of the discriminant of a variant of so many cases.
#[must_use]
pub const fn discriminant_size(cases: usize) -> u32 {
    match cases {
        0..=0x100 => 1,
        0x101..=0x1_0000 => 2,
        _ => 4,
    }
}
