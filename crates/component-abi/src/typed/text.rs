//! Strings: `&str`, `Cow<str>`, `String`, `Box<str>`.
//!
//! A `&str` is the guest's memory itself where that is UTF-8 (or Latin-1 that is ASCII); other strings are decoded into
//! the [`Scratch`](crate::Scratch) of the call, at the budget's expense.

use std::borrow::Cow;

use tambo_component_types::{Type, TypeId};

use super::{Lift, Lower, Param, Typed};
use crate::dynamic::check_text;
use crate::strings::Measured;
use crate::{Fault, FlatReader, FlatWriter, LiftContext, LowerContext, MatchContext, Mismatch, RequestContext, Shapes};

impl Typed for str {
    const SHAPE: Shapes = Shapes::POINTER_AND_LENGTH;

    fn matches(cx: &MatchContext<'_>, ty: TypeId) -> Result<(), Mismatch> {
        match cx.types.get(ty) {
            Type::String => Ok(()),
            _ => Err(Mismatch::expected(cx.types, ty, "a Rust string")),
        }
    }
}

impl Lower for str {
    #[inline]
    fn requests(&self, cx: &mut RequestContext<'_>, _: TypeId) -> Result<(), Mismatch> {
        check_text(self)?;
        cx.requests.push(Measured::of(self, cx.abi.encoding).request());
        Ok(())
    }

    #[inline]
    fn lower_flat(&self, cx: &mut LowerContext<'_>, _: TypeId, flat: &mut FlatWriter<'_>) -> Result<(), Fault> {
        let (address, units) = cx.put_text(self)?;
        flat.push(address)?;
        flat.push(units)
    }

    #[inline]
    fn store(&self, cx: &mut LowerContext<'_>, _: TypeId, at: usize) -> Result<(), Fault> {
        let pair = cx.put_text(self)?;
        cx.put_pair(at, pair)
    }
}

impl<'m> Lift<'m> for &'m str {
    #[inline]
    fn lift_flat(cx: &mut LiftContext<'m, '_>, _: TypeId, flat: &mut FlatReader<'_>) -> Result<Self, Fault> {
        let text = cx.text(cx.flat_pair(flat)?)?;
        cx.keep(text)
    }

    #[inline]
    fn load(cx: &mut LiftContext<'m, '_>, _: TypeId, at: usize) -> Result<Self, Fault> {
        let text = cx.text(cx.load_pair(at)?)?;
        cx.keep(text)
    }
}

impl Param for &'static str {
    type At<'a> = &'a str;
}

impl<'m> Lift<'m> for Cow<'m, str> {
    #[inline]
    fn lift_flat(cx: &mut LiftContext<'m, '_>, _: TypeId, flat: &mut FlatReader<'_>) -> Result<Self, Fault> {
        cx.text(cx.flat_pair(flat)?)?.decode(cx.budget)
    }

    #[inline]
    fn load(cx: &mut LiftContext<'m, '_>, _: TypeId, at: usize) -> Result<Self, Fault> {
        cx.text(cx.load_pair(at)?)?.decode(cx.budget)
    }
}

impl Param for Cow<'static, str> {
    type At<'a> = Cow<'a, str>;
}

impl Typed for String {
    const SHAPE: Shapes = str::SHAPE;

    fn matches(cx: &MatchContext<'_>, ty: TypeId) -> Result<(), Mismatch> {
        <str as Typed>::matches(cx, ty)
    }
}

impl<'m> Lift<'m> for String {
    #[inline]
    fn lift_flat(cx: &mut LiftContext<'m, '_>, _: TypeId, flat: &mut FlatReader<'_>) -> Result<Self, Fault> {
        cx.text(cx.flat_pair(flat)?)?.decode_owned(cx.budget)
    }

    #[inline]
    fn load(cx: &mut LiftContext<'m, '_>, _: TypeId, at: usize) -> Result<Self, Fault> {
        cx.text(cx.load_pair(at)?)?.decode_owned(cx.budget)
    }
}

impl Lower for String {
    #[inline]
    fn requests(&self, cx: &mut RequestContext<'_>, ty: TypeId) -> Result<(), Mismatch> {
        self.as_str().requests(cx, ty)
    }

    #[inline]
    fn lower_flat(&self, cx: &mut LowerContext<'_>, ty: TypeId, flat: &mut FlatWriter<'_>) -> Result<(), Fault> {
        self.as_str().lower_flat(cx, ty, flat)
    }

    #[inline]
    fn store(&self, cx: &mut LowerContext<'_>, ty: TypeId, at: usize) -> Result<(), Fault> {
        self.as_str().store(cx, ty, at)
    }
}

impl Param for String {
    type At<'a> = Self;
}
