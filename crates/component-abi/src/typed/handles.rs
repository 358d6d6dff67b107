//! Handles, untyped: a resource of whatever type the component's type says. Typed resources are built on these.

use tambo_component_types::{Type, TypeId};

use super::{Lift, Lower, Param, Typed};
use crate::memory::{bug, bytes, next, put};
use crate::{
    Fault, FlatReader, FlatWriter, LiftContext, LowerContext, MatchContext, Mismatch, Passing, RequestContext,
    Resource, Shapes,
};

/// A resource that changes its owner.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Owned(pub Resource);

/// A resource that is lent for a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Borrowed(pub Resource);

macro_rules! handle {
    ($rust:ident, $name:ident, $what:literal, $lift:ident, $lower:ident, $passing:ident) => {
        impl $rust {
            fn lift(cx: &mut LiftContext<'_, '_>, ty: TypeId, handle: u32) -> Result<Self, Fault> {
                let Type::$name(ty) = *cx.types.get(ty) else { return Err(not_a_handle()) };
                let rep = cx.handles.$lift(handle, ty)?;
                Ok(Self(Resource::of_store(ty, rep, cx.handles.store())))
            }

            fn lower(self, cx: &mut LowerContext<'_>, ty: TypeId) -> Result<u32, Fault> {
                let Type::$name(ty) = *cx.types.get(ty) else { return Err(not_a_handle()) };
                cx.handles.$lower(self.0.rep, ty)
            }
        }

        impl Typed for $rust {
            const SHAPE: Shapes = Shapes::scalar(4);
            const HANDLES: bool = true;

            fn matches(cx: &MatchContext<'_>, ty: TypeId) -> Result<(), Mismatch> {
                match cx.types.get(ty) {
                    Type::$name(_) => Ok(()),
                    _ => Err(Mismatch::expected(cx.types, ty, $what)),
                }
            }
        }

        impl<'m> Lift<'m> for $rust {
            fn lift_flat(cx: &mut LiftContext<'m, '_>, ty: TypeId, flat: &mut FlatReader<'_>) -> Result<Self, Fault> {
                Self::lift(cx, ty, next(flat)? as u32)
            }

            fn load(cx: &mut LiftContext<'m, '_>, ty: TypeId, at: usize) -> Result<Self, Fault> {
                let handle = u32::from_le_bytes(bytes(cx.memory, at)?);
                Self::lift(cx, ty, handle)
            }
        }

        impl Lower for $rust {
            fn requests(&self, cx: &mut RequestContext<'_>, ty: TypeId) -> Result<(), Mismatch> {
                match cx.types.get(ty) {
                    Type::$name(resource) if *resource == self.0.ty => cx.handles.offer(self.0, Passing::$passing),
                    _ => {
                        let got = format!("a handle of resource {}", self.0.ty.0);
                        Err(Mismatch::expected(cx.types, ty, &got))
                    }
                }
            }

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
                put(cx.memory, at, handle.to_le_bytes())
            }
        }

        impl Param for $rust {
            type At<'a> = Self;
        }
    };
}

handle!(Owned, Own, "an owned resource", lift_own, lower_own, Given);
handle!(Borrowed, Borrow, "a borrowed resource", lift_borrow, lower_borrow, Lent);

#[cold]
fn not_a_handle() -> Fault {
    bug("a handle is lifted or lowered as what it is not")
}
