//! `Option` and `Result`; and what every kind of variant does with its discriminant and payload.

use tambo_component_types::{Type, TypeId};

use super::{Lift, Lower, Param, Typed, part_of};
use crate::memory::{check_tag, next, next_of};
use crate::mismatch::Step;
use crate::shape::Shape;
use crate::{Fault, FlatReader, FlatWriter, LiftContext, LowerContext, MatchContext, Mismatch, RequestContext, Shapes};

/// The discriminant of a variant, and the flat values of its payload, whose number is the same for each case.
#[doc(hidden)]
#[inline]
pub fn lift_tag<'f>(flat: &mut FlatReader<'f>, shape: Shape, cases: usize) -> Result<(usize, FlatReader<'f>), Fault> {
    let tag = check_tag(next(flat)? as u32, cases)?;
    let payload = next_of(flat, shape.flat as usize - 1)?;
    Ok((tag, payload))
}

/// The discriminant of a variant in memory, and the place of its payload.
#[doc(hidden)]
#[inline]
pub fn load_tag(cx: &LiftContext<'_, '_>, shape: Shape, cases: usize, at: usize) -> Result<(usize, usize), Fault> {
    // The larger of the discriminant and the payload's alignment is the alignment of the whole.
    Ok((cx.load_tag(at, cases)?, at.wrapping_add(shape.align as usize)))
}

/// Lower a case of a variant.
#[doc(hidden)]
#[inline]
pub fn lower_case<T: Lower + ?Sized>(
    cx: &mut LowerContext<'_>,
    ty: TypeId,
    shape: Shape,
    (tag, payload): (usize, &T),
    flat: &mut FlatWriter<'_>,
) -> Result<(), Fault> {
    let end = flat.len() + shape.flat as usize;
    flat.push(tag as u64)?;
    payload.lower_flat(cx, ty, flat)?;
    flat.pad(end)
}

/// Store a case of a variant.
#[doc(hidden)]
#[inline]
pub fn store_case<T: Lower + ?Sized>(
    cx: &mut LowerContext<'_>,
    ty: TypeId,
    shape: Shape,
    cases: usize,
    (tag, payload): (usize, &T),
    at: usize,
) -> Result<(), Fault> {
    cx.put_tag(at, tag, cases)?;
    payload.store(cx, ty, at.wrapping_add(shape.align as usize))
}

/// Whether a Rust type can be the payload of a case.
#[doc(hidden)]
pub fn check_payload<T: Typed>(cx: &MatchContext<'_>, ty: Option<TypeId>) -> Result<(), Mismatch> {
    match ty {
        None if T::NOTHING => Ok(()),
        None => Err(Mismatch::new("expected nothing: the Rust type should be `()`")),
        Some(ty) => T::matches(cx, ty),
    }
}

impl<T: Typed> Typed for Option<T> {
    const SHAPE: Shapes = Shapes::choice(2, &[T::SHAPE]);
    const HANDLES: bool = T::HANDLES;

    fn matches(cx: &MatchContext<'_>, ty: TypeId) -> Result<(), Mismatch> {
        match cx.types.get(ty) {
            Type::Option(some) => T::matches(cx, *some).map_err(|error| error.within(Step::Some)),
            _ => Err(Mismatch::expected(cx.types, ty, "Rust's `Option`")),
        }
    }
}

impl<'m, T: Lift<'m>> Lift<'m> for Option<T> {
    #[inline]
    fn lift_flat(cx: &mut LiftContext<'m, '_>, ty: TypeId, flat: &mut FlatReader<'_>) -> Result<Self, Fault> {
        let (tag, mut payload) = lift_tag(flat, Self::SHAPE.of(cx.abi.pointer), 2)?;
        if tag == 0 {
            return Ok(None);
        }
        let some = part_of::<T>(cx.types, ty, 0);
        T::lift_flat(cx, some, &mut payload).map(Some)
    }

    #[inline]
    fn load(cx: &mut LiftContext<'m, '_>, ty: TypeId, at: usize) -> Result<Self, Fault> {
        let (tag, payload) = load_tag(cx, Self::SHAPE.of(cx.abi.pointer), 2, at)?;
        if tag == 0 {
            return Ok(None);
        }
        let some = part_of::<T>(cx.types, ty, 0);
        T::load(cx, some, payload).map(Some)
    }
}

impl<T: Lower> Lower for Option<T> {
    const PLAIN: bool = T::PLAIN;

    #[inline]
    fn requests(&self, cx: &mut RequestContext<'_>, ty: TypeId) -> Result<(), Mismatch> {
        let Some(value) = self else { return Ok(()) };
        let some = part_of::<T>(cx.types, ty, 0);
        value.requests(cx, some).map_err(|error| error.within(Step::Some))
    }

