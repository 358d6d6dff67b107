//! Handles with the Rust type of what they stand for.
//!
//! The host's own resources, by representation: [`Own`], [`Borrow`]. Those of a guest, which the host holds: [`Held`],
//! [`Lent`]. `T` is any type, and no value of it is in the handle: it keeps handles of different resources apart. For those
//! of the host it is checked when functions are linked that the component means the resource type to which the host gave
//! `T`: a component may import a function of the host with any types, and a representation says nothing of its type.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::marker::PhantomData;

use tambo_component_types::{Type, TypeId};

use super::{Borrowed, Lift, Lower, Owned, Param, Typed};
use crate::memory::{bug, bytes, next, put};
use crate::{
    Fault, FlatReader, FlatWriter, LiftContext, LowerContext, MatchContext, Mismatch, RequestContext, Resource, Shapes,
};

/// A resource of the host that changes its owner. As a parameter of a host function: the guest gives it away. As its
/// result: the guest gets it.
pub struct Own<T>(u64, PhantomData<fn() -> T>);

/// A resource of the host that the guest lends for the call.
pub struct Borrow<T>(u64, PhantomData<fn() -> T>);

/// A resource of a guest that the host owns.
pub struct Held<T>(Owned, PhantomData<fn() -> T>);

/// A resource of a guest that the host lends it for a call.
pub struct Lent<T>(Borrowed, PhantomData<fn() -> T>);

impl<T> Own<T> {
    /// The resource of a representation.
    pub fn new(rep: u64) -> Self {
        Self(rep, PhantomData)
    }

    /// The representation.
    pub fn rep(&self) -> u64 {
        self.0
    }

    /// The same resource, for the time of a call.
    pub fn lend(&self) -> Borrow<T> {
        Borrow::new(self.0)
    }
}

impl<T> Borrow<T> {
    /// The resource of a representation.
    pub fn new(rep: u64) -> Self {
        Self(rep, PhantomData)
    }

    /// The representation.
    pub fn rep(&self) -> u64 {
        self.0
    }
}

impl<T> Held<T> {
    /// A resource that is known to be one of `T`.
    pub fn new(resource: Resource) -> Self {
        Self(Owned(resource), PhantomData)
    }

    /// The same resource, for the time of a call.
    pub fn lend(&self) -> Lent<T> {
        Lent(Borrowed(self.0.0), PhantomData)
    }

    /// The resource, whatever it is.
    pub fn into_resource(self) -> Resource {
        self.0.0
    }
}

impl<T> Clone for Borrow<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Borrow<T> {}

impl<T> Clone for Lent<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Lent<T> {}

macro_rules! compared {
    ($($rust:ident)+) => {
        $(impl<T> fmt::Debug for $rust<T> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_tuple(stringify!($rust)).field(&self.0).finish()
            }
        }

        impl<T> PartialEq for $rust<T> {
            fn eq(&self, other: &Self) -> bool {
                self.0 == other.0
            }
        }

        impl<T> Eq for $rust<T> {}

        impl<T> Hash for $rust<T> {
            fn hash<H: Hasher>(&self, state: &mut H) {
                self.0.hash(state);
            }
        })+
    };
}

compared!(Own Borrow Held Lent);

macro_rules! host_handle {
    ($rust:ident, $case:ident, $what:literal, $lift:ident, $lower:ident) => {
        impl<T: 'static> $rust<T> {
            #[inline]
            fn lift(cx: &mut LiftContext<'_, '_>, ty: TypeId, handle: u32) -> Result<Self, Fault> {
                let Type::$case(resource) = *cx.types.get(ty) else { return Err(not_a_handle()) };
                cx.handles.$lift(handle, resource).map(Self::new)
            }

            #[inline]
            fn lower(&self, cx: &mut LowerContext<'_>, ty: TypeId) -> Result<u32, Fault> {
                let Type::$case(resource) = *cx.types.get(ty) else { return Err(not_a_handle()) };
                cx.handles.$lower(self.0, resource)
            }
        }

        impl<T: 'static> Typed for $rust<T> {
            const SHAPE: Shapes = Shapes::scalar(4);
            const HANDLES: bool = true;

            fn matches(cx: &MatchContext<'_>, ty: TypeId) -> Result<(), Mismatch> {
                match *cx.types.get(ty) {
                    Type::$case(resource) => cx.check_marker::<T>(ty, resource),
                    _ => Err(Mismatch::expected(cx.types, ty, $what)),
                }
            }
        }

        impl<'m, T: 'static> Lift<'m> for $rust<T> {
            #[inline]
            fn lift_flat(cx: &mut LiftContext<'m, '_>, ty: TypeId, flat: &mut FlatReader<'_>) -> Result<Self, Fault> {
                Self::lift(cx, ty, next(flat)? as u32)
            }

            fn load(cx: &mut LiftContext<'m, '_>, ty: TypeId, at: usize) -> Result<Self, Fault> {
                let handle = u32::from_le_bytes(bytes(cx.memory, at)?);
                Self::lift(cx, ty, handle)
            }
        }

        impl<T: 'static> Lower for $rust<T> {
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
                put(cx.memory, at, handle.to_le_bytes())
            }
        }

        impl<T: 'static> Param for $rust<T> {
            type At<'a> = Self;
        }
    };
}

host_handle!(Own, Own, "an owned resource", lift_own, lower_own);
host_handle!(Borrow, Borrow, "a borrowed resource", lift_borrow, lower_borrow);

macro_rules! guest_handle {
    ($rust:ident, $inner:ident) => {
        impl<T> Typed for $rust<T> {
            const SHAPE: Shapes = $inner::SHAPE;
            const HANDLES: bool = true;

            fn matches(cx: &MatchContext<'_>, ty: TypeId) -> Result<(), Mismatch> {
                $inner::matches(cx, ty)
            }
        }

        impl<'m, T> Lift<'m> for $rust<T> {
            fn lift_flat(cx: &mut LiftContext<'m, '_>, ty: TypeId, flat: &mut FlatReader<'_>) -> Result<Self, Fault> {
                $inner::lift_flat(cx, ty, flat).map(|inner| Self(inner, PhantomData))
            }

            fn load(cx: &mut LiftContext<'m, '_>, ty: TypeId, at: usize) -> Result<Self, Fault> {
                $inner::load(cx, ty, at).map(|inner| Self(inner, PhantomData))
            }
        }

        impl<T> Lower for $rust<T> {
            fn requests(&self, cx: &mut RequestContext<'_>, ty: TypeId) -> Result<(), Mismatch> {
                self.0.requests(cx, ty)
            }

            fn lower_flat(
                &self,
                cx: &mut LowerContext<'_>,
                ty: TypeId,
                flat: &mut FlatWriter<'_>,
            ) -> Result<(), Fault> {
                self.0.lower_flat(cx, ty, flat)
            }

            fn store(&self, cx: &mut LowerContext<'_>, ty: TypeId, at: usize) -> Result<(), Fault> {
                self.0.store(cx, ty, at)
            }
        }

        impl<T: 'static> Param for $rust<T> {
            type At<'a> = Self;
        }
    };
}

guest_handle!(Held, Owned);
guest_handle!(Lent, Borrowed);

#[cold]
fn not_a_handle() -> Fault {
    bug("a handle is lifted or lowered as what it is not")
}
