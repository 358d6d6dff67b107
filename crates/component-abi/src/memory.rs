//! Checked access to a guest's memory (CanonicalABI.md, "Loading" and "Storing": `load_int`, `store_int`,
//! `load_string_from_range`, `load_list_from_range`, and what they trap on).
//!
//! Every access is checked here again, even where the range of the whole was checked before: a mistake of ours in a
//! layout must not become a panic.

use tambo_component_types::{MAX_BYTE_LENGTH, Pointer};

use crate::shape::Shape;
use crate::strings::{Measured, Text, encode};
use crate::{Encoding, Fault, FlatReader, LiftContext, LowerContext, Scratch};

/// A fault that is ours.
#[cold]
pub(crate) fn bug(what: &'static str) -> Fault {
    Fault::new(format!("bug in the host, please report: {what}"))
}

#[cold]
fn unaligned(address: u64, align: u32) -> Fault {
    Fault::new(format!("unaligned pointer: {address:#x} should be a multiple of {align}"))
}

#[cold]
fn out_of_bounds(what: &str, address: u64, size: u64, memory: usize) -> Fault {
    Fault::new(format!("{what} out-of-bounds: {size} bytes at {address:#x}, in a memory of {memory:#x}"))
}

#[cold]
fn too_long(what: &str, size: u64) -> Fault {
    Fault::new(format!("{what} too long: {size} bytes, of which {MAX_BYTE_LENGTH} are allowed"))
}

/// The place of a block, if it is aligned and within a memory of so many bytes.
#[inline]
fn place(what: &str, address: u64, size: u64, align: u32, memory: usize) -> Result<usize, Fault> {
    // Alignments are powers of two.
    if address & u64::from(align.saturating_sub(1)) != 0 {
        return Err(unaligned(address, align));
    }
    match address.checked_add(size) {
        Some(end) if end <= memory as u64 => Ok(address as usize),
        _ => Err(out_of_bounds(what, address, size, memory)),
    }
}

/// The place of a block that `realloc` returned.
#[inline]
pub(crate) fn allocated(address: u64, size: u32, align: u32, pointer: Pointer, memory: usize) -> Result<usize, Fault> {
    place("a block that realloc returned", as_pointer(address, pointer), size.into(), align, memory)
}

/// Bytes of memory.
#[inline]
pub(crate) fn bytes<const N: usize>(memory: &[u8], at: usize) -> Result<[u8; N], Fault> {
    match memory.get(at..).and_then(|rest| rest.first_chunk()) {
        Some(bytes) => Ok(*bytes),
        None => Err(bug("a value was loaded from outside of memory")),
    }
}

/// Change bytes of memory.
#[inline]
pub(crate) fn put<const N: usize>(memory: &mut [u8], at: usize, bytes: [u8; N]) -> Result<(), Fault> {
    match memory.get_mut(at..).and_then(|rest| rest.first_chunk_mut()) {
        Some(place) => {
            *place = bytes;
            Ok(())
        }
        None => Err(bug("a value was stored outside of memory")),
    }
}

/// The next flat value.
#[inline]
pub(crate) fn next(flat: &mut FlatReader<'_>) -> Result<u64, Fault> {
    flat.next().copied().ok_or_else(|| bug("there are too few flat values"))
}

/// The next so many flat values, on their own.
#[inline]
pub(crate) fn next_of<'f>(flat: &mut FlatReader<'f>, count: usize) -> Result<FlatReader<'f>, Fault> {
    let (these, rest) = flat.as_slice().split_at_checked(count).ok_or_else(|| bug("there are too few flat values"))?;
    *flat = rest.iter();
    Ok(these.iter())
}

#[inline]
fn as_pointer(bits: u64, pointer: Pointer) -> u64 {
    match pointer {
        Pointer::Bits32 => u64::from(bits as u32),
        Pointer::Bits64 => bits,
    }
}

/// The bit that says that a string of `latin1+utf16` is UTF-16.
fn utf16_tag(pointer: Pointer) -> u64 {
    match pointer {
        Pointer::Bits32 => 1 << 31,
        Pointer::Bits64 => 1 << 63,
    }
}

/// A list of any length: where its elements are, and how many.
#[derive(Clone, Copy)]
pub(crate) struct Run {
    pub(crate) at: usize,
    pub(crate) length: usize,
}

