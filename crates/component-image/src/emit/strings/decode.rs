//! Reading and checking one code point of a source.

use tambo_component_types::Flat;
use wasm_encoder::BlockType;

use super::super::body::Body;
use super::super::code::at;
use super::{Locals, Simple};
use crate::ImageError;
use crate::image::TrapCode;

impl Body<'_, '_> {
    /// Read the next code point, of which there is one, and advance.
    pub(super) fn decode(&mut self, l: &Locals, source: Simple) -> Result<(), ImageError> {
        match source {
            Simple::Latin1 => {
                self.peek(l, source)?;
                self.skip(l, 1);
                Ok(())
            }
            Simple::Utf16 => self.decode_utf16(l),
            Simple::Utf8 => self.decode_utf8(l),
        }
    }

    /// Read the next code unit into the local of the code point.
    pub(super) fn peek(&mut self, l: &Locals, source: Simple) -> Result<(), ImageError> {
        let at = at(l.sides.from.memory()?, 0);
        self.code.op().local_get(l.source);
        match source {
            Simple::Utf16 => self.code.op().i32_load16_u(at),
            Simple::Utf8 | Simple::Latin1 => self.code.op().i32_load8_u(at),
        };
        self.code.op().local_set(l.point);
        Ok(())
    }

    pub(super) fn skip(&mut self, l: &Locals, bytes: u32) {
        self.code.advance(l.sides.from.pointer, l.source, bytes);
    }

    fn decode_utf16(&mut self, l: &Locals) -> Result<(), ImageError> {
        let memory = l.sides.from.memory()?;
        self.peek(l, Simple::Utf16)?;
        self.skip(l, 2);
        self.code.op().local_get(l.point).i32_const(0xf800).i32_and().i32_const(0xd800).i32_eq();
        self.when(|body| {
            // A high surrogate, and a low one after it.
            body.code.op().local_get(l.point).i32_const(0xdc00).i32_ge_u();
            body.code.op().local_get(l.source).local_get(l.end);
            body.code.addr_eq(l.sides.from.pointer);
            body.code.op().i32_or();
            body.trap_if(TrapCode::BadString);
            let low = body.code.local(Flat::I32);
            body.code.op().local_get(l.source).i32_load16_u(at(memory, 0)).i32_const(0xdc00).i32_sub();
            body.code.op().local_tee(low).i32_const(0x400).i32_ge_u();
            body.trap_if(TrapCode::BadString);
            body.skip(l, 2);
            body.code.op().local_get(l.point).i32_const(0xd800).i32_sub().i32_const(10).i32_shl();
            body.code.op().local_get(low).i32_or().i32_const(0x1_0000).i32_add().local_set(l.point);
            body.code.release(low, Flat::I32);
            Ok(())
        })
    }

    fn decode_utf8(&mut self, l: &Locals) -> Result<(), ImageError> {
        self.peek(l, Simple::Utf8)?;
        self.code.op().local_get(l.point).i32_const(0x80).i32_lt_u().if_(BlockType::Empty);
        self.skip(l, 1);
        self.code.op().else_();
        self.code.op().local_get(l.point).i32_const(0xe0).i32_lt_u().if_(BlockType::Empty);
        self.continuations(l, 2, 0x1f)?;
        self.check_range(l, 0x80, 0x7ff);
        self.code.op().else_();
        self.code.op().local_get(l.point).i32_const(0xf0).i32_lt_u().if_(BlockType::Empty);
        self.continuations(l, 3, 0xf)?;
        self.check_range(l, 0x800, 0xffff);
        self.code.op().local_get(l.point).i32_const(0xf800).i32_and().i32_const(0xd800).i32_eq();
        self.trap_if(TrapCode::BadString);
        self.code.op().else_();
        self.code.op().local_get(l.point).i32_const(0xf8).i32_ge_u();
        self.trap_if(TrapCode::BadString);
        self.continuations(l, 4, 7)?;
        self.check_range(l, 0x1_0000, 0x10_ffff);
        self.code.op().end().end().end();
        Ok(())
    }

    /// The code point from a first byte, with its bits that count, and the bytes after it.
    fn continuations(&mut self, l: &Locals, length: u32, mask: i32) -> Result<(), ImageError> {
        let (pointer, memory) = (l.sides.from.pointer, l.sides.from.memory()?);
        self.code.addr_const(pointer, length);
        self.code.op().local_get(l.end).local_get(l.source);
        self.code.addr_sub(pointer);
        self.code.addr_gt(pointer);
        self.trap_if(TrapCode::BadString);
        if length == 2 {
            self.code.op().local_get(l.point).i32_const(0xc0).i32_lt_u();
            self.trap_if(TrapCode::BadString);
        }
        let byte = self.code.local(Flat::I32);
        self.code.op().local_get(l.point).i32_const(mask).i32_and().local_set(l.point);
        for index in 1..length {
            self.code.op().local_get(l.source).i32_load8_u(at(memory, index)).i32_const(0x80).i32_xor();
            self.code.op().local_tee(byte).i32_const(0x40).i32_ge_u();
            self.trap_if(TrapCode::BadString);
            self.code.op().local_get(l.point).i32_const(6).i32_shl().local_get(byte).i32_or().local_set(l.point);
        }
        self.code.release(byte, Flat::I32);
        self.skip(l, length);
        Ok(())
    }

    fn check_range(&mut self, l: &Locals, low: i32, high: i32) {
        self.code.op().local_get(l.point).i32_const(low).i32_sub().i32_const(high - low).i32_gt_u();
        self.trap_if(TrapCode::BadString);
    }
}
