//! Lists: `&[u8]`, `Vec<T>`, `[T; N]`, slices; and what only points: `&T`, `Box<T>`, `Arc<T>`, `Cow<T>`.

use std::borrow::Cow;
use std::sync::Arc;

use tambo_component_types::{MAX_FLAT_PARAMS, Pointer, Type, TypeId};

use super::{Lift, Lower, Param, Typed, part_of};
use crate::dynamic::check_list;
use crate::memory::{Run, bug};
use crate::mismatch::Step;
use crate::{
    Fault, FlatReader, FlatWriter, LiftContext, LowerContext, MatchContext, Mismatch, Request, RequestContext, Shapes,
};

impl<T: Typed> Typed for [T] {
    const SHAPE: Shapes = Shapes::POINTER_AND_LENGTH;
    const HANDLES: bool = T::HANDLES;

    fn matches(cx: &MatchContext<'_>, ty: TypeId) -> Result<(), Mismatch> {
        match cx.types.get(ty) {
            Type::List(element) => T::matches(cx, *element).map_err(|error| error.within(Step::AnyElement)),
            _ => Err(Mismatch::expected(cx.types, ty, "a Rust list")),
        }
    }
}

/// Write the elements; where they are, and how many.
#[inline]
fn put_list<T: Lower>(list: &[T], cx: &mut LowerContext<'_>, ty: TypeId) -> Result<(u64, u64), Fault> {
    let shape = T::SHAPE.of(cx.abi.pointer);
    let at = cx.take(shape.align, shape.size.saturating_mul(list.len() as u32))?;
    let element = part_of::<T>(cx.types, ty, 0);
    T::store_list(list, cx, element, at)?;
    Ok((at as u64, list.len() as u64))
}

#[inline]
fn request_elements<T: Lower>(list: &[T], cx: &mut RequestContext<'_>, ty: TypeId) -> Result<(), Mismatch> {
    if T::PLAIN {
        return Ok(());
    }
    let element = part_of::<T>(cx.types, ty, 0);
    for (index, value) in list.iter().enumerate() {
        value.requests(cx, element).map_err(|error| error.within(Step::Element(index)))?;
    }
    Ok(())
}

impl<T: Lower> Lower for [T] {
    #[inline]
    fn requests(&self, cx: &mut RequestContext<'_>, ty: TypeId) -> Result<(), Mismatch> {
        check_list(T::SHAPE.of(Pointer::Bits32).size, self.len())?;
        let shape = T::SHAPE.of(cx.abi.pointer);
        let size = shape.size.saturating_mul(self.len() as u32);
        cx.requests.push(Request { align: shape.align, size });
        request_elements(self, cx, ty)
    }

    #[inline]
    fn lower_flat(&self, cx: &mut LowerContext<'_>, ty: TypeId, flat: &mut FlatWriter<'_>) -> Result<(), Fault> {
        let (address, length) = put_list(self, cx, ty)?;
        flat.push(address)?;
        flat.push(length)
    }

    #[inline]
    fn store(&self, cx: &mut LowerContext<'_>, ty: TypeId, at: usize) -> Result<(), Fault> {
        let pair = put_list(self, cx, ty)?;
        cx.put_pair(at, pair)
    }
}

impl<'m> Lift<'m> for &'m [u8] {
    #[inline]
    fn lift_flat(cx: &mut LiftContext<'m, '_>, _: TypeId, flat: &mut FlatReader<'_>) -> Result<Self, Fault> {
        cx.byte_run(cx.flat_pair(flat)?)
    }

    #[inline]
    fn load(cx: &mut LiftContext<'m, '_>, _: TypeId, at: usize) -> Result<Self, Fault> {
        cx.byte_run(cx.load_pair(at)?)
    }
}

impl Param for &'static [u8] {
    type At<'a> = &'a [u8];
}

impl<T: Typed> Typed for Vec<T> {
    const SHAPE: Shapes = <[T]>::SHAPE;
    const HANDLES: bool = T::HANDLES;

    fn matches(cx: &MatchContext<'_>, ty: TypeId) -> Result<(), Mismatch> {
        <[T]>::matches(cx, ty)
    }
}

#[inline]
fn lift_list<'m, T: Lift<'m>>(cx: &mut LiftContext<'m, '_>, ty: TypeId, pair: (u64, u64)) -> Result<Vec<T>, Fault> {
    let Run { at, length } = cx.run(pair, T::SHAPE.of(cx.abi.pointer))?;
    cx.budget.charge(length.saturating_mul(size_of::<T>().max(1)))?;
    let element = part_of::<T>(cx.types, ty, 0);
    T::load_list(cx, element, at, length)
}

impl<'m, T: Lift<'m>> Lift<'m> for Vec<T> {
    #[inline]
    fn lift_flat(cx: &mut LiftContext<'m, '_>, ty: TypeId, flat: &mut FlatReader<'_>) -> Result<Self, Fault> {
        let pair = cx.flat_pair(flat)?;
        lift_list(cx, ty, pair)
    }

    #[inline]
    fn load(cx: &mut LiftContext<'m, '_>, ty: TypeId, at: usize) -> Result<Self, Fault> {
        let pair = cx.load_pair(at)?;
        lift_list(cx, ty, pair)
    }
}

impl<T: Lower> Lower for Vec<T> {
    #[inline]
    fn requests(&self, cx: &mut RequestContext<'_>, ty: TypeId) -> Result<(), Mismatch> {
        self.as_slice().requests(cx, ty)
    }

