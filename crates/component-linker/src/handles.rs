//! Handles of the host's own resources, by representation.

use tambo_component_runtime::abi::typed::{Lift, Lower, Param, Typed};
use tambo_component_runtime::abi::types::{Type, TypeId, Types};
use tambo_component_runtime::abi::{
    Fault, FlatReader, FlatWriter, LiftContext, LowerContext, Mismatch, RequestContext, Shapes,
};

/// An owned resource, by its representation. As a parameter of a host function: the guest gives it away. As a result:
/// the guest gets it. Its type is what the function's type says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct OwnRep(pub u64);

/// A resource that the guest lends for the call, by its representation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct BorrowRep(pub u64);

#[cold]
fn bug() -> Fault {
    Fault::new("bug in tambo, please report it: a handle is not where its type says")
}

fn load_handle(cx: &LiftContext<'_, '_>, at: usize) -> Result<u32, Fault> {
    let bytes = cx.memory.get(at..).and_then(|rest| rest.first_chunk()).ok_or_else(bug)?;
    Ok(u32::from_le_bytes(*bytes))
}

macro_rules! handle {
    ($rust:ident, $case:ident, $what:literal, $lift:ident, $lower:ident) => {
        impl $rust {
            #[inline]
            fn lift(cx: &mut LiftContext<'_, '_>, ty: TypeId, handle: u32) -> Result<Self, Fault> {
                let Type::$case(resource) = *cx.types.get(ty) else { return Err(bug()) };
                cx.handles.$lift(handle, resource).map(Self)
            }

            #[inline]
            fn lower(self, cx: &mut LowerContext<'_>, ty: TypeId) -> Result<u32, Fault> {
                let Type::$case(resource) = *cx.types.get(ty) else { return Err(bug()) };
                cx.handles.$lower(self.0, resource)
            }
        }

        impl Typed for $rust {
            const SHAPE: Shapes = Shapes::scalar(4);
            const HANDLES: bool = true;

            fn matches(types: &Types, ty: TypeId) -> Result<(), Mismatch> {
                match types.get(ty) {
                    Type::$case(_) => Ok(()),
                    _ => Err(Mismatch::expected(types, ty, $what)),
                }
            }
        }

        impl<'m> Lift<'m> for $rust {
            #[inline]
            fn lift_flat(cx: &mut LiftContext<'m, '_>, ty: TypeId, flat: &mut FlatReader<'_>) -> Result<Self, Fault> {
                let handle = *flat.next().ok_or_else(bug)?;
                Self::lift(cx, ty, handle as u32)
            }

            fn load(cx: &mut LiftContext<'m, '_>, ty: TypeId, at: usize) -> Result<Self, Fault> {
                let handle = load_handle(cx, at)?;
                Self::lift(cx, ty, handle)
            }
        }

        impl Lower for $rust {
            const PLAIN: bool = true;

            fn requests(&self, _: &mut RequestContext<'_>, _: TypeId) -> Result<(), Mismatch> {
                Ok(())
            }

            #[inline]
            fn lower_flat(
                &self,
                cx: &mut LowerContext<'_>,
                ty: TypeId,
                flat: &mut FlatWriter<'_>,
            ) -> Result<(), Fault> {
                flat.push(self.lower(cx, ty)?.into())
            }

            fn store(&self, cx: &mut LowerContext<'_>, ty: TypeId, at: usize) -> Result<(), Fault> {
                let handle = self.lower(cx, ty)?;
                let place = cx.memory.get_mut(at..).and_then(|rest| rest.first_chunk_mut()).ok_or_else(bug)?;
                *place = handle.to_le_bytes();
                Ok(())
            }
        }

        impl Param for $rust {
            type At<'a> = Self;
        }
    };
}

handle!(OwnRep, Own, "an owned resource", lift_own, lower_own);
handle!(BorrowRep, Borrow, "a borrowed resource", lift_borrow, lower_borrow);