impl<'m> LiftContext<'m, '_> {
    /// The next flat value, an address or a length.
    #[inline]
    pub(crate) fn flat_pointer(&self, flat: &mut FlatReader<'_>) -> Result<u64, Fault> {
        Ok(as_pointer(next(flat)?, self.abi.pointer))
    }

    /// An address and a length, flat.
    #[inline]
    pub(crate) fn flat_pair(&self, flat: &mut FlatReader<'_>) -> Result<(u64, u64), Fault> {
        Ok((self.flat_pointer(flat)?, self.flat_pointer(flat)?))
    }

    /// An address and a length, in memory.
    #[inline]
    pub(crate) fn load_pair(&self, at: usize) -> Result<(u64, u64), Fault> {
        match self.abi.pointer {
            Pointer::Bits32 => {
                let both = u64::from_le_bytes(bytes(self.memory, at)?);
                Ok((u64::from(both as u32), both >> 32))
            }
            Pointer::Bits64 => Ok((
                u64::from_le_bytes(bytes(self.memory, at)?),
                u64::from_le_bytes(bytes(self.memory, at.wrapping_add(8))?),
            )),
        }
    }

    /// The discriminant of a variant of so many cases, in memory.
    #[inline]
    pub(crate) fn load_tag(&self, at: usize, cases: usize) -> Result<usize, Fault> {
        let tag = match cases {
            0..=0x100 => u32::from(bytes::<1>(self.memory, at)?[0]),
            0x101..=0x1_0000 => u32::from(u16::from_le_bytes(bytes(self.memory, at)?)),
            _ => u32::from_le_bytes(bytes(self.memory, at)?),
        };
        check_tag(tag, cases)
    }

    /// The place of a block that the guest points to.
    #[inline]
    pub(crate) fn block(&self, address: u64, shape: Shape) -> Result<usize, Fault> {
        place("a block of values", address, shape.size.into(), shape.align, self.memory.len())
    }

    /// The elements of a list that the guest points to.
    #[inline]
    pub(crate) fn run(&self, (address, length): (u64, u64), element: Shape) -> Result<Run, Fault> {
        let size = length.saturating_mul(element.size.into());
        if size > MAX_BYTE_LENGTH.into() {
            return Err(too_long("list", size));
        }
        let at = place("list content", address, size, element.align, self.memory.len())?;
        let length = usize::try_from(length).map_err(|_| too_long("list", length))?;
        Ok(Run { at, length })
    }

    /// The bytes of a list of plain bytes.
    #[inline]
    pub(crate) fn byte_run(&self, pair: (u64, u64)) -> Result<&'m [u8], Fault> {
        let Run { at, length } = self.run(pair, Shape::scalar(1))?;
        self.slice(at, length)
    }

    /// Bytes whose range was checked.
    #[inline]
    pub(crate) fn slice(&self, at: usize, size: usize) -> Result<&'m [u8], Fault> {
        let slice = self.memory.get(at..).and_then(|rest| rest.get(..size));
        slice.ok_or_else(|| bug("a list was loaded from outside of memory"))
    }

    /// A string that the guest points to.
    #[inline]
    pub(crate) fn text(&self, (address, units): (u64, u64)) -> Result<Text<'m>, Fault> {
        match self.abi.encoding {
            Encoding::Utf8 => Ok(Text::Utf8(self.text_bytes(address, units, 1)?)),
            _ => self.text_of_units(address, units),
        }
    }

    #[inline]
    fn text_bytes(&self, address: u64, size: u64, align: u32) -> Result<&'m [u8], Fault> {
        if size > MAX_BYTE_LENGTH.into() {
            return Err(too_long("string", size));
        }
        let at = place("string content", address, size, align, self.memory.len())?;
        self.slice(at, size as usize)
    }

    fn text_of_units(&self, address: u64, units: u64) -> Result<Text<'m>, Fault> {
        let tag = utf16_tag(self.abi.pointer);
        let wide = |units: u64| Ok(Text::Utf16(self.text_bytes(address, units.saturating_mul(2), 2)?));
        match self.abi.encoding {
            Encoding::Utf8 => Ok(Text::Utf8(self.text_bytes(address, units, 1)?)),
            Encoding::Utf16 => wide(units),
            Encoding::Latin1OrUtf16 if units & tag != 0 => wide(units ^ tag),
            Encoding::Latin1OrUtf16 => Ok(Text::Latin1(self.text_bytes(address, units, 2)?)),
        }
    }

    /// A string, for as long as the call.
    #[inline]
    pub(crate) fn keep(&mut self, text: Text<'m>) -> Result<&'m str, Fault> {
        match text.decode(self.budget)? {
            std::borrow::Cow::Borrowed(text) => Ok(text),
            std::borrow::Cow::Owned(text) => self.keep_owned(text),
        }
    }

    fn keep_owned(&mut self, text: String) -> Result<&'m str, Fault> {
        self.budget.charge(Scratch::OVERHEAD)?;
        Ok(Scratch::keep(&mut self.scratch, text))
    }
}

