//! Lists, maps, and lists of fixed length (CanonicalABI.md, `load_list`, `store_list`).

use tambo_component_types::{Flat, Layout, MAX_BYTE_LENGTH, Pointer, TypeId};
use wasm_encoder::BlockType;

use super::body::Body;
use super::memory::{Side, Size, narrower};
use super::values::{Place, Sides};
use crate::ImageError;
use crate::image::TrapCode;

impl Body<'_, '_> {
    /// Pass a list whose elements consist of values of these types, one after the other.
    pub(super) fn list(
        &mut self,
        sides: &Sides,
        element: &[TypeId],
        from: Place<'_>,
        to: Place<'_>,
    ) -> Result<(), ImageError> {
        let (source, target) = (self.element(element, sides.from.pointer)?, self.element(element, sides.to.pointer)?);
        let (begin, length) = self.read_pair(&sides.from, from)?;
        let count = self.code.local(Flat::I32);
        self.check_length(&sides.from, length, source.size, count);
        let bytes = self.code.local(Flat::I32);
        self.code.op().local_get(count).i32_const(source.size as i32).i32_mul().local_set(bytes);
        self.check_align(sides.from.pointer, begin, source.align, TrapCode::Misaligned);
        self.check_bounds(&sides.from, begin, Size::Local(bytes), TrapCode::OutOfBounds)?;
        if target.size != source.size {
            // Not more than twice the longest list.
            self.code.op().local_get(count).i32_const(target.size as i32).i32_mul().local_set(bytes);
        }
        let block = self.code.local(sides.to.pointer.flat());
        self.realloc(&sides.to, None, target.align, Size::Local(bytes), block)?;

        if element.iter().all(|&part| self.is_plain(part)) && self.is_dense(element, &source) {
            self.code.op().local_get(block).local_get(begin);
            self.push_size(narrower(sides.from.pointer, sides.to.pointer), Size::Local(bytes));
            let (source, target) = (sides.from.memory()?, sides.to.memory()?);
            self.code.op().memory_copy(target, source);
        } else {
            let cursor = self.code.local(sides.to.pointer.flat());
            self.code.op().local_get(block).local_set(cursor);
            let left = bytes;
            self.code.op().local_get(count).local_set(left);
            self.elements(sides, element, (begin, source.size), (cursor, target.size), left)?;
            self.code.release(cursor, sides.to.pointer.flat());
        }
        self.code.release(bytes, Flat::I32);
        self.code.release(begin, sides.from.pointer.flat());
        self.code.release(length, sides.from.pointer.flat());
        let result = self.code.local(sides.to.pointer.flat());
        self.push_size(sides.to.pointer, Size::Local(count));
        self.code.op().local_set(result);
        self.code.release(count, Flat::I32);
        self.write_pair(&sides.to, (block, result), to)
    }

    /// Pass a list whose length is part of its type.
    pub(super) fn fixed_list(
        &mut self,
        sides: &Sides,
        element: TypeId,
        length: u32,
        from: Place<'_>,
        to: Place<'_>,
    ) -> Result<(), ImageError> {
        let (Place::Memory(source, source_offset), Place::Memory(target, target_offset)) = (from, to) else {
            return self.sequence(sides, &vec![element; length as usize], from, to);
        };
        if length <= 2 {
            return self.sequence(sides, &vec![element; length as usize], from, to);
        }
        let (from_size, to_size) =
            (self.layout(element, sides.from.pointer).size, self.layout(element, sides.to.pointer).size);
        let (begin, cursor) = (self.code.local(sides.from.pointer.flat()), self.code.local(sides.to.pointer.flat()));
        self.push_address(sides.from.pointer, source, source_offset);
        self.code.op().local_set(begin);
        self.push_address(sides.to.pointer, target, target_offset);
        self.code.op().local_set(cursor);
        let left = self.code.local(Flat::I32);
        self.code.op().i32_const(length as i32).local_set(left);
        self.elements(sides, &[element], (begin, from_size), (cursor, to_size), left)?;
        self.code.release(left, Flat::I32);
        self.code.release(cursor, sides.to.pointer.flat());
        self.code.release(begin, sides.from.pointer.flat());
        Ok(())
    }

    /// Pass as many elements as `left` says, advancing both pointers by the elements' sizes.
    fn elements(
        &mut self,
        sides: &Sides,
        element: &[TypeId],
        (from, from_size): (u32, u32),
        (to, to_size): (u32, u32),
        left: u32,
    ) -> Result<(), ImageError> {
        self.code.op().block(BlockType::Empty).local_get(left).i32_eqz().br_if(0).loop_(BlockType::Empty);
        self.sequence(sides, element, Place::Memory(from, 0), Place::Memory(to, 0))?;
        self.code.advance(sides.from.pointer, from, from_size);
        self.code.advance(sides.to.pointer, to, to_size);
        self.code.op().local_get(left).i32_const(1).i32_sub().local_tee(left).br_if(0).end().end();
        Ok(())
    }

    /// Trap if a list is too long; its length as an `i32`, if not.
    pub(super) fn check_length(&mut self, side: &Side, length: u32, size: u32, count: u32) {
        self.code.op().local_get(length);
        self.code.addr_const(side.pointer, MAX_BYTE_LENGTH / size.max(1));
        self.code.addr_gt(side.pointer);
        self.trap_if(TrapCode::TooLong);
        self.code.op().local_get(length);
        self.code.addr_to_length(side.pointer);
        self.code.op().local_set(count);
    }

    fn element(&self, element: &[TypeId], pointer: Pointer) -> Result<Layout, ImageError> {
        let layout = self.emit.plan.types.tuple_layout(element, pointer);
        layout.map_err(|error| ImageError::TooLarge(format!("in an element of a list, {error}")))
    }

    fn is_dense(&self, element: &[TypeId], layout: &Layout) -> bool {
        let sizes = element.iter().map(|&part| u64::from(self.layout(part, Pointer::Bits32).size));
        sizes.sum::<u64>() == u64::from(layout.size)
    }
}
