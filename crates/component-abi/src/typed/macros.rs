//! Records, variants and enumerations as Rust types of the embedder: [`record!`](crate::record),
//! [`variant!`](crate::variant), [`enumeration!`](crate::enumeration).
//!
//! Parts are owned types. Labels are compared without case, `-` and `_`: `BadGateway` is `bad-gateway`.

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
    ($(#[$attr:meta])* $vis:vis struct $name:ident { $($(#[$fattr:meta])* $fvis:vis $field:ident: $ty:ty),+ $(,)? }) => {
        $(#[$attr])*
        $vis struct $name { $($(#[$fattr])* $fvis $field: $ty),+ }

        impl $crate::Typed for $name {
            const SHAPE: $crate::Shapes = $crate::Shapes::sequence(&[$(<$ty as $crate::Typed>::SHAPE),+]);
            const HANDLES: bool = $(<$ty as $crate::Typed>::HANDLES)||+;

            fn matches(types: &$crate::types::Types, ty: $crate::types::TypeId) -> Result<(), $crate::Mismatch> {
                let $crate::types::Type::Record(fields) = types.get(ty) else {
                    return Err($crate::Mismatch::expected(types, ty, concat!("Rust's `", stringify!($name), "`")));
                };
                let labels = fields.iter().map(|field| &*field.name);
                $crate::typed::check_labels(types, ty, &[$(stringify!($field)),+], labels)?;
                let mut fields = fields.iter();
                $(if let Some(field) = fields.next() {
                    <$ty as $crate::Typed>::matches(types, field.ty)
                        .map_err(|error| error.within($crate::Step::Field(field.name.to_string())))?;
                })+
                Ok(())
            }
        }

        impl<'m> $crate::Lift<'m> for $name {
            fn lift_flat(
                cx: &mut $crate::LiftContext<'m, '_>,
                ty: $crate::types::TypeId,
                flat: &mut $crate::FlatReader<'_>,
            ) -> Result<Self, $crate::Fault> {
                let mut index = 0..;
                Ok(Self { $($field: {
                    let part = $crate::typed::part_of::<$ty>(cx.types, ty, index.next().unwrap_or_default());
                    <$ty as $crate::Lift<'m>>::lift_flat(cx, part, flat)?
                }),+ })
            }

            fn load(
                cx: &mut $crate::LiftContext<'m, '_>,
                ty: $crate::types::TypeId,
                at: usize,
            ) -> Result<Self, $crate::Fault> {
                let mut index = 0..;
                let mut places = $crate::typed::Places::new(at);
                Ok(Self { $($field: {
                    let part = $crate::typed::part_of::<$ty>(cx.types, ty, index.next().unwrap_or_default());
                    let at = places.next(<$ty as $crate::Typed>::SHAPE.of(cx.abi.pointer));
                    <$ty as $crate::Lift<'m>>::load(cx, part, at)?
                }),+ })
            }
        }

        impl $crate::Lower for $name {
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

        impl $crate::Param for $name {
            type At<'a> = Self;
        }
    };
}

/// An enum that is a variant: `variant! { pub enum Shape { Circle(f32), Named(String), Nothing } }`.
#[macro_export]
macro_rules! variant {
    (@bind $name:ident $ty:ty) => { $name };
    (@payload) => { &() };
    (@payload $name:ident $ty:ty) => { $name };
    ($(#[$attr:meta])* $vis:vis enum $name:ident { $($(#[$cattr:meta])* $case:ident $(($ty:ty))?),+ $(,)? }) => {
        $(#[$attr])*
        $vis enum $name { $($(#[$cattr])* $case $(($ty))?),+ }

        const _: () = {
            enum __Case { $($case),+ }
            const COUNT: usize = [$(stringify!($case)),+].len();

            impl $crate::Typed for $name {
                const SHAPE: $crate::Shapes =
                    $crate::Shapes::choice(COUNT, &[$(<($($ty)?) as $crate::Typed>::SHAPE),+]);
                const HANDLES: bool = $(<($($ty)?) as $crate::Typed>::HANDLES)||+;

                fn matches(types: &$crate::types::Types, ty: $crate::types::TypeId) -> Result<(), $crate::Mismatch> {
                    let $crate::types::Type::Variant(cases) = types.get(ty) else {
                        return Err($crate::Mismatch::expected(types, ty, concat!("Rust's `", stringify!($name), "`")));
                    };
                    let labels = cases.iter().map(|case| &*case.name);
                    $crate::typed::check_labels(types, ty, &[$(stringify!($case)),+], labels)?;
                    $({
                        let case = &cases[__Case::$case as usize];
                        $crate::typed::check_payload::<($($ty)?)>(types, case.ty)
                            .map_err(|error| error.within($crate::Step::Case(case.name.to_string())))?;
                    })+
                    Ok(())
                }
            }

            impl<'m> $crate::Lift<'m> for $name {
                fn lift_flat(
                    cx: &mut $crate::LiftContext<'m, '_>,
                    ty: $crate::types::TypeId,
                    flat: &mut $crate::FlatReader<'_>,
                ) -> Result<Self, $crate::Fault> {
                    let shape = <Self as $crate::Typed>::SHAPE.of(cx.abi.pointer);
                    let (tag, mut payload) = $crate::typed::lift_tag(flat, shape, COUNT)?;
                    let _ = (&mut payload, ty);
                    $(if tag == __Case::$case as usize {
                        return Ok(Self::$case $(({
                            let part = $crate::typed::part_of::<$ty>(cx.types, ty, tag);
                            <$ty as $crate::Lift<'m>>::lift_flat(cx, part, &mut payload)?
                        }))?);
                    })+
                    Err($crate::typed::no_case())
                }

                fn load(
                    cx: &mut $crate::LiftContext<'m, '_>,
                    ty: $crate::types::TypeId,
                    at: usize,
                ) -> Result<Self, $crate::Fault> {
                    let shape = <Self as $crate::Typed>::SHAPE.of(cx.abi.pointer);
                    let (tag, payload) = $crate::typed::load_tag(cx, shape, COUNT, at)?;
                    let _ = (payload, ty);
                    $(if tag == __Case::$case as usize {
                        return Ok(Self::$case $(({
                            let part = $crate::typed::part_of::<$ty>(cx.types, ty, tag);
                            <$ty as $crate::Lift<'m>>::load(cx, part, payload)?
                        }))?);
                    })+
                    Err($crate::typed::no_case())
                }
            }

            impl $crate::Lower for $name {
                const PLAIN: bool = $(<($($ty)?) as $crate::Lower>::PLAIN)&&+;

                fn requests(
                    &self,
                    cx: &mut $crate::RequestContext<'_>,
                    ty: $crate::types::TypeId,
                ) -> Result<(), $crate::Mismatch> {
                    match self {
                        $(Self::$case $(($crate::variant!(@bind value $ty)))? => {
                            let payload: &($($ty)?) = $crate::variant!(@payload $(value $ty)?);
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
                        $(Self::$case $(($crate::variant!(@bind value $ty)))? => {
                            let payload: &($($ty)?) = $crate::variant!(@payload $(value $ty)?);
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
                        $(Self::$case $(($crate::variant!(@bind value $ty)))? => {
                            let payload: &($($ty)?) = $crate::variant!(@payload $(value $ty)?);
                            let tag = __Case::$case as usize;
                            let part = $crate::typed::part_of::<($($ty)?)>(cx.types, ty, tag);
                            $crate::typed::store_case(cx, part, shape, COUNT, (tag, payload), at)
                        })+
                    }
                }
            }

            impl $crate::Param for $name {
                type At<'a> = Self;
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

        const _: () = {
            enum __Case { $($case),+ }
            const COUNT: usize = [$(stringify!($case)),+].len();

            impl $name {
                fn __from_tag(tag: usize) -> Result<Self, $crate::Fault> {
                    $(if tag == __Case::$case as usize { return Ok(Self::$case); })+
                    Err($crate::typed::no_case())
                }

                fn __tag(&self) -> usize {
                    match self { $(Self::$case => __Case::$case as usize),+ }
                }
            }

            impl $crate::Typed for $name {
                const SHAPE: $crate::Shapes = $crate::Shapes::choice(COUNT, &[]);

                fn matches(types: &$crate::types::Types, ty: $crate::types::TypeId) -> Result<(), $crate::Mismatch> {
                    let $crate::types::Type::Enum(labels) = types.get(ty) else {
                        return Err($crate::Mismatch::expected(types, ty, concat!("Rust's `", stringify!($name), "`")));
                    };
                    let labels = labels.iter().map(|label| &**label);
                    $crate::typed::check_labels(types, ty, &[$(stringify!($case)),+], labels)
                }
            }

            impl<'m> $crate::Lift<'m> for $name {
                fn lift_flat(
                    cx: &mut $crate::LiftContext<'m, '_>,
                    _: $crate::types::TypeId,
                    flat: &mut $crate::FlatReader<'_>,
                ) -> Result<Self, $crate::Fault> {
                    let shape = <Self as $crate::Typed>::SHAPE.of(cx.abi.pointer);
                    Self::__from_tag($crate::typed::lift_tag(flat, shape, COUNT)?.0)
                }

                fn load(
                    cx: &mut $crate::LiftContext<'m, '_>,
                    _: $crate::types::TypeId,
                    at: usize,
                ) -> Result<Self, $crate::Fault> {
                    let shape = <Self as $crate::Typed>::SHAPE.of(cx.abi.pointer);
                    Self::__from_tag($crate::typed::load_tag(cx, shape, COUNT, at)?.0)
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
                    $crate::typed::lower_case(cx, ty, shape, (self.__tag(), &()), flat)
                }

                fn store(
                    &self,
                    cx: &mut $crate::LowerContext<'_>,
                    ty: $crate::types::TypeId,
                    at: usize,
                ) -> Result<(), $crate::Fault> {
                    let shape = <Self as $crate::Typed>::SHAPE.of(cx.abi.pointer);
                    $crate::typed::store_case(cx, ty, shape, COUNT, (self.__tag(), &()), at)
                }
            }

            impl $crate::Param for $name {
                type At<'a> = Self;
            }
        };
    };
}
