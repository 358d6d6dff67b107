//! Tuples of up to sixteen, as values and as the parameters of functions.

use tambo_component_types::{FuncType, Pointer, Type, TypeId, Types};

use super::values::{block_request, check_count, check_param, param, spills};
use super::{Lift, LiftParams, Lower, LowerParams, Param, Typed, part_of};
use crate::mismatch::Step;
use crate::shape::Cursor;
use crate::{Fault, FlatReader, FlatWriter, LiftContext, LowerContext, MatchContext, Mismatch, RequestContext, Shapes};

/// Whether a type is a tuple of so many; its parts.
fn parts(types: &Types, ty: TypeId, count: usize) -> Result<&[TypeId], Mismatch> {
    match types.get(ty) {
        Type::Tuple(parts) if parts.len() == count => Ok(parts),
        _ => Err(Mismatch::expected(types, ty, &format!("a Rust tuple of {count}"))),
    }
}

macro_rules! tuple_value {
    ($count:literal: $($name:ident $index:tt),+) => {
        impl<$($name: Typed),+> Typed for ($($name,)+) {
            const SHAPE: Shapes = Shapes::sequence(&[$($name::SHAPE),+]);
            const HANDLES: bool = $($name::HANDLES)||+;

            fn matches(cx: &MatchContext<'_>, ty: TypeId) -> Result<(), Mismatch> {
                let parts = parts(cx.types, ty, $count)?;
                $($name::matches(cx, parts[$index]).map_err(|error| error.within(Step::Element($index)))?;)+
                Ok(())
            }
        }

        impl<'m, $($name: Lift<'m>),+> Lift<'m> for ($($name,)+) {
            #[inline]
            fn lift_flat(
                cx: &mut LiftContext<'m, '_>,
                ty: TypeId,
                flat: &mut FlatReader<'_>,
            ) -> Result<Self, Fault> {
                Ok(($($name::lift_flat(cx, part_of::<$name>(cx.types, ty, $index), flat)?,)+))
            }

            #[inline]
            fn load(cx: &mut LiftContext<'m, '_>, ty: TypeId, at: usize) -> Result<Self, Fault> {
                let mut cursor = Cursor::new(at);
                Ok(($({
                    let at = cursor.next($name::SHAPE.of(cx.abi.pointer));
                    $name::load(cx, part_of::<$name>(cx.types, ty, $index), at)?
                },)+))
            }
        }

        impl<$($name: Lower),+> Lower for ($($name,)+) {
            const PLAIN: bool = $($name::PLAIN)&&+;

            #[inline]
            fn requests(&self, cx: &mut RequestContext<'_>, ty: TypeId) -> Result<(), Mismatch> {
                $({
                    let part = part_of::<$name>(cx.types, ty, $index);
                    self.$index.requests(cx, part).map_err(|error| error.within(Step::Element($index)))?;
                })+
                Ok(())
            }

            #[inline]
            fn lower_flat(
                &self,
                cx: &mut LowerContext<'_>,
                ty: TypeId,
                flat: &mut FlatWriter<'_>,
            ) -> Result<(), Fault> {
                $(self.$index.lower_flat(cx, part_of::<$name>(cx.types, ty, $index), flat)?;)+
                Ok(())
            }

            #[inline]
            fn store(&self, cx: &mut LowerContext<'_>, ty: TypeId, at: usize) -> Result<(), Fault> {
                let mut cursor = Cursor::new(at);
                $({
                    let at = cursor.next($name::SHAPE.of(cx.abi.pointer));
                    self.$index.store(cx, part_of::<$name>(cx.types, ty, $index), at)?;
                })+
                Ok(())
            }
        }

        impl<$($name: Param),+> Param for ($($name,)+) {
            type At<'a> = ($($name::At<'a>,)+);
        }
    };
}

