//! Records, variants and enumerations as Rust types of the embedder: [`record!`](crate::record),
//! [`variant!`](crate::variant), [`enumeration!`](crate::enumeration); and for types that are declared elsewhere,
//! [`record_impl!`](crate::record_impl) and its like.
//!
//! Labels are compared without case, `-` and `_`: `BadGateway` is `bad-gateway`.

use tambo_component_types::{TypeId, Types};

use crate::{Fault, Mismatch, memory::bug};

/// Whether a Rust name stands for a label.
pub fn label_matches(name: &str, label: &str) -> bool {
    let letters = |text: &str| -> String {
        text.chars().filter(|char| !matches!(char, '_' | '-')).map(|char| char.to_ascii_lowercase()).collect()
    };
    letters(name.strip_prefix("r#").unwrap_or(name)) == letters(label)
}

/// A discriminant that was checked, but is that of no case.
#[cold]
pub fn no_case() -> Fault {
    bug("a discriminant was not checked")
}

/// Whether Rust names stand for the labels of a type.
pub fn check_labels<'l>(
    types: &Types,
    ty: TypeId,
    names: &[&str],
    labels: impl ExactSizeIterator<Item = &'l str>,
) -> Result<(), Mismatch> {
    if labels.len() != names.len() {
        return Err(Mismatch::expected(types, ty, &format!("a Rust type of {} parts", names.len())));
    }
    match names.iter().zip(labels).find(|(name, label)| !label_matches(name, label)) {
        None => Ok(()),
        Some((name, label)) => Err(Mismatch::new(format!("expected `{label}`, got Rust's `{name}`"))),
    }
}

