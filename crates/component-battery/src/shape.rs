//! Types, before they are text.

use tambo_component_abi::types::{Flat, Pointer};

use crate::Source;

/// A value type. Labels are made up from positions.
#[derive(Clone, Debug, PartialEq)]
#[expect(missing_docs, reason = "the names are those of the component model")]
pub enum Shape {
    Bool,
    S8,
    U8,
    S16,
    U16,
    S32,
    U32,
    S64,
    U64,
    F32,
    F64,
    Char,
    String,
    List(Box<Shape>),
    FixedList(Box<Shape>, u32),
    Map(Box<Shape>, Box<Shape>),
    Record(Vec<Shape>),
    Tuple(Vec<Shape>),
    Variant(Vec<Option<Shape>>),
    Enum(usize),
    Option(Box<Shape>),
    Result(Option<Box<Shape>>, Option<Box<Shape>>),
    Flags(usize),
}

const SCALARS: [Shape; 13] = [
    Shape::U32,
    Shape::Bool,
    Shape::S8,
    Shape::U8,
    Shape::S16,
    Shape::U16,
    Shape::S32,
    Shape::S64,
    Shape::U64,
    Shape::F32,
    Shape::F64,
    Shape::Char,
    Shape::String,
];

impl Shape {
    /// A type, nested at most so deep.
    pub fn any(source: &mut Source<'_>, depth: u32) -> Self {
        if depth == 0 {
            return Self::scalar(source);
        }
        let inner = |source: &mut Source<'_>| Self::any(source, depth - 1);
        let boxed = |source: &mut Source<'_>| Box::new(inner(source));
        let maybe = |source: &mut Source<'_>| (source.below(3) != 0).then(|| inner(source));
        match source.below(17) {
            0..=3 => Self::scalar(source),
            4 | 5 => Self::List(boxed(source)),
            6 => Self::FixedList(boxed(source), 1 + source.below(5) as u32),
            7 | 8 => Self::Record((0..=source.below(5)).map(|_| inner(source)).collect()),
            9 => Self::Tuple((0..=source.below(5)).map(|_| inner(source)).collect()),
            10 | 11 => Self::Variant((0..=source.below(5)).map(|_| maybe(source)).collect()),
            12 => Self::Enum(1 + source.below(300)),
            13 => Self::Option(boxed(source)),
            14 => Self::Result(maybe(source).map(Box::new), maybe(source).map(Box::new)),
            15 => Self::Map(Box::new(Self::key(source)), boxed(source)),
            _ => Self::Flags(1 + source.below(32)),
        }
    }

    /// A type that may be the key of a map: any scalar but those that are not equal to themselves.
    fn key(source: &mut Source<'_>) -> Self {
        match Self::scalar(source) {
            Self::F32 | Self::F64 => Self::String,
            scalar => scalar,
        }
    }

    fn scalar(source: &mut Source<'_>) -> Self {
        SCALARS[source.below(SCALARS.len())].clone()
    }

    /// The parts that it is made of.
    fn parts(&self) -> Vec<&Self> {
        match self {
            Self::List(element) | Self::FixedList(element, _) | Self::Option(element) => vec![element],
            Self::Map(key, value) => vec![key, value],
            Self::Record(parts) | Self::Tuple(parts) => parts.iter().collect(),
            Self::Variant(cases) => cases.iter().flatten().collect(),
            Self::Result(ok, err) => ok.iter().chain(err).map(AsRef::as_ref).collect(),
            _ => Vec::new(),
        }
    }

    /// Bytes in memory, and the alignment.
    pub fn layout(&self, pointer: Pointer) -> (u32, u32) {
        match self {
            Self::Bool | Self::S8 | Self::U8 => (1, 1),
            Self::S16 | Self::U16 => (2, 2),
            Self::S32 | Self::U32 | Self::F32 | Self::Char => (4, 4),
            Self::S64 | Self::U64 | Self::F64 => (8, 8),
            Self::String | Self::List(_) | Self::Map(..) => (2 * pointer.size(), pointer.size()),
            Self::FixedList(element, length) => {
                let (size, align) = element.layout(pointer);
                (size * length, align)
            }
            Self::Record(parts) | Self::Tuple(parts) => sequence(pointer, parts.iter()),
            Self::Variant(cases) => choice(pointer, cases.len(), cases.iter().flatten()),
            Self::Enum(cases) => choice(pointer, *cases, [].into_iter()),
            Self::Option(some) => choice(pointer, 2, [&**some].into_iter()),
            Self::Result(ok, err) => choice(pointer, 2, ok.iter().chain(err).map(AsRef::as_ref)),
            Self::Flags(labels) => match labels {
                0..=8 => (1, 1),
                9..=16 => (2, 2),
                _ => (4, 4),
            },
        }
    }