/// A discriminant, if there is such a case.
#[inline]
pub(crate) fn check_tag(tag: u32, cases: usize) -> Result<usize, Fault> {
    if (tag as usize) < cases {
        return Ok(tag as usize);
    }
    Err(bad_tag(tag, cases))
}

#[cold]
fn bad_tag(tag: u32, cases: usize) -> Fault {
    Fault::new(format!("invalid variant discriminant: {tag}, of {cases} cases"))
}

/// A character, if it is a Unicode scalar value.
pub(crate) fn check_char(code: u32) -> Result<char, Fault> {
    char::from_u32(code).ok_or_else(|| bad_char(code))
}

#[cold]
fn bad_char(code: u32) -> Fault {
    Fault::new(format!("invalid `char` bit pattern: {code:#x}"))
}

impl LowerContext<'_> {
    /// The place of the next allocation that was made.
    #[inline]
    pub(crate) fn take(&mut self, align: u32, size: u32) -> Result<usize, Fault> {
        let address = self.places.next().copied().ok_or_else(|| bug("an allocation was not requested"))?;
        allocated(address, size, align, self.abi.pointer, self.memory.len())
    }

    /// The place of a block that the guest points to.
    #[inline]
    pub(crate) fn block(&self, address: u64, shape: Shape) -> Result<usize, Fault> {
        let address = as_pointer(address, self.abi.pointer);
        place("a block for results", address, shape.size.into(), shape.align, self.memory.len())
    }

    /// An address and a length.
    #[inline]
    pub(crate) fn put_pair(&mut self, at: usize, (address, length): (u64, u64)) -> Result<(), Fault> {
        match self.abi.pointer {
            Pointer::Bits32 => put(self.memory, at, (length << 32 | u64::from(address as u32)).to_le_bytes()),
            Pointer::Bits64 => {
                put(self.memory, at, address.to_le_bytes())?;
                put(self.memory, at.wrapping_add(8), length.to_le_bytes())
            }
        }
    }

    /// The discriminant of a variant of so many cases.
    #[inline]
    pub(crate) fn put_tag(&mut self, at: usize, tag: usize, cases: usize) -> Result<(), Fault> {
        match cases {
            0..=0x100 => put(self.memory, at, [tag as u8]),
            0x101..=0x1_0000 => put(self.memory, at, (tag as u16).to_le_bytes()),
            _ => put(self.memory, at, (tag as u32).to_le_bytes()),
        }
    }

    /// Bytes whose range was checked.
    #[inline]
    pub(crate) fn slice(&mut self, at: usize, size: usize) -> Result<&mut [u8], Fault> {
        let slice = self.memory.get_mut(at..).and_then(|rest| rest.get_mut(..size));
        slice.ok_or_else(|| bug("a list was stored outside of memory"))
    }

    /// Write a string; where it is, and its tagged code units.
    #[inline]
    pub(crate) fn put_text(&mut self, text: &str) -> Result<(u64, u64), Fault> {
        let measured = Measured::of(text, self.abi.encoding);
        let at = self.take(measured.align, measured.request().size)?;
        let encoding = self.abi.encoding;
        encode(text, encoding, measured, self.slice(at, measured.size)?);
        let tag = if measured.tagged { utf16_tag(self.abi.pointer) } else { 0 };
        Ok((at as u64, measured.units as u64 | tag))
    }
}
