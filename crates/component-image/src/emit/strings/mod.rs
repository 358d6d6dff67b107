//! Strings (CanonicalABI.md, `load_string`, `store_string`): one routine for each pair of encodings and memories.
//!
//! A routine takes a pointer and a length of the source, and returns a pointer and a length of the target. It validates
//! while it copies. The calls of `realloc`, with their sizes, are those of the specification.

mod copy;
mod decode;
mod encode;
mod latin1;
mod utf16;
mod utf8;

use tambo_component_plan::Encoding;
use tambo_component_types::{Flat, Pointer};
use wasm_encoder::BlockType;

use super::Emit;
use super::body::Body;
use super::code::val_type;
use super::memory::{Side, Size};
use super::values::{Place, Sides};
use crate::ImageError;
use crate::image::TrapCode;
use crate::link::Signature;

/// What makes two routines the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Routine {
    pub(super) from: Side,
    pub(super) to: Side,
}

/// An encoding once the tag of a length has been looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Simple {
    Utf8,
    Utf16,
    Latin1,
}

impl Simple {
    /// Bytes of a code unit.
    fn unit(self) -> u32 {
        if self == Self::Utf16 { 2 } else { 1 }
    }
}

/// The locals of a routine.
#[derive(Clone, Copy)]
struct Locals {
    sides: Sides,
    /// Where the source is, and then the next code unit of it: an address.
    source: u32,
    /// Behind the source: an address.
    end: u32,
    /// Code units of the source: `i32`.
    units: u32,
    /// The target's block: an address.
    block: u32,
    /// Where the target goes on: an address.
    target: u32,
    /// The code point at hand: `i32`.
    point: u32,
}

impl Body<'_, '_> {
    /// Pass a string.
    pub(super) fn string(&mut self, sides: &Sides, from: Place<'_>, to: Place<'_>) -> Result<(), ImageError> {
        let routine = self.emit.routine(sides)?;
        let (begin, length) = self.read_pair(&sides.from, from)?;
        self.code.op().local_get(begin).local_get(length).call(routine);
        self.code.release(begin, sides.from.pointer.flat());
        self.code.release(length, sides.from.pointer.flat());
        let flat = sides.to.pointer.flat();
        let (block, length) = (self.code.local(flat), self.code.local(flat));
        self.code.op().local_set(length).local_set(block);
        self.write_pair(&sides.to, (block, length), to)
    }
}

impl Emit<'_> {
    /// The index of the routine between two sides.
    fn routine(&mut self, sides: &Sides) -> Result<u32, ImageError> {
        let key = Routine { from: sides.from, to: sides.to };
        let first = self.declared.functions.len();
        if let Some(&position) = self.routines.get(&key) {
            return Ok(self.places.generated(position));
        }
        let position = first + self.appended.len();
        let mut body = Body::new(self, 2);
        body.routine(sides)?;
        let code = body.finish();
        let (from, to) = (val_type(sides.from.pointer.flat()), val_type(sides.to.pointer.flat()));
        let name = format!("string {:?} to {:?}", sides.from.encoding, sides.to.encoding);
        let signature = Signature { name, params: vec![from; 2], results: vec![to; 2] };
        let function = self.complete(signature, code)?;
        self.appended.push(function);
        self.routines.insert(key, position);
        Ok(self.places.generated(position))
    }
}

impl Body<'_, '_> {
    fn routine(&mut self, sides: &Sides) -> Result<(), ImageError> {
        let (from, to) = (sides.from.pointer, sides.to.pointer);
        let locals = Locals {
            sides: *sides,
            source: 0,
            end: self.code.zero(from.flat()),
            units: self.code.zero(Flat::I32),
            block: self.code.zero(to.flat()),
            target: self.code.zero(to.flat()),
            point: self.code.zero(Flat::I32),
        };
        match sides.from.encoding {
            Encoding::Utf8 => self.transcode(&locals, Simple::Utf8),
            Encoding::Utf16 => self.transcode(&locals, Simple::Utf16),
            Encoding::Latin1OrUtf16 => {
                self.push_tag(from);
                self.code.op().local_get(1);
                self.code.addr_and(from);
                self.push_tag(from);
                self.code.addr_eq(from);
                self.code.op().if_(BlockType::Empty).local_get(1);
                self.push_tag(from);
                self.code.addr_sub(from);
                self.code.op().local_set(1);
                self.transcode(&locals, Simple::Utf16)?;
                self.code.op().return_().end();
                self.transcode(&locals, Simple::Latin1)
            }
        }
    }

    /// Push the bit that says that a string is UTF-16.
    fn push_tag(&mut self, pointer: Pointer) {
        match pointer {
            Pointer::Bits32 => self.code.op().i32_const(i32::MIN),
            Pointer::Bits64 => self.code.op().i64_const(i64::MIN),
        };
    }

