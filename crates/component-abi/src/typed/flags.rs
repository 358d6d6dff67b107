//! Flags as Rust types of the embedder: [`flags_impl!`](crate::flags_impl).

use crate::memory::{bytes, next, put};
use crate::{Fault, FlatReader, FlatWriter, LiftContext, LowerContext, Shapes};

/// How so many flags lie.
pub const fn flags_shape(count: usize) -> Shapes {
    match count {
        0..=8 => Shapes::scalar(1),
        9..=16 => Shapes::scalar(2),
        _ => Shapes::scalar(4),
    }
}

/// The bits of flags; those of no label are dropped.
#[inline]
pub fn lift_flags(flat: &mut FlatReader<'_>, count: usize) -> Result<u32, Fault> {
    Ok(next(flat)? as u32 & all(count))
}

/// The bits of flags in memory; those of no label are dropped.
#[inline]
pub fn load_flags(cx: &LiftContext<'_, '_>, count: usize, at: usize) -> Result<u32, Fault> {
    let bits = match count {
        0..=8 => u8::from_le_bytes(bytes(cx.memory, at)?).into(),
        9..=16 => u16::from_le_bytes(bytes(cx.memory, at)?).into(),
        _ => u32::from_le_bytes(bytes(cx.memory, at)?),
    };
    Ok(bits & all(count))
}

/// To a flat value.
#[inline]
pub fn lower_flags(flat: &mut FlatWriter<'_>, bits: u32) -> Result<(), Fault> {
    flat.push(bits.into())
}

/// To memory.
#[inline]
pub fn store_flags(cx: &mut LowerContext<'_>, count: usize, bits: u32, at: usize) -> Result<(), Fault> {
    match count {
        0..=8 => put(cx.memory, at, [bits as u8]),
        9..=16 => put(cx.memory, at, (bits as u16).to_le_bytes()),
        _ => put(cx.memory, at, bits.to_le_bytes()),
    }
}

const fn all(count: usize) -> u32 {
    if count >= 32 { u32::MAX } else { (1 << count) - 1 }
}

/// A struct is flags: `flags_impl!(Rights { READ, WRITE })` for a `struct Rights(u32)`, which must be `Copy`; it gets a
/// constant for each, and sets' operations. One of another crate, made by `bitflags`, is wrapped:
/// `flags_impl!(Rights(other::Rights) { READ, WRITE })` for a `struct Rights(other::Rights)`.
#[macro_export]
macro_rules! flags_impl {
    ($name:ident { $($(#[$attr:meta])* $flag:ident),+ $(,)? }) => {
        impl $name {
            $crate::flags_impl!(@constants 0, $([$(#[$attr])* $flag])+);

            /// None.
            pub const fn empty() -> Self {
                Self(0)
            }

            /// All that have a name.
            pub const fn all() -> Self {
                Self($(Self::$flag.0)|+)
            }

            /// As bits, the first flag the lowest.
            pub const fn bits(self) -> u32 {
                self.0
            }

            /// Whether all of these are set.
            pub const fn contains(self, other: Self) -> bool {
                self.0 & other.0 == other.0
            }

            /// Whether none is set.
            pub const fn is_empty(self) -> bool {
                self.0 == 0
            }
        }

        impl ::core::ops::BitOr for $name {
            type Output = Self;

            fn bitor(self, other: Self) -> Self {
                Self(self.0 | other.0)
            }
        }

        impl ::core::ops::BitOrAssign for $name {
            fn bitor_assign(&mut self, other: Self) {
                self.0 |= other.0;
            }
        }

        impl ::core::ops::BitAnd for $name {
            type Output = Self;

            fn bitand(self, other: Self) -> Self {
                Self(self.0 & other.0)
            }
        }

        impl ::core::ops::Sub for $name {
            type Output = Self;

            fn sub(self, other: Self) -> Self {
                Self(self.0 & !other.0)
            }
        }

        const _: () = {
            fn from_bits(bits: u32) -> $name {
                $name(bits)
            }

            fn to_bits(flags: $name) -> u32 {
                flags.0
            }

            $crate::flags_impl!(@impl $name, { $($flag),+ });
        };
    };
    ($name:ident($foreign:ty) { $($flag:ident),+ $(,)? }) => {
        const _: () = {
            enum __Flag { $($flag),+ }

            fn from_bits(bits: u32) -> $name {
                let mut flags = <$foreign>::empty();
                $(if bits & (1 << __Flag::$flag as u32) != 0 { flags |= <$foreign>::$flag; })+
                $name(flags)
            }

            fn to_bits(flags: $name) -> u32 {
                $((u32::from(flags.0.contains(<$foreign>::$flag)) << __Flag::$flag as u32))|+
            }

            $crate::flags_impl!(@impl $name, { $($flag),+ });
        };
    };
    (@constants $bit:expr, [$(#[$attr:meta])* $flag:ident] $($rest:tt)*) => {
        $(#[$attr])*
        pub const $flag: Self = Self(1 << ($bit));
        $crate::flags_impl!(@constants $bit + 1, $($rest)*);
    };
    (@constants $bit:expr,) => {};
    (@impl $name:ident, { $($flag:ident),+ }) => {
        const COUNT: usize = [$(stringify!($flag)),+].len();

        impl $crate::Typed for $name {
            const SHAPE: $crate::Shapes = $crate::typed::flags_shape(COUNT);

            fn matches(cx: &$crate::MatchContext<'_>, ty: $crate::types::TypeId) -> Result<(), $crate::Mismatch> {
                let $crate::types::Type::Flags(labels) = cx.types.get(ty) else {
                    return Err($crate::Mismatch::expected(cx.types, ty, concat!("Rust's `", stringify!($name), "`")));
                };
                let labels = labels.iter().map(|label| &**label);
                $crate::typed::check_labels(cx.types, ty, &[$(stringify!($flag)),+], labels)
            }
        }

        impl<'m> $crate::Lift<'m> for $name {
            fn lift_flat(
                _: &mut $crate::LiftContext<'m, '_>,
                _: $crate::types::TypeId,
                flat: &mut $crate::FlatReader<'_>,
            ) -> Result<Self, $crate::Fault> {
                $crate::typed::lift_flags(flat, COUNT).map(from_bits)
            }

            fn load(
                cx: &mut $crate::LiftContext<'m, '_>,
                _: $crate::types::TypeId,
                at: usize,
            ) -> Result<Self, $crate::Fault> {
                $crate::typed::load_flags(cx, COUNT, at).map(from_bits)
            }
        }

        impl $crate::Lower for $name {
            const PLAIN: bool = true;

            fn requests(
                &self,
                _: &mut $crate::RequestContext<'_>,
                _: $crate::types::TypeId,
            ) -> Result<(), $crate::Mismatch> {
                Ok(())
            }

            fn lower_flat(
                &self,
                _: &mut $crate::LowerContext<'_>,
                _: $crate::types::TypeId,
                flat: &mut $crate::FlatWriter<'_>,
            ) -> Result<(), $crate::Fault> {
                $crate::typed::lower_flags(flat, to_bits(*self))
            }

            fn store(
                &self,
                cx: &mut $crate::LowerContext<'_>,
                _: $crate::types::TypeId,
                at: usize,
            ) -> Result<(), $crate::Fault> {
                $crate::typed::store_flags(cx, COUNT, to_bits(*self), at)
            }
        }

        $crate::enumeration_impl!(@copied $name);
    };
}
