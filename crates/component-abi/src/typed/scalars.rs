//! Numbers, booleans and characters; and nothing.

use tambo_component_types::{Type, TypeId};

use super::{Lift, Lower, Param, Typed};
use crate::float::{f32_from_bits, f32_to_bits, f64_from_bits, f64_to_bits};
use crate::memory::{bytes, check_char, next, put};
use crate::{Fault, FlatReader, FlatWriter, LiftContext, LowerContext, MatchContext, Mismatch, RequestContext, Shapes};

/// A type of one flat value: how it becomes bytes and flat bits, and comes from them.
macro_rules! scalar {
    ($rust:ty, $name:ident, $size:literal, to $to:expr, from $from:expr, flat $flat:expr, unflat $unflat:expr) => {
        impl Typed for $rust {
            const SHAPE: Shapes = Shapes::scalar($size);

            fn matches(cx: &MatchContext<'_>, ty: TypeId) -> Result<(), Mismatch> {
                match cx.types.get(ty) {
                    Type::$name => Ok(()),
                    _ => Err(Mismatch::expected(cx.types, ty, concat!("Rust's `", stringify!($rust), "`"))),
                }
            }
        }

        impl<'m> Lift<'m> for $rust {
            #[inline]
            fn lift_flat(_: &mut LiftContext<'m, '_>, _: TypeId, flat: &mut FlatReader<'_>) -> Result<Self, Fault> {
                let unflat: fn(u64) -> Result<$rust, Fault> = $unflat;
                unflat(next(flat)?)
            }

            #[inline]
            fn load(cx: &mut LiftContext<'m, '_>, _: TypeId, at: usize) -> Result<Self, Fault> {
                let from: fn([u8; $size]) -> Result<$rust, Fault> = $from;
                from(bytes::<$size>(cx.memory, at)?)
            }

            fn load_list(
                cx: &mut LiftContext<'m, '_>,
                _: TypeId,
                at: usize,
                length: usize,
            ) -> Result<Vec<Self>, Fault> {
                let from: fn([u8; $size]) -> Result<$rust, Fault> = $from;
                let (elements, _) = cx.slice(at, length.saturating_mul($size))?.as_chunks::<$size>();
                let mut list = Vec::with_capacity(length);
                for element in elements {
                    list.push(from(*element)?);
                }
                Ok(list)
            }
        }

        impl Lower for $rust {
            const PLAIN: bool = true;

            #[inline]
            fn requests(&self, _: &mut RequestContext<'_>, _: TypeId) -> Result<(), Mismatch> {
                Ok(())
            }

            #[inline]
            fn lower_flat(&self, _: &mut LowerContext<'_>, _: TypeId, flat: &mut FlatWriter<'_>) -> Result<(), Fault> {
                let to_flat: fn($rust) -> u64 = $flat;
                flat.push(to_flat(*self))
            }

            #[inline]
            fn store(&self, cx: &mut LowerContext<'_>, _: TypeId, at: usize) -> Result<(), Fault> {
                let to: fn($rust) -> [u8; $size] = $to;
                put(cx.memory, at, to(*self))
            }

            fn store_list(list: &[Self], cx: &mut LowerContext<'_>, _: TypeId, at: usize) -> Result<(), Fault> {
                let to: fn($rust) -> [u8; $size] = $to;
                let (places, _) = cx.slice(at, list.len().saturating_mul($size))?.as_chunks_mut::<$size>();
                for (place, value) in places.iter_mut().zip(list) {
                    *place = to(*value);
                }
                Ok(())
            }
        }

        impl Param for $rust {
            type At<'a> = Self;
        }
    };
}

macro_rules! integer {
    ($rust:ty, $name:ident, $size:literal, flat $flat:expr) => {
        scalar!(
            $rust, $name, $size,
            to <$rust>::to_le_bytes,
            from |bytes| Ok(<$rust>::from_le_bytes(bytes)),
            flat $flat,
            unflat |bits| Ok(bits as $rust)
        );
    };
}

integer!(u8, U8, 1, flat u64::from);
integer!(u16, U16, 2, flat u64::from);
integer!(u32, U32, 4, flat u64::from);
integer!(u64, U64, 8, flat | value | value);
integer!(i8, S8, 1, flat | value | u64::from(i32::from(value) as u32));
integer!(i16, S16, 2, flat | value | u64::from(i32::from(value) as u32));
integer!(i32, S32, 4, flat | value | u64::from(value as u32));
integer!(i64, S64, 8, flat | value | value as u64);

scalar!(
    bool, Bool, 1,
    to |value| [value.into()],
    from |bytes| Ok(bytes != [0]),
    flat u64::from,
    unflat |bits| Ok(bits as u32 != 0)
);
scalar!(
    f32,
    F32,
    4,
    to | value | f32_to_bits(value).to_le_bytes(),
    from | bytes | Ok(f32_from_bits(u32::from_le_bytes(bytes))),
    flat | value | f32_to_bits(value).into(),
    unflat | bits | Ok(f32_from_bits(bits as u32))
);
scalar!(
    f64, F64, 8,
    to |value| f64_to_bits(value).to_le_bytes(),
    from |bytes| Ok(f64_from_bits(u64::from_le_bytes(bytes))),
    flat f64_to_bits,
    unflat |bits| Ok(f64_from_bits(bits))
);
scalar!(
    char,
    Char,
    4,
    to | value | u32::from(value).to_le_bytes(),
    from | bytes | check_char(u32::from_le_bytes(bytes)),
    flat | value | u32::from(value).into(),
    unflat | bits | check_char(bits as u32)
);

/// What a `result` without a payload carries. It is no type of its own.
impl Typed for () {
    const SHAPE: Shapes = Shapes::EMPTY;
    const NOTHING: bool = true;

    fn matches(cx: &MatchContext<'_>, ty: TypeId) -> Result<(), Mismatch> {
        Err(Mismatch::expected(cx.types, ty, "Rust's `()`"))
    }
}

impl<'m> Lift<'m> for () {
    #[inline]
    fn lift_flat(_: &mut LiftContext<'m, '_>, _: TypeId, _: &mut FlatReader<'_>) -> Result<Self, Fault> {
        Ok(())
    }

    #[inline]
    fn load(_: &mut LiftContext<'m, '_>, _: TypeId, _: usize) -> Result<Self, Fault> {
        Ok(())
    }
}

impl Lower for () {
    const PLAIN: bool = true;

    #[inline]
    fn requests(&self, _: &mut RequestContext<'_>, _: TypeId) -> Result<(), Mismatch> {
        Ok(())
    }

    #[inline]
    fn lower_flat(&self, _: &mut LowerContext<'_>, _: TypeId, _: &mut FlatWriter<'_>) -> Result<(), Fault> {
        Ok(())
    }

    #[inline]
    fn store(&self, _: &mut LowerContext<'_>, _: TypeId, _: usize) -> Result<(), Fault> {
        Ok(())
    }
}

impl Param for () {
    type At<'a> = ();
}
