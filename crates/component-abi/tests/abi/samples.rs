//! Rust types with the component types that they stand for, and random values of them.

use tambo_component_abi::types::{Case, Field, ResourceId, Type, TypeId, Types};
use tambo_component_abi::{Borrowed, Owned, Resource, enumeration, record, variant};

use crate::guest::STORE;

/// A generator of numbers that look random: xorshift64*.
pub(crate) struct Random(pub(crate) u64);

impl Random {
    pub(crate) fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    pub(crate) fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }
}

pub(crate) trait Sample {
    fn ty(types: &mut Types) -> TypeId;
    fn sample(random: &mut Random) -> Self;
}

macro_rules! number {
    ($($rust:ty: $name:ident),+) => {
        $(impl Sample for $rust {
            fn ty(types: &mut Types) -> TypeId {
                types.intern(Type::$name).unwrap()
            }

            fn sample(random: &mut Random) -> Self {
                random.next() as $rust
            }
        })+
    };
}

number!(u8: U8, u16: U16, u32: U32, u64: U64, i8: S8, i16: S16, i32: S32, i64: S64, f32: F32, f64: F64);

impl Sample for bool {
    fn ty(types: &mut Types) -> TypeId {
        types.intern(Type::Bool).unwrap()
    }

    fn sample(random: &mut Random) -> Self {
        random.below(2) == 1
    }
}

impl Sample for char {
    fn ty(types: &mut Types) -> TypeId {
        types.intern(Type::Char).unwrap()
    }

    fn sample(random: &mut Random) -> Self {
        let end = [0x80, 0x100, 0x800, 0x1_0000, 0x11_0000][random.below(5) as usize];
        char::from_u32(random.below(end) as u32).unwrap_or('\u{fffd}')
    }
}

impl Sample for String {
    fn ty(types: &mut Types) -> TypeId {
        types.intern(Type::String).unwrap()
    }

    fn sample(random: &mut Random) -> Self {
        let latin = random.below(2) == 0;
        let char = |random: &mut Random| match char::sample(random) {
            char if latin => char::from(u32::from(char) as u8),
            char => char,
        };
        (0..random.below(9)).map(|_| char(random)).collect()
    }
}

impl<T: Sample> Sample for Vec<T> {
    fn ty(types: &mut Types) -> TypeId {
        let element = T::ty(types);
        types.intern(Type::List(element)).unwrap()
    }

    fn sample(random: &mut Random) -> Self {
        (0..random.below(5)).map(|_| T::sample(random)).collect()
    }
}

impl<T: Sample, const N: usize> Sample for [T; N] {
    fn ty(types: &mut Types) -> TypeId {
        let element = T::ty(types);
        types.intern(Type::FixedList(element, N as u32)).unwrap()
    }

    fn sample(random: &mut Random) -> Self {
        std::array::from_fn(|_| T::sample(random))
    }
}

impl<T: Sample> Sample for Option<T> {
    fn ty(types: &mut Types) -> TypeId {
        let some = T::ty(types);
        types.intern(Type::Option(some)).unwrap()
    }

    fn sample(random: &mut Random) -> Self {
        (random.below(2) == 0).then(|| T::sample(random))
    }
}

impl<T: Sample> Sample for Box<T> {
    fn ty(types: &mut Types) -> TypeId {
        T::ty(types)
    }

    fn sample(random: &mut Random) -> Self {
        Box::new(T::sample(random))
    }
}

impl<T: Sample, E: Sample> Sample for Result<T, E> {
    fn ty(types: &mut Types) -> TypeId {
        let (ok, err) = (Some(T::ty(types)), Some(E::ty(types)));
        types.intern(Type::Result { ok, err }).unwrap()
    }

    fn sample(random: &mut Random) -> Self {
        if random.below(2) == 0 { Ok(T::sample(random)) } else { Err(E::sample(random)) }
    }
}

/// A result that carries nothing when it fails.
impl<T: Sample> Sample for Result<T, ()> {
    fn ty(types: &mut Types) -> TypeId {
        let ok = Some(T::ty(types));
        types.intern(Type::Result { ok, err: None }).unwrap()
    }