macro_rules! tuple_params {
    ($count:literal: $($name:ident $index:tt),+) => {
        impl<$($name: Param),+> LiftParams for ($($name,)+) {
            type At<'a> = ($($name::At<'a>,)+);

            fn matches(cx: &MatchContext<'_>, func: &FuncType) -> Result<(), Mismatch> {
                check_count(func, $count)?;
                $(check_param(cx, func, $index, $name::matches)?;)+
                Ok(())
            }

            #[inline(always)]
            fn lift<'m>(
                cx: &mut LiftContext<'m, '_>,
                func: &FuncType,
                max_flat: usize,
                flat: &mut FlatReader<'_>,
            ) -> Result<Self::At<'m>, Fault> {
                let shape = Self::SHAPE.of(cx.abi.pointer);
                if !spills(shape, max_flat) {
                    return Ok(($($name::At::lift_flat(cx, param(func, $index)?, flat)?,)+));
                }
                let address = cx.flat_pointer(flat)?;
                let mut cursor = Cursor::new(cx.block(address, shape)?);
                Ok(($({
                    let at = cursor.next($name::SHAPE.of(cx.abi.pointer));
                    $name::At::load(cx, param(func, $index)?, at)?
                },)+))
            }
        }

        impl<$($name: Lower),+> LowerParams for ($($name,)+) {
            fn matches(cx: &MatchContext<'_>, func: &FuncType) -> Result<(), Mismatch> {
                check_count(func, $count)?;
                $(check_param(cx, func, $index, $name::matches)?;)+
                Ok(())
            }

            #[inline]
            fn plain(pointer: Pointer, max_flat: usize) -> bool {
                <Self as Lower>::PLAIN && !spills(Self::SHAPE.of(pointer), max_flat)
            }

            #[inline]
            fn requests(
                &self,
                cx: &mut RequestContext<'_>,
                func: &FuncType,
                max_flat: usize,
            ) -> Result<(), Mismatch> {
                check_count(func, $count)?;
                let shape = Self::SHAPE.of(cx.abi.pointer);
                if spills(shape, max_flat) {
                    cx.requests.push(block_request(shape));
                }
                $({
                    let param = &func.params[$index];
                    let outcome = self.$index.requests(cx, param.ty);
                    outcome.map_err(|error| error.within(Step::Parameter(param.name.to_string())))?;
                })+
                Ok(())
            }

            #[inline(always)]
            fn lower(
                &self,
                cx: &mut LowerContext<'_>,
                func: &FuncType,
                max_flat: usize,
                flat: &mut FlatWriter<'_>,
            ) -> Result<(), Fault> {
                let shape = Self::SHAPE.of(cx.abi.pointer);
                if !spills(shape, max_flat) {
                    $(self.$index.lower_flat(cx, param(func, $index)?, flat)?;)+
                    return Ok(());
                }
                let block = cx.take(shape.align, shape.size)?;
                flat.push(block as u64)?;
                let mut cursor = Cursor::new(block);
                $({
                    let at = cursor.next($name::SHAPE.of(cx.abi.pointer));
                    self.$index.store(cx, param(func, $index)?, at)?;
                })+
                Ok(())
            }
        }
    };
}

macro_rules! tuple {
    ($count:literal: $($parts:tt)+) => {
        tuple_value!($count: $($parts)+);
        tuple_params!($count: $($parts)+);
    };
}

tuple!(1: A 0);
tuple!(2: A 0, B 1);
tuple!(3: A 0, B 1, C 2);
tuple!(4: A 0, B 1, C 2, D 3);
tuple!(5: A 0, B 1, C 2, D 3, E 4);
tuple!(6: A 0, B 1, C 2, D 3, E 4, F 5);
tuple!(7: A 0, B 1, C 2, D 3, E 4, F 5, G 6);
tuple!(8: A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7);
tuple!(9: A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8);
tuple!(10: A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8, J 9);
tuple!(11: A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8, J 9, K 10);
tuple!(12: A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8, J 9, K 10, L 11);
tuple!(13: A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8, J 9, K 10, L 11, N 12);
tuple!(14: A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8, J 9, K 10, L 11, N 12, O 13);
tuple!(15: A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8, J 9, K 10, L 11, N 12, O 13, Q 14);
tuple!(16: A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8, J 9, K 10, L 11, N 12, O 13, Q 14, R 15);

impl LiftParams for () {
    type At<'a> = ();

    fn matches(_: &MatchContext<'_>, func: &FuncType) -> Result<(), Mismatch> {
        check_count(func, 0)
    }

    #[inline]
    fn lift<'m>(
        _: &mut LiftContext<'m, '_>,
        _: &FuncType,
        _: usize,
        _: &mut FlatReader<'_>,
    ) -> Result<Self::At<'m>, Fault> {
        Ok(())
    }
}

impl LowerParams for () {
    fn matches(_: &MatchContext<'_>, func: &FuncType) -> Result<(), Mismatch> {
        check_count(func, 0)
    }

    #[inline]
    fn plain(_: Pointer, _: usize) -> bool {
        true
    }

    fn requests(&self, _: &mut RequestContext<'_>, _: &FuncType, _: usize) -> Result<(), Mismatch> {
        Ok(())
    }

    #[inline]
    fn lower(&self, _: &mut LowerContext<'_>, _: &FuncType, _: usize, _: &mut FlatWriter<'_>) -> Result<(), Fault> {
        Ok(())
    }
}