    #[inline]
    fn lower_flat(&self, cx: &mut LowerContext<'_>, ty: TypeId, flat: &mut FlatWriter<'_>) -> Result<(), Fault> {
        self.as_slice().lower_flat(cx, ty, flat)
    }

    #[inline]
    fn store(&self, cx: &mut LowerContext<'_>, ty: TypeId, at: usize) -> Result<(), Fault> {
        self.as_slice().store(cx, ty, at)
    }
}

impl<T: Param> Param for Vec<T> {
    type At<'a> = Vec<T::At<'a>>;
}

impl<T: Typed, const N: usize> Typed for [T; N] {
    const SHAPE: Shapes = T::SHAPE.repeated(N);
    const HANDLES: bool = T::HANDLES;

    fn matches(cx: &MatchContext<'_>, ty: TypeId) -> Result<(), Mismatch> {
        match cx.types.get(ty) {
            Type::FixedList(element, length) if *length as usize == N => {
                T::matches(cx, *element).map_err(|error| error.within(Step::AnyElement))
            }
            _ => Err(Mismatch::expected(cx.types, ty, &format!("a Rust array of {N} elements"))),
        }
    }
}

fn array<T, const N: usize>(list: Vec<T>) -> Result<[T; N], Fault> {
    list.try_into().map_err(|_| bug("a list of fixed length has another length"))
}

impl<'m, T: Lift<'m>, const N: usize> Lift<'m> for [T; N] {
    fn lift_flat(cx: &mut LiftContext<'m, '_>, ty: TypeId, flat: &mut FlatReader<'_>) -> Result<Self, Fault> {
        let element = part_of::<T>(cx.types, ty, 0);
        let mut list = Vec::with_capacity(N.min(MAX_FLAT_PARAMS));
        for _ in 0..N {
            list.push(T::lift_flat(cx, element, flat)?);
        }
        array(list)
    }

    fn load(cx: &mut LiftContext<'m, '_>, ty: TypeId, at: usize) -> Result<Self, Fault> {
        let element = part_of::<T>(cx.types, ty, 0);
        array(T::load_list(cx, element, at, N)?)
    }
}

impl<T: Lower, const N: usize> Lower for [T; N] {
    const PLAIN: bool = T::PLAIN;

    fn requests(&self, cx: &mut RequestContext<'_>, ty: TypeId) -> Result<(), Mismatch> {
        request_elements(self, cx, ty)
    }

    fn lower_flat(&self, cx: &mut LowerContext<'_>, ty: TypeId, flat: &mut FlatWriter<'_>) -> Result<(), Fault> {
        let element = part_of::<T>(cx.types, ty, 0);
        self.iter().try_for_each(|value| value.lower_flat(cx, element, flat))
    }

    fn store(&self, cx: &mut LowerContext<'_>, ty: TypeId, at: usize) -> Result<(), Fault> {
        let element = part_of::<T>(cx.types, ty, 0);
        T::store_list(self, cx, element, at)
    }
}

impl<T: Param, const N: usize> Param for [T; N] {
    type At<'a> = [T::At<'a>; N];
}

/// What points to a value is the value.
macro_rules! pointing {
    ($pointer:ty where $($bounds:tt)+) => {
        impl<$($bounds)+> Typed for $pointer
        where
            T: Typed,
        {
            const SHAPE: Shapes = T::SHAPE;
            const HANDLES: bool = T::HANDLES;
            const NOTHING: bool = T::NOTHING;

            fn matches(cx: &MatchContext<'_>, ty: TypeId) -> Result<(), Mismatch> {
                T::matches(cx, ty)
            }
        }

        impl<$($bounds)+> Lower for $pointer
        where
            T: Lower,
        {
            const PLAIN: bool = T::PLAIN;

            #[inline]
            fn requests(&self, cx: &mut RequestContext<'_>, ty: TypeId) -> Result<(), Mismatch> {
                (**self).requests(cx, ty)
            }

            #[inline]
            fn lower_flat(
                &self,
                cx: &mut LowerContext<'_>,
                ty: TypeId,
                flat: &mut FlatWriter<'_>,
            ) -> Result<(), Fault> {
                (**self).lower_flat(cx, ty, flat)
            }

            #[inline]
            fn store(&self, cx: &mut LowerContext<'_>, ty: TypeId, at: usize) -> Result<(), Fault> {
                (**self).store(cx, ty, at)
            }
        }
    };
}

pointing!(&T where T: ?Sized);
pointing!(Box<T> where T: ?Sized);
pointing!(Arc<T> where T: ?Sized);
pointing!(Cow<'_, T> where T: ?Sized + ToOwned);

impl<'m, T: Lift<'m>> Lift<'m> for Box<T> {
    fn lift_flat(cx: &mut LiftContext<'m, '_>, ty: TypeId, flat: &mut FlatReader<'_>) -> Result<Self, Fault> {
        cx.budget.charge(size_of::<T>())?;
        T::lift_flat(cx, ty, flat).map(Box::new)
    }

    fn load(cx: &mut LiftContext<'m, '_>, ty: TypeId, at: usize) -> Result<Self, Fault> {
        cx.budget.charge(size_of::<T>())?;
        T::load(cx, ty, at).map(Box::new)
    }
}

impl<T: Param> Param for Box<T> {
    type At<'a> = Box<T::At<'a>>;
}
