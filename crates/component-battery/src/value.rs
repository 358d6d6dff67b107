//! Values that fit a type.

use tambo_component_abi::Val;

use crate::{Shape, Source};

impl Shape {
    /// A value of this type.
    pub fn value(&self, source: &mut Source<'_>) -> Val {
        match self {
            Self::Bool => Val::Bool(source.byte() & 1 == 1),
            Self::S8 => Val::S8(source.byte() as i8),
            Self::U8 => Val::U8(source.byte()),
            Self::S16 => Val::S16(source.word() as i16),
            Self::U16 => Val::U16(source.word() as u16),
            Self::S32 => Val::S32(source.word() as i32),
            Self::U32 => Val::U32(source.word() as u32),
            Self::S64 => Val::S64(source.word() as i64),
            Self::U64 => Val::U64(source.word()),
            Self::F32 => Val::F32(number(f32::from_bits(source.word() as u32), f32::is_nan)),
            Self::F64 => Val::F64(number(f64::from_bits(source.word()), f64::is_nan)),
            Self::Char => Val::Char(character(source)),
            Self::String => Val::String((0..length(source)).map(|_| character(source)).collect()),
            Self::List(element) => Val::List((0..length(source)).map(|_| element.value(source)).collect()),
            Self::FixedList(element, length) => Val::List((0..*length).map(|_| element.value(source)).collect()),
            Self::Map(key, value) => {
                Val::Map((0..length(source)).map(|_| (key.value(source), value.value(source))).collect())
            }
            Self::Record(fields) => {
                let field = |(at, field): (usize, &Self)| (format!("f{at}"), field.value(source));
                Val::Record(fields.iter().enumerate().map(field).collect())
            }
            Self::Tuple(parts) => Val::Tuple(parts.iter().map(|part| part.value(source)).collect()),
            Self::Variant(cases) => {
                let at = source.below(cases.len());
                Val::Variant(format!("c{at}"), cases[at].as_ref().map(|case| Box::new(case.value(source))))
            }
            Self::Enum(cases) => Val::Enum(format!("e{}", source.word() as usize % cases)),
            Self::Option(some) => Val::Option((source.byte() & 1 == 1).then(|| Box::new(some.value(source)))),
            Self::Result(ok, err) => {
                let payload = |shape: &Option<Box<Self>>, source: &mut Source<'_>| {
                    shape.as_ref().map(|shape| Box::new(shape.value(source)))
                };
                Val::Result(if source.byte() & 1 == 0 { Ok(payload(ok, source)) } else { Err(payload(err, source)) })
            }
            Self::Flags(labels) => {
                let bits = source.word();
                Val::Flags((0..*labels).filter(|at| bits >> at & 1 == 1).map(|at| format!("b{at}")).collect())
            }
        }
    }
}

/// Short, mostly; sometimes long enough for the wide paths of copying code.
fn length(source: &mut Source<'_>) -> usize {
    match source.byte() {
        long @ 240.. => usize::from(long - 239) * 9,
        short => usize::from(short) % 5,
    }
}

/// Not-a-number would not equal itself.
fn number<F>(value: F, is_nan: impl Fn(F) -> bool) -> F
where
    F: Copy + Default,
{
    if is_nan(value) { F::default() } else { value }
}

/// From every range that an encoding treats apart.
fn character(source: &mut Source<'_>) -> char {
    let (kind, bits) = (source.below(8), source.byte());
    let code = match kind {
        0..=3 => u32::from(bits & 0x7f),
        4 => 0x80 + u32::from(bits & 0x7f),
        5 => 0x100 + u32::from(bits),
        6 => 0xe000 + (u32::from(bits) << 4),
        _ => 0x1_0000 + (u32::from(bits) << 8),
    };
    char::from_u32(code).unwrap_or('?')
}