    fn sample(random: &mut Random) -> Self {
        if random.below(2) == 0 { Ok(T::sample(random)) } else { Err(()) }
    }
}

macro_rules! tuple {
    ($($name:ident),+) => {
        impl<$($name: Sample),+> Sample for ($($name,)+) {
            fn ty(types: &mut Types) -> TypeId {
                let parts = [$($name::ty(types)),+];
                types.intern(Type::Tuple(parts.into())).unwrap()
            }

            fn sample(random: &mut Random) -> Self {
                ($($name::sample(random),)+)
            }
        }
    };
}

tuple!(A);
tuple!(A, B);
tuple!(A, B, C);
tuple!(A, B, C, D);

pub(crate) const RESOURCE: ResourceId = ResourceId(7);

impl Sample for Owned {
    fn ty(types: &mut Types) -> TypeId {
        types.intern(Type::Own(RESOURCE)).unwrap()
    }

    fn sample(random: &mut Random) -> Self {
        Self(Resource::of_store(RESOURCE, random.below(1 << 30), STORE))
    }
}

impl Sample for Borrowed {
    fn ty(types: &mut Types) -> TypeId {
        types.intern(Type::Borrow(RESOURCE)).unwrap()
    }

    fn sample(random: &mut Random) -> Self {
        Self(Resource::of_store(RESOURCE, random.below(1 << 30), STORE))
    }
}

record! {
    /// With padding, a handle and something allocated.
    #[derive(Clone, Debug, PartialEq)]
    pub(crate) struct Person {
        pub(crate) r#type: u8,
        pub(crate) full_name: String,
        pub(crate) badge: Option<Owned>,
    }
}

impl Sample for Person {
    fn ty(types: &mut Types) -> TypeId {
        let parts = [("type", u8::ty(types)), ("full-name", String::ty(types)), ("badge", Option::<Owned>::ty(types))];
        let fields = parts.map(|(name, ty)| Field { name: name.into(), ty });
        types.intern(Type::Record(fields.into())).unwrap()
    }

    fn sample(random: &mut Random) -> Self {
        Self { r#type: u8::sample(random), full_name: String::sample(random), badge: Option::sample(random) }
    }
}

variant! {
    /// Cases whose flat types differ.
    #[derive(Clone, Debug, PartialEq)]
    pub(crate) enum Outcome {
        NotFound,
        Ratio(f32),
        Wide(i64),
        Lent(Borrowed),
        Text(Vec<String>),
    }
}

impl Sample for Outcome {
    fn ty(types: &mut Types) -> TypeId {
        let cases = [
            ("not-found", None),
            ("ratio", Some(f32::ty(types))),
            ("wide", Some(i64::ty(types))),
            ("lent", Some(Borrowed::ty(types))),
            ("text", Some(Vec::<String>::ty(types))),
        ];
        let cases = cases.map(|(name, ty)| Case { name: name.into(), ty });
        types.intern(Type::Variant(cases.into())).unwrap()
    }

    fn sample(random: &mut Random) -> Self {
        match random.below(5) {
            0 => Self::NotFound,
            1 => Self::Ratio(f32::sample(random)),
            2 => Self::Wide(i64::sample(random)),
            3 => Self::Lent(Borrowed::sample(random)),
            _ => Self::Text(Vec::sample(random)),
        }
    }
}

enumeration! {
    /// Without payloads.
    #[derive(Clone, Copy, Debug, PartialEq)]
    pub(crate) enum Color {
        Red,
        DarkGreen,
        Blue,
    }
}

impl Sample for Color {
    fn ty(types: &mut Types) -> TypeId {
        types.intern(Type::Enum(["red", "dark-green", "blue"].map(Into::into).into())).unwrap()
    }

    fn sample(random: &mut Random) -> Self {
        [Self::Red, Self::DarkGreen, Self::Blue][random.below(3) as usize]
    }
}
