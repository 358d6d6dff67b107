//! Values whose type is a Rust type: lifted and lowered by code that the compiler makes for each type.
//!
//! [`Typed`] says which component type a Rust type can stand for, checked once when functions are linked; [`Lift`] and
//! [`Lower`] are its values' way in and out, and rely on that check (a wrong type gives wrong values or a fault, not
//! more). Lifting a scalar, a `&str` of UTF-8 or a `&[u8]` allocates nothing; lists of numbers are copied as one.
//!
//! A function of the host is described by `'static` types, of which [`Param::At`] makes the ones that a call is made
//! with: `(&'static str, u32)` is passed as `(&'a str, u32)`. See [`LiftParams`], [`LowerResult`] for functions of the
//! host, [`LowerParams`], [`LiftResult`] for functions of the guest.

mod choice;
mod filled;
mod flags;
mod handles;
mod lists;
mod macros;
mod resources;
mod scalars;
mod text;
mod tuples;
mod values;

use tambo_component_types::{Type, TypeId, Types};

use crate::shape::Shape;
use crate::{Fault, FlatReader, FlatWriter, LiftContext, LowerContext, MatchContext, Mismatch, RequestContext, Shapes};

#[doc(hidden)]
pub use choice::{check_payload, lift_tag, load_tag, lower_case, store_case};
pub use filled::{Filled, Space};
#[doc(hidden)]
pub use flags::{flags_shape, lift_flags, load_flags, lower_flags, store_flags};
pub use handles::{Borrowed, Owned};
#[doc(hidden)]
pub use macros::{check_labels, label_matches, no_case};
pub use resources::{Borrow, Held, Lent, Own};
pub use values::{LiftParams, LiftResult, LowerParams, LowerResult};

/// A Rust type that can stand for types of the component model.
pub trait Typed {
    /// How values lie.
    const SHAPE: Shapes;
    /// Whether handles occur in it: only then does lifting look at the component's type.
    const HANDLES: bool = false;
    /// Whether it is nothing: the payload of a `result` that carries none.
    const NOTHING: bool = false;

    /// Whether it can stand for this type.
    fn matches(cx: &MatchContext<'_>, ty: TypeId) -> Result<(), Mismatch>;
}

/// A value's way out of the guest, whose memory lives for `'m`.
pub trait Lift<'m>: Typed + Sized {
    /// From flat values (`lift_flat`).
    fn lift_flat(cx: &mut LiftContext<'m, '_>, ty: TypeId, flat: &mut FlatReader<'_>) -> Result<Self, Fault>;

    /// From memory, at a place that is aligned and has as many bytes as the type (`load`).
    fn load(cx: &mut LiftContext<'m, '_>, ty: TypeId, at: usize) -> Result<Self, Fault>;

    /// Several, one after the other, whose range was checked and whose place in the host was paid for. `ty` is theirs.
    fn load_list(cx: &mut LiftContext<'m, '_>, ty: TypeId, at: usize, length: usize) -> Result<Vec<Self>, Fault> {
        let size = Self::SHAPE.of(cx.abi.pointer).size as usize;
        let mut list = Vec::with_capacity(length);
        for index in 0..length {
            list.push(Self::load(cx, ty, at.wrapping_add(index.wrapping_mul(size)))?);
        }
        Ok(list)
    }
}

/// A value's way into the guest.
pub trait Lower: Typed {
    /// Whether `requests` has nothing to do: nothing is allocated, and nothing can be wrong with a value.
    const PLAIN: bool = false;

    /// The allocations that it needs, in the order of the specification; and whether it may be passed at all.
    fn requests(&self, cx: &mut RequestContext<'_>, ty: TypeId) -> Result<(), Mismatch>;

    /// To flat values (`lower_flat`).
    fn lower_flat(&self, cx: &mut LowerContext<'_>, ty: TypeId, flat: &mut FlatWriter<'_>) -> Result<(), Fault>;

    /// To memory, to a place that is aligned and has as many bytes as the type (`store`).
    fn store(&self, cx: &mut LowerContext<'_>, ty: TypeId, at: usize) -> Result<(), Fault>;

    /// Several, one after the other. `ty` is theirs.
    fn store_list(list: &[Self], cx: &mut LowerContext<'_>, ty: TypeId, at: usize) -> Result<(), Fault>
    where
        Self: Sized,
    {
        let size = Self::SHAPE.of(cx.abi.pointer).size as usize;
        for (index, value) in list.iter().enumerate() {
            value.store(cx, ty, at.wrapping_add(index.wrapping_mul(size)))?;
        }
        Ok(())
    }
}

/// The type of a parameter of a host function, or of a guest function's result: what a value of it is during one call.
pub trait Param: Typed + 'static {
    /// With what is borrowed from the guest's memory.
    type At<'a>: Lift<'a>;
}

/// The type of a part of a type. Where there is no such part, the type itself: then it is not what `matches` saw, and
/// is refused where it matters.
#[doc(hidden)]
pub fn part(types: &Types, ty: TypeId, index: usize) -> TypeId {
    let found = match types.get(ty) {
        Type::List(element) | Type::FixedList(element, _) | Type::Option(element) => Some(*element),
        Type::Record(fields) => fields.get(index).map(|field| field.ty),
        Type::Tuple(parts) => parts.get(index).copied(),
        Type::Variant(cases) => cases.get(index).and_then(|case| case.ty),
        Type::Result { ok, err } => *if index == 0 { ok } else { err },
        _ => None,
    };
    found.unwrap_or(ty)
}

/// The same, where only a type with handles looks.
#[inline]
#[doc(hidden)]
pub fn part_of<T: Typed + ?Sized>(types: &Types, ty: TypeId, index: usize) -> TypeId {
    if T::HANDLES { part(types, ty, index) } else { ty }
}

/// The places of a record's parts; for the macros.
#[doc(hidden)]
pub struct Places(crate::shape::Cursor);

impl Places {
    #[doc(hidden)]
    pub fn new(at: usize) -> Self {
        Self(crate::shape::Cursor::new(at))
    }

    #[doc(hidden)]
    #[inline]
    pub fn next(&mut self, part: Shape) -> usize {
        self.0.next(part)
    }
}