    /// Its flat core types, however many.
    pub fn flat(&self, pointer: Pointer) -> Vec<Flat> {
        match self {
            Self::S64 | Self::U64 => vec![Flat::I64],
            Self::F32 => vec![Flat::F32],
            Self::F64 => vec![Flat::F64],
            Self::String | Self::List(_) | Self::Map(..) => vec![pointer.flat(); 2],
            Self::FixedList(element, length) => element.flat(pointer).repeat(*length as usize),
            Self::Record(parts) | Self::Tuple(parts) => parts.iter().flat_map(|part| part.flat(pointer)).collect(),
            Self::Variant(cases) => flat_choice(pointer, cases.iter().flatten()),
            Self::Option(some) => flat_choice(pointer, [&**some].into_iter()),
            Self::Result(ok, err) => flat_choice(pointer, ok.iter().chain(err).map(AsRef::as_ref)),
            _ => vec![Flat::I32],
        }
    }

    /// The type as text. Types that need a name are appended to `named`, as the text of their definitions; they are
    /// referred to as `$tN`, N being their position there.
    pub fn text(&self, named: &mut Vec<String>) -> String {
        let parts: Vec<String> = self.parts().into_iter().map(|part| part.text(named)).collect();
        let mut parts = parts.into_iter();
        let mut next = || parts.next().unwrap_or_default();
        match self {
            Self::List(_) => format!("(list {})", next()),
            Self::Map(..) => format!("(map {} {})", next(), next()),
            Self::FixedList(_, length) => format!("(list {} {length})", next()),
            Self::Option(_) => format!("(option {})", next()),
            Self::Tuple(_) => format!("(tuple {})", parts.collect::<Vec<_>>().join(" ")),
            Self::Result(ok, err) => {
                let ok = if ok.is_some() { next() } else { String::new() };
                let err = if err.is_some() { format!("(error {})", next()) } else { String::new() };
                format!("(result {ok} {err})")
            }
            Self::Record(_) => {
                let fields: String = parts.enumerate().map(|(at, part)| format!("(field \"f{at}\" {part})")).collect();
                name(format!("(record {fields})"), named)
            }
            Self::Variant(cases) => {
                let mut text = String::new();
                for (at, case) in cases.iter().enumerate() {
                    let payload = if case.is_some() { next() } else { String::new() };
                    text.push_str(&format!("(case \"c{at}\" {payload})"));
                }
                name(format!("(variant {text})"), named)
            }
            Self::Enum(cases) => name(format!("(enum {})", labels("e", *cases)), named),
            Self::Flags(count) => name(format!("(flags {})", labels("b", *count)), named),
            scalar => format!("{scalar:?}").to_lowercase(),
        }
    }
}

fn labels(prefix: &str, count: usize) -> String {
    (0..count).map(|at| format!("\"{prefix}{at}\" ")).collect()
}

fn name(definition: String, named: &mut Vec<String>) -> String {
    named.push(definition);
    format!("$t{}", named.len() - 1)
}

pub(crate) fn align_to(offset: u32, align: u32) -> u32 {
    offset.div_ceil(align) * align
}

fn sequence<'a>(pointer: Pointer, parts: impl Iterator<Item = &'a Shape>) -> (u32, u32) {
    let (size, align) = parts
        .map(|part| part.layout(pointer))
        .fold((0, 1), |(size, most), (part, align)| (align_to(size, align) + part, most.max(align)));
    (align_to(size, align), align)
}

fn choice<'a>(pointer: Pointer, cases: usize, payloads: impl Iterator<Item = &'a Shape>) -> (u32, u32) {
    let tag = if cases <= 256 { 1 } else { 2 };
    let (size, align) = payloads
        .map(|payload| payload.layout(pointer))
        .fold((0, 1), |(most, aligned), (size, align): (u32, u32)| (most.max(size), aligned.max(align)));
    let whole = align.max(tag);
    (align_to(align_to(tag, align) + size, whole), whole)
}

fn flat_choice<'a>(pointer: Pointer, payloads: impl Iterator<Item = &'a Shape>) -> Vec<Flat> {
    let mut joined: Vec<Flat> = Vec::new();
    for payload in payloads {
        for (at, flat) in payload.flat(pointer).into_iter().enumerate() {
            match joined.get_mut(at) {
                Some(before) => *before = before.join(flat),
                None => joined.push(flat),
            }
        }
    }
    joined.insert(0, Flat::I32);
    joined
}