    #[inline]
    fn lower_flat(&self, cx: &mut LowerContext<'_>, ty: TypeId, flat: &mut FlatWriter<'_>) -> Result<(), Fault> {
        let shape = Self::SHAPE.of(cx.abi.pointer);
        match self {
            None => lower_case(cx, ty, shape, (0, &()), flat),
            Some(value) => lower_case(cx, part_of::<T>(cx.types, ty, 0), shape, (1, value), flat),
        }
    }

    #[inline]
    fn store(&self, cx: &mut LowerContext<'_>, ty: TypeId, at: usize) -> Result<(), Fault> {
        let shape = Self::SHAPE.of(cx.abi.pointer);
        match self {
            None => store_case(cx, ty, shape, 2, (0, &()), at),
            Some(value) => store_case(cx, part_of::<T>(cx.types, ty, 0), shape, 2, (1, value), at),
        }
    }
}

impl<T: Param> Param for Option<T> {
    type At<'a> = Option<T::At<'a>>;
}

impl<T: Typed, E: Typed> Typed for Result<T, E> {
    const SHAPE: Shapes = Shapes::choice(2, &[T::SHAPE, E::SHAPE]);
    const HANDLES: bool = T::HANDLES || E::HANDLES;

    fn matches(cx: &MatchContext<'_>, ty: TypeId) -> Result<(), Mismatch> {
        match cx.types.get(ty) {
            Type::Result { ok, err } => {
                check_payload::<T>(cx, *ok).map_err(|error| error.within(Step::Ok))?;
                check_payload::<E>(cx, *err).map_err(|error| error.within(Step::Err))
            }
            _ => Err(Mismatch::expected(cx.types, ty, "Rust's `Result`")),
        }
    }
}

impl<'m, T: Lift<'m>, E: Lift<'m>> Lift<'m> for Result<T, E> {
    #[inline]
    fn lift_flat(cx: &mut LiftContext<'m, '_>, ty: TypeId, flat: &mut FlatReader<'_>) -> Result<Self, Fault> {
        let (tag, mut payload) = lift_tag(flat, Self::SHAPE.of(cx.abi.pointer), 2)?;
        match tag {
            0 => T::lift_flat(cx, part_of::<T>(cx.types, ty, 0), &mut payload).map(Ok),
            _ => E::lift_flat(cx, part_of::<E>(cx.types, ty, 1), &mut payload).map(Err),
        }
    }

    #[inline]
    fn load(cx: &mut LiftContext<'m, '_>, ty: TypeId, at: usize) -> Result<Self, Fault> {
        let (tag, payload) = load_tag(cx, Self::SHAPE.of(cx.abi.pointer), 2, at)?;
        match tag {
            0 => T::load(cx, part_of::<T>(cx.types, ty, 0), payload).map(Ok),
            _ => E::load(cx, part_of::<E>(cx.types, ty, 1), payload).map(Err),
        }
    }
}

impl<T: Lower, E: Lower> Lower for Result<T, E> {
    const PLAIN: bool = T::PLAIN && E::PLAIN;

    #[inline]
    fn requests(&self, cx: &mut RequestContext<'_>, ty: TypeId) -> Result<(), Mismatch> {
        match self {
            Ok(value) => {
                let ty = part_of::<T>(cx.types, ty, 0);
                value.requests(cx, ty).map_err(|error| error.within(Step::Ok))
            }
            Err(value) => {
                let ty = part_of::<E>(cx.types, ty, 1);
                value.requests(cx, ty).map_err(|error| error.within(Step::Err))
            }
        }
    }

    #[inline]
    fn lower_flat(&self, cx: &mut LowerContext<'_>, ty: TypeId, flat: &mut FlatWriter<'_>) -> Result<(), Fault> {
        let shape = Self::SHAPE.of(cx.abi.pointer);
        match self {
            Ok(value) => lower_case(cx, part_of::<T>(cx.types, ty, 0), shape, (0, value), flat),
            Err(value) => lower_case(cx, part_of::<E>(cx.types, ty, 1), shape, (1, value), flat),
        }
    }

    #[inline]
    fn store(&self, cx: &mut LowerContext<'_>, ty: TypeId, at: usize) -> Result<(), Fault> {
        let shape = Self::SHAPE.of(cx.abi.pointer);
        match self {
            Ok(value) => store_case(cx, part_of::<T>(cx.types, ty, 0), shape, 2, (0, value), at),
            Err(value) => store_case(cx, part_of::<E>(cx.types, ty, 1), shape, 2, (1, value), at),
        }
    }
}

impl<T: Param, E: Param> Param for Result<T, E> {
    type At<'a> = Result<T::At<'a>, E::At<'a>>;
}
