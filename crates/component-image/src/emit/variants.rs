//! Variants, and what they stand for: enums, options, results.

use tambo_component_types::{Flat, Pointer, TypeId, align_to, discriminant_size};
use wasm_encoder::BlockType;

use super::body::Body;
use super::values::{Place, Sides};
use crate::ImageError;

impl Body<'_, '_> {
    pub(super) fn variant(
        &mut self,
        sides: &Sides,
        cases: &[Option<TypeId>],
        from: Place<'_>,
        to: Place<'_>,
    ) -> Result<(), ImageError> {
        let bytes = discriminant_size(cases.len());
        let tag = self.discriminant(&sides.from, bytes, cases.len(), from)?;
        self.set_discriminant(&sides.to, bytes, tag, to)?;
        let source = self.payload(cases, sides.from.pointer, from);
        let target = self.payload(cases, sides.to.pointer, to);

        // Cases that carry the same type are passed by the same code.
        let mut types: Vec<TypeId> = cases.iter().copied().flatten().collect();
        types.sort_unstable();
        types.dedup();
        match types[..] {
            [] => {}
            [only] => {
                self.push_is_case(tag, cases);
                self.when(|body| body.payload_value(sides, only, source, target))?;
            }
            _ => self.switch(sides, tag, cases, &types, source, target)?,
        }
        self.code.release(tag, Flat::I32);
        Ok(())
    }

    /// Push whether the case is one that carries something.
    fn push_is_case(&mut self, tag: u32, cases: &[Option<TypeId>]) {
        let carrying: Vec<usize> = (0..cases.len()).filter(|&index| cases[index].is_some()).collect();
        match carrying[..] {
            _ if carrying.len() == cases.len() => {
                self.code.op().i32_const(1);
            }
            [only] => {
                self.code.op().local_get(tag).i32_const(only as i32).i32_eq();
            }
            _ => {
                self.code.op().block(BlockType::Result(wasm_encoder::ValType::I32)).block(BlockType::Empty);
                self.code.op().block(BlockType::Empty).local_get(tag);
                self.code.op().br_table(cases.iter().map(|case| u32::from(case.is_none())).collect::<Vec<_>>(), 1);
                self.code.op().end().i32_const(1).br(1).end().i32_const(0).end();
            }
        }
    }

    fn switch(
        &mut self,
        sides: &Sides,
        tag: u32,
        cases: &[Option<TypeId>],
        types: &[TypeId],
        source: Place<'_>,
        target: Place<'_>,
    ) -> Result<(), ImageError> {
        // One block around everything, then one for the code of each type, the first innermost.
        let none = types.len() as u32;
        for _ in 0..=types.len() {
            self.code.op().block(BlockType::Empty);
        }
        let labels: Vec<u32> = cases
            .iter()
            .map(|case| case.and_then(|ty| types.binary_search(&ty).ok()).map_or(none, |index| index as u32))
            .collect();
        self.code.op().local_get(tag).br_table(labels, none);
        for (index, &ty) in types.iter().enumerate() {
            self.code.op().end();
            self.payload_value(sides, ty, source, target)?;
            self.code.op().br(none - 1 - index as u32);
        }
        self.code.op().end();
        Ok(())
    }

    /// Pass what a case carries, which may have fewer flat values than there are.
    fn payload_value(
        &mut self,
        sides: &Sides,
        ty: TypeId,
        source: Place<'_>,
        target: Place<'_>,
    ) -> Result<(), ImageError> {
        let source = self.first_slots(ty, sides.from.pointer, source)?;
        let target = self.first_slots(ty, sides.to.pointer, target)?;
        self.value(sides, ty, source, target)
    }

    fn first_slots<'s>(&self, ty: TypeId, pointer: Pointer, place: Place<'s>) -> Result<Place<'s>, ImageError> {
        let Place::Flat(slots) = place else { return Ok(place) };
        let count = self.layout(ty, pointer).flat.as_ref().map(|flat| flat.len());
        let slots = count.and_then(|count| slots.get(..count));
        slots.map(Place::Flat).ok_or_else(|| ImageError::Bug("a case has more flat values than its variant".into()))
    }

    /// Where what a case carries is, if its variant is here.
    fn payload<'s>(&self, cases: &[Option<TypeId>], pointer: Pointer, place: Place<'s>) -> Place<'s> {
        match place {
            Place::Flat(slots) => Place::Flat(slots.get(1..).unwrap_or_default()),
            Place::Memory(base, offset) => {
                let aligns = cases.iter().flatten().map(|&ty| self.layout(ty, pointer).align);
                let align = aligns.max().unwrap_or(1);
                Place::Memory(base, offset + align_to(discriminant_size(cases.len()), align))
            }
        }
    }
}
