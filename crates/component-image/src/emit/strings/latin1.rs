//! To Latin-1 or UTF-16 (`store_string_to_latin1_or_utf16`, `store_probably_utf16_to_latin1_or_utf16`).

use tambo_component_types::Flat;
use wasm_encoder::BlockType;

use super::super::body::Body;
use super::super::memory::{Size, narrower};
use super::{Locals, Simple};
use crate::ImageError;

impl Body<'_, '_> {
    pub(super) fn latin1_to_latin1(&mut self, l: &Locals) -> Result<(), ImageError> {
        self.allocate(l, 2, Size::Local(l.units))?;
        let (from, to) = (&l.sides.from, &l.sides.to);
        let (source, target) = (from.memory()?, to.memory()?);
        self.code.op().local_get(l.block).local_get(l.source);
        self.push_size(narrower(from.pointer, to.pointer), Size::Local(l.units));
        self.code.op().memory_copy(target, source);
        self.push_result(l, l.units);
        Ok(())
    }

    /// As Latin-1 first; what is written is widened at the first code point that is not.
    pub(super) fn any_to_latin1_or_utf16(&mut self, l: &Locals, source: Simple) -> Result<(), ImageError> {
        let from = l.sides.from.pointer;
        self.allocate(l, 2, Size::Local(l.units))?;
        let before = self.code.local(from.flat());
        let mut outcome = Ok(());
        self.code.op().block(BlockType::Empty);
        self.while_source(l, |body| {
            body.code.op().local_get(l.source).local_set(before);
            outcome = body.decode(l, source).and_then(|()| {
                body.code.op().local_get(l.point).i32_const(0x100).i32_ge_u().br_if(2);
                body.put_byte(l)
            });
        });
        outcome?;
        let written = self.shrink(l, Size::Local(l.units), 2)?;
        self.push_result(l, written);
        self.code.op().return_().end();

        self.code.op().local_get(before).local_set(l.source);
        self.code.release(before, from.flat());
        self.push_written(l);
        self.code.addr_to_length(l.sides.to.pointer);
        self.code.op().local_set(written);
        let worst = self.times(l.units, 2);
        self.reallocate(l, Size::Local(l.units), 2, worst)?;
        self.inflate(l, written)?;
        let mut outcome = Ok(());
        self.while_source(l, |body| {
            outcome = body.decode(l, source).and_then(|()| body.put_utf16(l));
        });
        outcome?;
        let written = self.shrink(l, worst, 2)?;
        self.release_size(l, worst);
        self.push_tagged(l, written);
        Ok(())
    }

    /// From what is tagged as UTF-16, most likely because it has to be.
    pub(super) fn utf16_to_latin1_perhaps(&mut self, l: &Locals) -> Result<(), ImageError> {
        let bytes = self.times(l.units, 2);
        self.allocate(l, 2, bytes)?;
        let all = self.code.zero(Flat::I32);
        let mut outcome = Ok(());
        self.while_source(l, |body| {
            outcome = body.decode(l, Simple::Utf16).and_then(|()| {
                body.code.op().local_get(all).local_get(l.point).i32_or().local_set(all);
                body.put_utf16(l)
            });
        });
        outcome?;
        self.code.op().local_get(all).i32_const(0x100).i32_ge_u().if_(BlockType::Empty);
        let written = self.code.local(Flat::I32);
        self.push_size(tambo_component_types::Pointer::Bits32, bytes);
        self.code.op().local_set(written);
        self.push_tagged(l, written);
        self.code.release(written, Flat::I32);
        self.code.op().return_().end();
        self.deflate(l, l.units)?;
        self.realloc(&l.sides.to, Some((l.block, bytes)), 1, Size::Local(l.units), l.block)?;
        self.release_size(l, bytes);
        self.push_result(l, l.units);
        Ok(())
    }

    /// Push the results: the block, and a number of bytes as tagged code units.
    fn push_tagged(&mut self, l: &Locals, bytes: u32) {
        let to = l.sides.to.pointer;
        self.code.op().local_get(bytes).i32_const(1).i32_shr_u().local_set(bytes);
        self.push_result(l, bytes);
        self.push_tag(to);
        self.code.addr_add(to);
    }
}
