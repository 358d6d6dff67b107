//! Writing one code point to a target.

use tambo_component_types::Flat;
use wasm_encoder::BlockType;

use super::super::body::Body;
use super::super::code::at;
use super::Locals;
use crate::ImageError;

impl Body<'_, '_> {
    /// Write the code point as one byte, and advance.
    pub(super) fn put_byte(&mut self, l: &Locals) -> Result<(), ImageError> {
        let memory = l.sides.to.memory()?;
        self.code.op().local_get(l.target).local_get(l.point).i32_store8(at(memory, 0));
        self.wrote(l, 1);
        Ok(())
    }

    /// Write the code point, which is below 0x10000, as two bytes, and advance.
    pub(super) fn put_unit(&mut self, l: &Locals) -> Result<(), ImageError> {
        let memory = l.sides.to.memory()?;
        self.code.op().local_get(l.target).local_get(l.point).i32_store16(at(memory, 0));
        self.wrote(l, 2);
        Ok(())
    }

    /// Write the code point as UTF-16, and advance.
    pub(super) fn put_utf16(&mut self, l: &Locals) -> Result<(), ImageError> {
        let memory = l.sides.to.memory()?;
        self.code.op().local_get(l.point).i32_const(0x1_0000).i32_lt_u().if_(BlockType::Empty);
        self.put_unit(l)?;
        self.code.op().else_();
        // 0xd7c0 is 0xd800 less the 0x10000 that the code point is too large by.
        self.code.op().local_get(l.target).local_get(l.point).i32_const(10).i32_shr_u();
        self.code.op().i32_const(0xd7c0).i32_add().i32_store16(at(memory, 0));
        self.code.op().local_get(l.target).local_get(l.point).i32_const(0x3ff).i32_and();
        self.code.op().i32_const(0xdc00).i32_or().i32_store16(at(memory, 2));
        self.wrote(l, 4);
        self.code.op().end();
        Ok(())
    }

    /// Write the code point as UTF-8, and advance.
    pub(super) fn put_utf8(&mut self, l: &Locals) -> Result<(), ImageError> {
        self.code.op().local_get(l.point).i32_const(0x80).i32_lt_u().if_(BlockType::Empty);
        self.put_byte(l)?;
        self.code.op().else_();
        self.code.op().local_get(l.point).i32_const(0x800).i32_lt_u().if_(BlockType::Empty);
        self.put_bytes(l, 2, 0xc0)?;
        self.code.op().else_();
        self.code.op().local_get(l.point).i32_const(0x1_0000).i32_lt_u().if_(BlockType::Empty);
        self.put_bytes(l, 3, 0xe0)?;
        self.code.op().else_();
        self.put_bytes(l, 4, 0xf0)?;
        self.code.op().end().end().end();
        Ok(())
    }

    fn put_bytes(&mut self, l: &Locals, length: u32, first: i32) -> Result<(), ImageError> {
        let memory = l.sides.to.memory()?;
        for index in 0..length {
            let shift = 6 * (length - 1 - index) as i32;
            self.code.op().local_get(l.target).local_get(l.point).i32_const(shift).i32_shr_u();
            if index > 0 {
                self.code.op().i32_const(0x3f).i32_and();
            }
            self.code.op().i32_const(if index == 0 { first } else { 0x80 }).i32_or().i32_store8(at(memory, index));
        }
        self.wrote(l, length);
        Ok(())
    }

    pub(super) fn wrote(&mut self, l: &Locals, bytes: u32) {
        self.code.advance(l.sides.to.pointer, l.target, bytes);
    }

    /// Widen so many bytes at the begin of the target to two bytes each, from the last to the first.
    pub(super) fn inflate(&mut self, l: &Locals, bytes: u32) -> Result<(), ImageError> {
        let memory = l.sides.to.memory()?;
        let index = self.code.local(Flat::I32);
        self.code.op().local_get(bytes).local_set(index).block(BlockType::Empty).loop_(BlockType::Empty);
        self.code.op().local_get(index).i32_eqz().br_if(1);
        self.code.op().local_get(index).i32_const(1).i32_sub().local_set(index);
        self.push_index(l, index, 2);
        self.push_index(l, index, 1);
        self.code.op().i32_load8_u(at(memory, 0)).i32_store16(at(memory, 0)).br(0).end().end();
        self.code.release(index, Flat::I32);
        self.push_index(l, bytes, 2);
        self.code.op().local_set(l.target);
        Ok(())
    }

    /// Narrow so many units of two bytes at the begin of the target to one byte each.
    pub(super) fn deflate(&mut self, l: &Locals, units: u32) -> Result<(), ImageError> {
        let memory = l.sides.to.memory()?;
        let index = self.code.local(Flat::I32);
        self.code.op().i32_const(0).local_set(index).block(BlockType::Empty).loop_(BlockType::Empty);
        self.code.op().local_get(index).local_get(units).i32_eq().br_if(1);
        self.push_index(l, index, 1);
        self.push_index(l, index, 2);
        self.code.op().i32_load8_u(at(memory, 0)).i32_store8(at(memory, 0));
        self.code.op().local_get(index).i32_const(1).i32_add().local_set(index).br(0).end().end();
        self.code.release(index, Flat::I32);
        Ok(())
    }

    /// Push the address of a unit of the target.
    fn push_index(&mut self, l: &Locals, index: u32, unit: i32) {
        let to = l.sides.to.pointer;
        self.code.op().local_get(l.block).local_get(index).i32_const(unit).i32_mul();
        self.code.length_to_addr(to);
        self.code.addr_add(to);
    }
}