    /// Everything from a source in an encoding to the two results on the stack.
    fn transcode(&mut self, l: &Locals, source: Simple) -> Result<(), ImageError> {
        let from = &l.sides.from;
        self.check_length(from, 1, source.unit(), l.units);
        let align = if from.encoding == Encoding::Utf8 { 1 } else { 2 };
        self.check_align(from.pointer, l.source, align, TrapCode::Misaligned);
        let bytes = self.times(l.units, source.unit());
        self.check_bounds(from, l.source, bytes, TrapCode::OutOfBounds)?;
        self.code.op().local_get(l.source);
        self.push_size(from.pointer, bytes);
        self.code.addr_add(from.pointer);
        self.code.op().local_set(l.end);
        self.release_size(l, bytes);
        match (l.sides.to.encoding, source) {
            (Encoding::Utf8, Simple::Utf8) => self.utf8_to_utf8(l),
            (Encoding::Utf8, Simple::Utf16) => self.any_to_utf8(l, source, 3),
            (Encoding::Utf8, Simple::Latin1) => self.any_to_utf8(l, source, 2),
            (Encoding::Utf16, Simple::Utf8) => self.utf8_to_utf16(l),
            (Encoding::Utf16, Simple::Utf16) => self.utf16_to_utf16(l),
            (Encoding::Utf16, Simple::Latin1) => self.latin1_to_utf16(l),
            (Encoding::Latin1OrUtf16, Simple::Latin1) => self.latin1_to_latin1(l),
            (Encoding::Latin1OrUtf16, Simple::Utf16) if from.encoding == Encoding::Latin1OrUtf16 => {
                self.utf16_to_latin1_perhaps(l)
            }
            (Encoding::Latin1OrUtf16, _) => self.any_to_latin1_or_utf16(l, source),
        }
    }

    /// A local times a number, which is in a new local unless it is the same.
    fn times(&mut self, local: u32, factor: u32) -> Size {
        if factor == 1 {
            return Size::Local(local);
        }
        let product = self.code.local(Flat::I32);
        self.code.op().local_get(local).i32_const(factor as i32).i32_mul().local_set(product);
        Size::Local(product)
    }

    fn release_size(&mut self, l: &Locals, size: Size) {
        if let Size::Local(local) = size
            && local != l.units
        {
            self.code.release(local, Flat::I32);
        }
    }

    /// Allocate the target, whose first byte is where it goes on.
    fn allocate(&mut self, l: &Locals, align: u32, size: Size) -> Result<(), ImageError> {
        self.realloc(&l.sides.to, None, align, size, l.block)?;
        self.code.op().local_get(l.block).local_set(l.target);
        Ok(())
    }

    /// Change the size of the target, and keep where it goes on relative to its begin.
    fn reallocate(&mut self, l: &Locals, old: Size, align: u32, new: Size) -> Result<(), ImageError> {
        let to = l.sides.to.pointer;
        self.push_written(l);
        self.code.op().local_set(l.target);
        self.realloc(&l.sides.to, Some((l.block, old)), align, new, l.block)?;
        self.code.op().local_get(l.target).local_get(l.block);
        self.code.addr_add(to);
        self.code.op().local_set(l.target);
        Ok(())
    }

    /// Push how many bytes of the target are written, as an address.
    fn push_written(&mut self, l: &Locals) {
        self.code.op().local_get(l.target).local_get(l.block);
        self.code.addr_sub(l.sides.to.pointer);
    }

    /// Give back what is left of a target of this size; how many bytes are written, in a new `i32` local.
    fn shrink(&mut self, l: &Locals, old: Size, align: u32) -> Result<u32, ImageError> {
        let written = self.code.zero(Flat::I32);
        self.push_written(l);
        self.code.addr_to_length(l.sides.to.pointer);
        self.code.op().local_tee(written);
        self.push_size(Pointer::Bits32, old);
        self.code.op().i32_ne();
        self.when(|body| body.reallocate(l, old, align, Size::Local(written)))?;
        Ok(written)
    }

    /// Push the results: the block, and a number of code units.
    fn push_result(&mut self, l: &Locals, units: u32) {
        self.code.op().local_get(l.block);
        self.push_size(l.sides.to.pointer, Size::Local(units));
    }

    /// A loop that runs while there is more of the source. In it, label 0 goes on with it, label 1 ends it.
    fn while_source(&mut self, l: &Locals, inner: impl FnOnce(&mut Self)) {
        self.code.op().block(BlockType::Empty).loop_(BlockType::Empty);
        self.code.op().local_get(l.source).local_get(l.end);
        self.code.addr_eq(l.sides.from.pointer);
        self.code.op().br_if(1);
        inner(self);
        self.code.op().br(0).end().end();
    }
}
