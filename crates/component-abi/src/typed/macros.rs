//! Records, variants and enumerations as Rust types of the embedder: [`record!`](crate::record),
//! [`variant!`](crate::variant), [`enumeration!`](crate::enumeration).
//!
//! Parts are owned types. Labels are compared without case, `-` and `_`: `BadGateway` is `bad-gateway`.

use tambo_component_types::{TypeId, Types};

use crate::Mismatch;

/// Whether a Rust name stands for a label.
pub fn label_matches(name: &str, label: &str) -> bool {
    let letters = |text: &str| -> String {
        text.chars().filter(|char| !matches!(char, '_' | '-')).map(|char| char.to_ascii_lowercase()).collect()
    };
    letters(name.strip_prefix("r#").unwrap_or(name)) == letters(label)
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
                flat: &mut $crate::FlatWriter,
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