/// A struct that is a record: `record! { pub struct Point { pub x: u32, pub y: u32 } }`.
#[macro_export]
macro_rules! record {
    ($(#[$attr:meta])* $vis:vis struct $name:ident $(<$lt:lifetime>)? {
        $($(#[$fattr:meta])* $fvis:vis $field:ident: $ty:ty),+ $(,)?
    }) => {
        $(#[$attr])*
        $vis struct $name $(<$lt>)? { $($(#[$fattr])* $fvis $field: $ty),+ }

        $crate::record_impl!($name $(<$lt>)? { $($field: $ty),+ });
    };
}

/// A struct that is there already is a record: `record_impl!(Point { x: u32, y: u32 })`. What borrows from the guest has a
/// lifetime, `Named<'a> { name: &'a str }`.
#[macro_export]
macro_rules! record_impl {
    ($name:ident { $($body:tt)+ }) => {
        $crate::record_impl!(@impl $name, ['m], [], { $($body)+ });
        $crate::record_impl!(@owned $name);
    };
    ($name:ident<$lt:lifetime> { $($body:tt)+ }) => {
        $crate::record_impl!(@impl $name, [$lt], [<$lt>], { $($body)+ });
        $crate::record_impl!(@borrowed $name);
    };
    (@owned $name:ident) => {
        impl $crate::Param for $name {
            type At<'a> = Self;
        }
    };
    (@borrowed $name:ident) => {
        impl $crate::Param for $name<'static> {
            type At<'a> = $name<'a>;
        }
    };
    (@impl $name:ident, [$m:lifetime], [$($generics:tt)*], { $($field:ident: $ty:ty),+ $(,)? }) => {
        impl $($generics)* $crate::Typed for $name $($generics)* {
            const SHAPE: $crate::Shapes = $crate::Shapes::sequence(&[$(<$ty as $crate::Typed>::SHAPE),+]);
            const HANDLES: bool = $(<$ty as $crate::Typed>::HANDLES)||+;

            fn matches(cx: &$crate::MatchContext<'_>, ty: $crate::types::TypeId) -> Result<(), $crate::Mismatch> {
                let $crate::types::Type::Record(fields) = cx.types.get(ty) else {
                    return Err($crate::Mismatch::expected(cx.types, ty, concat!("Rust's `", stringify!($name), "`")));
                };
                let labels = fields.iter().map(|field| &*field.name);
                $crate::typed::check_labels(cx.types, ty, &[$(stringify!($field)),+], labels)?;
                let mut fields = fields.iter();
                $(if let Some(field) = fields.next() {
                    <$ty as $crate::Typed>::matches(cx, field.ty)
                        .map_err(|error| error.within($crate::Step::Field(field.name.to_string())))?;
                })+
                Ok(())
            }
        }

        impl<$m> $crate::Lift<$m> for $name $($generics)* {
            fn lift_flat(
                cx: &mut $crate::LiftContext<$m, '_>,
                ty: $crate::types::TypeId,
                flat: &mut $crate::FlatReader<'_>,
            ) -> Result<Self, $crate::Fault> {
                let mut index = 0..;
                Ok(Self { $($field: {
                    let part = $crate::typed::part_of::<$ty>(cx.types, ty, index.next().unwrap_or_default());
                    <$ty as $crate::Lift<$m>>::lift_flat(cx, part, flat)?
                }),+ })
            }

            fn load(
                cx: &mut $crate::LiftContext<$m, '_>,
                ty: $crate::types::TypeId,
                at: usize,
            ) -> Result<Self, $crate::Fault> {
                let mut index = 0..;
                let mut places = $crate::typed::Places::new(at);
                Ok(Self { $($field: {
                    let part = $crate::typed::part_of::<$ty>(cx.types, ty, index.next().unwrap_or_default());
                    let at = places.next(<$ty as $crate::Typed>::SHAPE.of(cx.abi.pointer));
                    <$ty as $crate::Lift<$m>>::load(cx, part, at)?
                }),+ })
            }
        }

        impl $($generics)* $crate::Lower for $name $($generics)* {
            const PLAIN: bool = $(<$ty as $crate::Lower>::PLAIN)&&+;

            fn requests(
                &self,
                cx: &mut $crate::RequestContext<'_>,
                ty: $crate::types::TypeId,
            ) -> Result<(), $crate::Mismatch> {
                let mut index = 0..;
                $({
                    let part = $crate::typed::part_of::<$ty>(cx.types, ty, index.next().unwrap_or_default());
                    <$ty as $crate::Lower>::requests(&self.$field, cx, part)
                        .map_err(|error| error.within($crate::Step::Field(stringify!($field).to_owned())))?;
                })+
                Ok(())
            }

            fn lower_flat(
                &self,
                cx: &mut $crate::LowerContext<'_>,
                ty: $crate::types::TypeId,
                flat: &mut $crate::FlatWriter<'_>,
            ) -> Result<(), $crate::Fault> {
                let mut index = 0..;
                $({
                    let part = $crate::typed::part_of::<$ty>(cx.types, ty, index.next().unwrap_or_default());
                    <$ty as $crate::Lower>::lower_flat(&self.$field, cx, part, flat)?;
                })+
                Ok(())
            }

            fn store(
                &self,
                cx: &mut $crate::LowerContext<'_>,
                ty: $crate::types::TypeId,
                at: usize,
            ) -> Result<(), $crate::Fault> {
                let mut index = 0..;
                let mut places = $crate::typed::Places::new(at);
                $({
                    let part = $crate::typed::part_of::<$ty>(cx.types, ty, index.next().unwrap_or_default());
                    let at = places.next(<$ty as $crate::Typed>::SHAPE.of(cx.abi.pointer));
                    <$ty as $crate::Lower>::store(&self.$field, cx, part, at)?;
                })+
                Ok(())
            }
        }
    };
}

/// An enum that is a variant: `variant! { pub enum Shape { Circle(f32), Named(String), Nothing } }`.
#[macro_export]
macro_rules! variant {
    ($(#[$attr:meta])* $vis:vis enum $name:ident $(<$lt:lifetime>)? {
        $($(#[$cattr:meta])* $case:ident $(($ty:ty))?),+ $(,)?
    }) => {
        $(#[$attr])*
        $vis enum $name $(<$lt>)? { $($(#[$cattr])* $case $(($ty))?),+ }

        $crate::variant_impl!($name $(<$lt>)? { $($case $(($ty))?),+ });
    };
}

/// An enum that is there already is a variant: `variant_impl!(Shape { Circle(f32), Named(String), Nothing })`; with a
/// lifetime as in [`record_impl!`](crate::record_impl).
#[macro_export]
macro_rules! variant_impl {
    ($name:ident { $($body:tt)+ }) => {
        $crate::variant_impl!(@impl $name, ['m], [], { $($body)+ });
        $crate::record_impl!(@owned $name);
    };
    ($name:ident<$lt:lifetime> { $($body:tt)+ }) => {
        $crate::variant_impl!(@impl $name, [$lt], [<$lt>], { $($body)+ });
        $crate::record_impl!(@borrowed $name);
    };
    (@bind $name:ident $ty:ty) => { $name };
    (@payload) => { &() };
    (@payload $name:ident $ty:ty) => { $name };
    (@impl $name:ident, [$m:lifetime], [$($generics:tt)*], { $($case:ident $(($ty:ty))?),+ $(,)? }) => {
        const _: () = {
            enum __Case { $($case),+ }
            const COUNT: usize = [$(stringify!($case)),+].len();

            impl $($generics)* $crate::Typed for $name $($generics)* {
                const SHAPE: $crate::Shapes =
                    $crate::Shapes::choice(COUNT, &[$(<($($ty)?) as $crate::Typed>::SHAPE),+]);
                const HANDLES: bool = $(<($($ty)?) as $crate::Typed>::HANDLES)||+;

                fn matches(cx: &$crate::MatchContext<'_>, ty: $crate::types::TypeId) -> Result<(), $crate::Mismatch> {
                    let $crate::types::Type::Variant(cases) = cx.types.get(ty) else {
                        return Err($crate::Mismatch::expected(cx.types, ty, concat!("Rust's `", stringify!($name), "`")));
                    };
                    let labels = cases.iter().map(|case| &*case.name);
                    $crate::typed::check_labels(cx.types, ty, &[$(stringify!($case)),+], labels)?;
                    $({
                        let case = &cases[__Case::$case as usize];
                        $crate::typed::check_payload::<($($ty)?)>(cx, case.ty)
                            .map_err(|error| error.within($crate::Step::Case(case.name.to_string())))?;
                    })+
                    Ok(())
                }
            }

            impl<$m> $crate::Lift<$m> for $name $($generics)* {
                fn lift_flat(
                    cx: &mut $crate::LiftContext<$m, '_>,
                    ty: $crate::types::TypeId,
                    flat: &mut $crate::FlatReader<'_>,
                ) -> Result<Self, $crate::Fault> {
                    let shape = <Self as $crate::Typed>::SHAPE.of(cx.abi.pointer);
                    let (tag, mut payload) = $crate::typed::lift_tag(flat, shape, COUNT)?;
                    let _ = (&mut payload, ty);
                    $(if tag == __Case::$case as usize {
                        return Ok(Self::$case $(({
                            let part = $crate::typed::part_of::<$ty>(cx.types, ty, tag);
                            <$ty as $crate::Lift<$m>>::lift_flat(cx, part, &mut payload)?
                        }))?);
                    })+
                    Err($crate::typed::no_case())
                }

                fn load(
                    cx: &mut $crate::LiftContext<$m, '_>,
                    ty: $crate::types::TypeId,
                    at: usize,
                ) -> Result<Self, $crate::Fault> {
                    let shape = <Self as $crate::Typed>::SHAPE.of(cx.abi.pointer);
                    let (tag, payload) = $crate::typed::load_tag(cx, shape, COUNT, at)?;
                    let _ = (payload, ty);
                    $(if tag == __Case::$case as usize {
                        return Ok(Self::$case $(({
                            let part = $crate::typed::part_of::<$ty>(cx.types, ty, tag);
                            <$ty as $crate::Lift<$m>>::load(cx, part, payload)?
                        }))?);
                    })+
                    Err($crate::typed::no_case())
                }
            }

            impl $($generics)* $crate::Lower for $name $($generics)* {
                const PLAIN: bool = $(<($($ty)?) as $crate::Lower>::PLAIN)&&+;

                fn requests(
                    &self,
                    cx: &mut $crate::RequestContext<'_>,
                    ty: $crate::types::TypeId,
                ) -> Result<(), $crate::Mismatch> {
                    match self {
                        $(Self::$case $(($crate::variant_impl!(@bind value $ty)))? => {
                            let payload: &($($ty)?) = $crate::variant_impl!(@payload $(value $ty)?);
                            let part = $crate::typed::part_of::<($($ty)?)>(cx.types, ty, __Case::$case as usize);
                            $crate::Lower::requests(payload, cx, part)
                                .map_err(|error| error.within($crate::Step::Case(stringify!($case).to_owned())))
                        })+
                    }
                }

                fn lower_flat(
                    &self,
                    cx: &mut $crate::LowerContext<'_>,
                    ty: $crate::types::TypeId,
                    flat: &mut $crate::FlatWriter<'_>,
                ) -> Result<(), $crate::Fault> {
                    let shape = <Self as $crate::Typed>::SHAPE.of(cx.abi.pointer);
                    match self {
                        $(Self::$case $(($crate::variant_impl!(@bind value $ty)))? => {
                            let payload: &($($ty)?) = $crate::variant_impl!(@payload $(value $ty)?);
                            let tag = __Case::$case as usize;
                            let part = $crate::typed::part_of::<($($ty)?)>(cx.types, ty, tag);
                            $crate::typed::lower_case(cx, part, shape, (tag, payload), flat)
                        })+
                    }
                }

                fn store(
                    &self,
                    cx: &mut $crate::LowerContext<'_>,
                    ty: $crate::types::TypeId,
                    at: usize,
                ) -> Result<(), $crate::Fault> {
                    let shape = <Self as $crate::Typed>::SHAPE.of(cx.abi.pointer);
                    match self {
                        $(Self::$case $(($crate::variant_impl!(@bind value $ty)))? => {
                            let payload: &($($ty)?) = $crate::variant_impl!(@payload $(value $ty)?);
                            let tag = __Case::$case as usize;
                            let part = $crate::typed::part_of::<($($ty)?)>(cx.types, ty, tag);
                            $crate::typed::store_case(cx, part, shape, COUNT, (tag, payload), at)
                        })+
                    }
                }
            }
        };
    };
}

/// An enum that is an enumeration: `enumeration! { pub enum Color { Red, Green } }`.
#[macro_export]
macro_rules! enumeration {
    ($(#[$attr:meta])* $vis:vis enum $name:ident { $($(#[$cattr:meta])* $case:ident),+ $(,)? }) => {
        $(#[$attr])*
        $vis enum $name { $($(#[$cattr])* $case),+ }

        $crate::enumeration_impl!(@impl $name, [$name], [::core::convert::identity], [], { $($case),+ });

        impl $crate::Param for $name {
            type At<'a> = Self;
        }
    };
}

/// An enum that is there already is an enumeration: `enumeration_impl!(Color { Red, Green })`, which must be `Copy`. One of
/// another crate, which cannot know of this one, is wrapped: `enumeration_impl!(Color(other::Color) { Red, Green })` for a
/// `struct Color(other::Color)`.
#[macro_export]
macro_rules! enumeration_impl {
    ($name:ident { $($case:ident),+ $(,)? }) => {
        $crate::enumeration_impl!(@impl $name, [$name], [::core::convert::identity], [], { $($case),+ });
        $crate::enumeration_impl!(@copied $name);
    };
    ($name:ident($foreign:ty) { $($case:ident),+ $(,)? }) => {
        $crate::enumeration_impl!(@impl $name, [$foreign], [$name], [.0], { $($case),+ });
        $crate::enumeration_impl!(@copied $name);
    };
    (@copied $name:ident) => {
        impl $crate::Param for $name {
            type At<'a> = Self;
        }
    };
    (@impl $name:ident, [$enum:ty], [$make:path], [$($inner:tt)*], { $($case:ident),+ }) => {
        const _: () = {
            enum __Case { $($case),+ }
            const COUNT: usize = [$(stringify!($case)),+].len();

            fn from_tag(tag: usize) -> Result<$name, $crate::Fault> {
                $(if tag == __Case::$case as usize { return Ok($make(<$enum>::$case)); })+
                Err($crate::typed::no_case())
            }

            fn tag(value: &$name) -> usize {
                match (*value) $($inner)* { $(<$enum>::$case => __Case::$case as usize),+ }
            }

            impl $crate::Typed for $name {
                const SHAPE: $crate::Shapes = $crate::Shapes::choice(COUNT, &[]);

                fn matches(cx: &$crate::MatchContext<'_>, ty: $crate::types::TypeId) -> Result<(), $crate::Mismatch> {
                    let $crate::types::Type::Enum(labels) = cx.types.get(ty) else {
                        return Err($crate::Mismatch::expected(cx.types, ty, concat!("Rust's `", stringify!($name), "`")));
                    };
                    let labels = labels.iter().map(|label| &**label);
                    $crate::typed::check_labels(cx.types, ty, &[$(stringify!($case)),+], labels)
                }
            }

            impl<'m> $crate::Lift<'m> for $name {
                fn lift_flat(
                    cx: &mut $crate::LiftContext<'m, '_>,
                    _: $crate::types::TypeId,
                    flat: &mut $crate::FlatReader<'_>,
                ) -> Result<Self, $crate::Fault> {
                    let shape = <Self as $crate::Typed>::SHAPE.of(cx.abi.pointer);
                    from_tag($crate::typed::lift_tag(flat, shape, COUNT)?.0)
                }

                fn load(
                    cx: &mut $crate::LiftContext<'m, '_>,
                    _: $crate::types::TypeId,
                    at: usize,
                ) -> Result<Self, $crate::Fault> {
                    let shape = <Self as $crate::Typed>::SHAPE.of(cx.abi.pointer);
                    from_tag($crate::typed::load_tag(cx, shape, COUNT, at)?.0)
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
                    cx: &mut $crate::LowerContext<'_>,
                    ty: $crate::types::TypeId,
                    flat: &mut $crate::FlatWriter<'_>,
                ) -> Result<(), $crate::Fault> {
                    let shape = <Self as $crate::Typed>::SHAPE.of(cx.abi.pointer);
                    $crate::typed::lower_case(cx, ty, shape, (tag(self), &()), flat)
                }

                fn store(
                    &self,
                    cx: &mut $crate::LowerContext<'_>,
                    ty: $crate::types::TypeId,
                    at: usize,
                ) -> Result<(), $crate::Fault> {
                    let shape = <Self as $crate::Typed>::SHAPE.of(cx.abi.pointer);
                    $crate::typed::store_case(cx, ty, shape, COUNT, (tag(self), &()), at)
                }
            }
        };
    };
}
