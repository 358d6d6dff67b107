//! To UTF-8 from the other encodings (`store_string_to_utf8`).

use wasm_encoder::BlockType;

use super::super::body::Body;
use super::super::memory::Size;
use super::{Locals, Simple};
use crate::ImageError;

impl Body<'_, '_> {
    /// As if it were ASCII first; with room for the worst case of `factor` bytes a unit once it is not.
    pub(super) fn any_to_utf8(&mut self, l: &Locals, source: Simple, factor: u32) -> Result<(), ImageError> {
        self.allocate(l, 1, Size::Local(l.units))?;
        self.narrow_ascii(l, source)?;
        self.code.op().local_get(l.source).local_get(l.end);
        self.code.addr_eq(l.sides.from.pointer);
        self.code.op().if_(BlockType::Empty);
        self.push_result(l, l.units);
        self.code.op().return_().end();

        let worst = self.times(l.units, factor);
        self.reallocate(l, Size::Local(l.units), 1, worst)?;
        let mut outcome = Ok(());
        self.while_source(l, |body| {
            outcome = body.decode(l, source).and_then(|()| body.put_utf8(l));
        });
        outcome?;
        let written = self.shrink(l, worst, 1)?;
        self.release_size(l, worst);
        self.push_result(l, written);
        Ok(())
    }

    /// Pass code units as bytes as long as they are ASCII.
    fn narrow_ascii(&mut self, l: &Locals, source: Simple) -> Result<(), ImageError> {
        if source == Simple::Utf16 {
            self.narrow_ascii_chunks(l)?;
        } else {
            self.copy_ascii_chunks(l)?;
        }
        let mut outcome = Ok(());
        self.while_source(l, |body| {
            outcome = body.peek(l, source).and_then(|()| {
                body.code.op().local_get(l.point).i32_const(0x80).i32_ge_u().br_if(1);
                body.skip(l, source.unit());
                body.put_byte(l)
            });
        });
        outcome
    }
}
