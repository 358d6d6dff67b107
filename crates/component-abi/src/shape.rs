//! Size, alignment and number of flat values of a type, as constants of Rust types (CanonicalABI.md, "Alignment",
//! "Element Size", "Flattening").
//!
//! Flat values are raw bits here, so the types that `join` finds for them do not matter, only their number. `Types`
//! computes the same for types that are known at run time only; tests compare the two.

use tambo_component_types::{Layout, MAX_FLAT_PARAMS, Pointer, align_to, discriminant_size};

/// How a value lies in memory, and how many flat values it has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shape {
    /// Bytes in memory.
    pub size: u32,
    /// Alignment in memory, a power of two.
    pub align: u32,
    /// Flat values.
    pub flat: u32,
}

impl Shape {
    /// Nothing.
    pub const EMPTY: Self = Self { size: 0, align: 1, flat: 0 };

    /// One flat value of so many bytes.
    pub const fn scalar(size: u32) -> Self {
        Self { size, align: size, flat: 1 }
    }

    /// As computed by `Types`. Where that does not list the flat values, there are more than is ever passed.
    pub(crate) fn of(layout: &Layout) -> Self {
        let flat = layout.flat.as_ref().map_or(MAX_FLAT_PARAMS + 1, |flat| flat.len());
        Self { size: layout.size, align: layout.align, flat: flat as u32 }
    }

    /// A pointer and a length.
    pub(crate) const fn pair(pointer: u32) -> Self {
        Self { size: 2 * pointer, align: pointer, flat: 2 }
    }

    /// One after the other, without the padding at the end.
    pub(crate) const fn then(self, next: Self) -> Self {
        let align = if self.align > next.align { self.align } else { next.align };
        let size = align_to(self.size, next.align) + next.size;
        Self { size, align, flat: self.flat.saturating_add(next.flat) }
    }

    /// With the padding at the end.
    pub(crate) const fn padded(self) -> Self {
        Self { size: align_to(self.size, self.align), ..self }
    }

    /// The one that is larger in each respect.
    const fn or(self, other: Self) -> Self {
        Self {
            size: if self.size > other.size { self.size } else { other.size },
            align: if self.align > other.align { self.align } else { other.align },
            flat: if self.flat > other.flat { self.flat } else { other.flat },
        }
    }

    const fn choice(cases: usize, payload: Self) -> Self {
        let tag = discriminant_size(cases);
        Self::scalar(tag).then(payload).padded()
    }

    const fn repeated(self, count: usize) -> Self {
        let count = if count > u32::MAX as usize { u32::MAX } else { count as u32 };
        Self { size: self.size.saturating_mul(count), align: self.align, flat: self.flat.saturating_mul(count) }
    }
}

/// The shapes of a type for both widths of pointer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shapes {
    /// With pointers of 32 bits.
    pub narrow: Shape,
    /// With pointers of 64 bits.
    pub wide: Shape,
}

impl Shapes {
    /// Nothing.
    pub const EMPTY: Self = Self::same(Shape::EMPTY);
    /// A string, or a list of any length.
    pub const POINTER_AND_LENGTH: Self = Self { narrow: Shape::pair(4), wide: Shape::pair(8) };

    /// The same for both.
    pub const fn same(shape: Shape) -> Self {
        Self { narrow: shape, wide: shape }
    }

    /// One flat value of so many bytes.
    pub const fn scalar(size: u32) -> Self {
        Self::same(Shape::scalar(size))
    }

    /// The one for a width of pointer.
    #[inline]
    pub const fn of(self, pointer: Pointer) -> Shape {
        match pointer {
            Pointer::Bits32 => self.narrow,
            Pointer::Bits64 => self.wide,
        }
    }

    /// A record or tuple of these.
    pub const fn sequence(parts: &[Self]) -> Self {
        let (mut all, mut index) = (Self::EMPTY, 0);
        while index < parts.len() {
            all.narrow = all.narrow.then(parts[index].narrow);
            all.wide = all.wide.then(parts[index].wide);
            index += 1;
        }
        Self { narrow: all.narrow.padded(), wide: all.wide.padded() }
    }

    /// A variant of so many cases, which carry these.
    pub const fn choice(cases: usize, payloads: &[Self]) -> Self {
        let (mut any, mut index) = (Self::EMPTY, 0);
        while index < payloads.len() {
            any.narrow = any.narrow.or(payloads[index].narrow);
            any.wide = any.wide.or(payloads[index].wide);
            index += 1;
        }
        Self { narrow: Shape::choice(cases, any.narrow), wide: Shape::choice(cases, any.wide) }
    }

    /// A list of fixed length of these.
    pub const fn repeated(self, count: usize) -> Self {
        Self { narrow: self.narrow.repeated(count), wide: self.wide.repeated(count) }
    }
}

/// The places of the parts of a record, one after the other.
pub(crate) struct Cursor(usize);

impl Cursor {
    /// From the place of the whole.
    #[inline]
    pub(crate) fn new(at: usize) -> Self {
        Self(at)
    }

    /// The place of the next part.
    #[inline]
    pub(crate) fn next(&mut self, part: Shape) -> usize {
        let align = part.align as usize;
        let at = self.0.wrapping_add(align - 1) & !(align - 1);
        self.0 = at.wrapping_add(part.size as usize);
        at
    }
}
