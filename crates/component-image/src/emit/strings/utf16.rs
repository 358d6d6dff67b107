//! To UTF-16 (`store_utf8_to_utf16`, `store_string_copy`).

use super::super::body::Body;
use super::{Locals, Simple};
use crate::ImageError;

impl Body<'_, '_> {
    pub(super) fn utf8_to_utf16(&mut self, l: &Locals) -> Result<(), ImageError> {
        let worst = self.times(l.units, 2);
        self.allocate(l, 2, worst)?;
        self.widen_ascii_chunks(l)?;
        let mut outcome = Ok(());
        self.while_source(l, |body| {
            outcome = body.decode(l, Simple::Utf8).and_then(|()| body.put_utf16(l));
        });
        outcome?;
        let written = self.shrink(l, worst, 2)?;
        self.release_size(l, worst);
        self.code.op().local_get(written).i32_const(1).i32_shr_u().local_set(written);
        self.push_result(l, written);
        Ok(())
    }

    pub(super) fn utf16_to_utf16(&mut self, l: &Locals) -> Result<(), ImageError> {
        let bytes = self.times(l.units, 2);
        self.allocate(l, 2, bytes)?;
        self.release_size(l, bytes);
        let mut outcome = Ok(());
        self.while_source(l, |body| {
            outcome = body.decode(l, Simple::Utf16).and_then(|()| body.put_utf16(l));
        });
        outcome?;
        self.push_result(l, l.units);
        Ok(())
    }

    pub(super) fn latin1_to_utf16(&mut self, l: &Locals) -> Result<(), ImageError> {
        let bytes = self.times(l.units, 2);
        self.allocate(l, 2, bytes)?;
        self.release_size(l, bytes);
        let mut outcome = Ok(());
        self.while_source(l, |body| {
            outcome = body.decode(l, Simple::Latin1).and_then(|()| body.put_unit(l));
        });
        outcome?;
        self.push_result(l, l.units);
        Ok(())
    }
}
