//! UTF-8 to UTF-8, and ASCII by many bytes at once.

use tambo_component_types::Flat;
use wasm_encoder::BlockType;

use super::super::body::Body;
use super::super::code::at;
use super::super::memory::{Size, narrower};
use super::{Locals, Simple};
use crate::ImageError;

/// The upper bits of eight bytes.
const NOT_ASCII: i64 = 0x8080_8080_8080_8080_u64 as i64;

impl Body<'_, '_> {
    /// Copy while it is ASCII; then validate all that is left, and copy it.
    pub(super) fn utf8_to_utf8(&mut self, l: &Locals) -> Result<(), ImageError> {
        let (from, to) = (l.sides.from.pointer, l.sides.to.pointer);
        self.allocate(l, 1, Size::Local(l.units))?;
        self.copy_ascii_chunks(l)?;
        let mut outcome = Ok(());
        self.while_source(l, |body| {
            outcome = body.peek(l, Simple::Utf8).and_then(|()| {
                body.code.op().local_get(l.point).i32_const(0x80).i32_ge_u().br_if(1);
                body.skip(l, 1);
                body.put_byte(l)
            });
        });
        outcome?;
        self.code.op().local_get(l.source).local_get(l.end);
        self.code.addr_eq(from);
        self.code.op().i32_eqz().if_(BlockType::Empty);
        let rest = self.code.local(from.flat());
        self.code.op().local_get(l.source).local_set(rest);
        self.validate_utf8(l)?;
        let length = self.code.local(Flat::I32);
        self.code.op().local_get(l.end).local_get(rest);
        self.code.addr_sub(from);
        self.code.addr_to_length(from);
        self.code.op().local_set(length).local_get(l.target).local_get(rest);
        self.push_size(narrower(from, to), Size::Local(length));
        let (source, target) = (l.sides.from.memory()?, l.sides.to.memory()?);
        self.code.op().memory_copy(target, source).end();
        self.code.release(rest, from.flat());
        self.code.release(length, Flat::I32);
        self.push_result(l, l.units);
        Ok(())
    }

    /// Trap unless what is left of the source is UTF-8; nothing of it is left then.
    fn validate_utf8(&mut self, l: &Locals) -> Result<(), ImageError> {
        let memory = l.sides.from.memory()?;
        let mut outcome = Ok(());
        self.while_source(l, |body| {
            outcome = body.decode(l, Simple::Utf8);
            body.push_has(l, 8);
            body.code.op().if_(BlockType::Empty);
            body.code.op().local_get(l.source).i64_load(at(memory, 0)).i64_const(NOT_ASCII).i64_and().i64_eqz();
            body.code.op().if_(BlockType::Empty);
            body.skip(l, 8);
            body.code.op().end().end();
        });
        outcome
    }

    /// Push whether so many bytes are left of the source.
    fn push_has(&mut self, l: &Locals, bytes: u32) {
        let from = l.sides.from.pointer;
        self.code.op().local_get(l.end).local_get(l.source);
        self.code.addr_sub(from);
        self.code.addr_const(from, bytes);
        self.code.addr_ge(from);
    }

    /// A loop over chunks of so many bytes of the source, as long as there are any. `chunk` leaves it by label 1.
    fn chunks(&mut self, l: &Locals, bytes: u32, written: u32, chunk: impl FnOnce(&mut Self)) {
        self.code.op().block(BlockType::Empty).loop_(BlockType::Empty);
        self.push_has(l, bytes);
        self.code.op().i32_eqz().br_if(1);
        chunk(self);
        self.skip(l, bytes);
        self.wrote(l, written);
        self.code.op().br(0).end().end();
    }

    /// Copy chunks of bytes that are ASCII, up to the first that is not.
    pub(super) fn copy_ascii_chunks(&mut self, l: &Locals) -> Result<(), ImageError> {
        let (source, target) = (at(l.sides.from.memory()?, 0), at(l.sides.to.memory()?, 0));
        if self.emit.options.simd {
            let vector = self.code.vector();
            self.chunks(l, 16, 16, |body| {
                body.code.op().local_get(l.source).v128_load(source).local_tee(vector).i8x16_bitmask().br_if(1);
                body.code.op().local_get(l.target).local_get(vector).v128_store(target);
            });
        }
        let word = self.code.local(Flat::I64);
        self.chunks(l, 8, 8, |body| {
            body.code.op().local_get(l.source).i64_load(source).local_tee(word);
            body.code.op().i64_const(NOT_ASCII).i64_and().i64_const(0).i64_ne().br_if(1);
            body.code.op().local_get(l.target).local_get(word).i64_store(target);
        });
        self.code.release(word, Flat::I64);
        Ok(())
    }

    /// Pass chunks of UTF-16 that are ASCII as bytes, up to the first that is not.
    pub(super) fn narrow_ascii_chunks(&mut self, l: &Locals) -> Result<(), ImageError> {
        if !self.emit.options.simd {
            return Ok(());
        }
        let (source, target) = (at(l.sides.from.memory()?, 0), at(l.sides.to.memory()?, 0));
        let vector = self.code.vector();
        self.chunks(l, 16, 8, |body| {
            body.code.op().local_get(l.source).v128_load(source).local_tee(vector);
            body.code.op().i32_const(0xff80).i16x8_splat().v128_and().v128_any_true().br_if(1);
            body.code.op().local_get(l.target).local_get(vector).local_get(vector).i8x16_narrow_i16x8_u();
            body.code.op().v128_store64_lane(target, 0);
        });
        Ok(())
    }

    /// Pass chunks of bytes that are ASCII as UTF-16, up to the first that is not.
    pub(super) fn widen_ascii_chunks(&mut self, l: &Locals) -> Result<(), ImageError> {
        if !self.emit.options.simd {
            return Ok(());
        }
        let (source, target) = (at(l.sides.from.memory()?, 0), at(l.sides.to.memory()?, 0));
        let vector = self.code.vector();
        self.chunks(l, 8, 16, |body| {
            body.code.op().local_get(l.source).v128_load64_zero(source).local_tee(vector).i8x16_bitmask().br_if(1);
            body.code.op().local_get(l.target).local_get(vector).i16x8_extend_low_i8x16_u().v128_store(target);
        });
        Ok(())
    }
}
