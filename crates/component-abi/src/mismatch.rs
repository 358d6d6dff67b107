//! A mismatch: an embedder's value or Rust type that does not fit the component's type. Found before anything is
//! written, and said with the way to the place.

use std::fmt;

use tambo_component_types::{MAX_BYTE_LENGTH, Type, TypeId, Types};

/// What an embedder gave does not fit the type of the component.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mismatch {
    /// From the inside out.
    path: Vec<Step>,
    problem: String,
}

/// A step from a value to a part of it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names are those of the component model")]
pub enum Step {
    Parameter(String),
    Result,
    Field(String),
    Case(String),
    Element(usize),
    /// The element of a list, when no particular one is meant.
    AnyElement,
    Key(usize),
    Value(usize),
    Some,
    Ok,
    Err,
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Parameter(name) => write!(f, "parameter `{name}`"),
            Self::Result => f.write_str("the result"),
            Self::Field(label) => write!(f, "field `{label}`"),
            Self::Case(label) => write!(f, "case `{label}`"),
            Self::Element(index) => write!(f, "element {index}"),
            Self::AnyElement => f.write_str("its elements"),
            Self::Key(index) => write!(f, "key {index}"),
            Self::Value(index) => write!(f, "value {index}"),
            Self::Some => f.write_str("`some`"),
            Self::Ok => f.write_str("`ok`"),
            Self::Err => f.write_str("`err`"),
        }
    }
}

impl Mismatch {
    /// A mismatch in these words.
    #[cold]
    pub fn new(problem: impl Into<String>) -> Self {
        Self { path: Vec::new(), problem: problem.into() }
    }

    /// A type was expected, and something else was given.
    #[cold]
    pub fn expected(types: &Types, ty: TypeId, got: &str) -> Self {
        Self::new(format!("expected {}, got {got}", type_name(types, ty)))
    }

    /// More bytes than the component model allows.
    #[cold]
    pub(crate) fn too_long(what: &str, bytes: u64) -> Self {
        Self::new(format!("a {what} of {bytes} bytes, of which the component model allows {MAX_BYTE_LENGTH}"))
    }

    /// So many of something were expected.
    #[cold]
    pub(crate) fn count(what: &str, expected: usize, got: usize) -> Self {
        Self::new(format!("expected {expected} {what}, got {got}"))
    }

    /// The same, seen from one step further out.
    #[cold]
    #[must_use]
    pub fn within(mut self, step: Step) -> Self {
        self.path.push(step);
        self
    }
}

impl fmt::Display for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, step) in self.path.iter().rev().enumerate() {
            write!(f, "{}{step}", if index == 0 { "" } else { ", " })?;
        }
        if !self.path.is_empty() {
            f.write_str(": ")?;
        }
        f.write_str(&self.problem)
    }
}

impl std::error::Error for Mismatch {}

/// Labels that the name of a type lists before it says "…".
const MOST_LABELS: usize = 6;

/// A type as WIT writes it, labels only where it has a name of its own.
pub fn type_name(types: &Types, ty: TypeId) -> String {
    let of = |ty: &TypeId| type_name(types, *ty);
    let or_nothing = |ty: &Option<TypeId>| ty.as_ref().map_or_else(|| "_".to_owned(), of);
    match types.get(ty) {
        Type::Bool => "bool".into(),
        Type::S8 => "s8".into(),
        Type::U8 => "u8".into(),
        Type::S16 => "s16".into(),
        Type::U16 => "u16".into(),
        Type::S32 => "s32".into(),
        Type::U32 => "u32".into(),
        Type::S64 => "s64".into(),
        Type::U64 => "u64".into(),
        Type::F32 => "f32".into(),
        Type::F64 => "f64".into(),
        Type::Char => "char".into(),
        Type::String => "string".into(),
        Type::ErrorContext => "error-context".into(),
        Type::List(element) => format!("list<{}>", of(element)),
        Type::FixedList(element, length) => format!("list<{}, {length}>", of(element)),
        Type::Map(key, value) => format!("map<{}, {}>", of(key), of(value)),
        Type::Record(fields) => labels("record", fields.iter().map(|field| &*field.name)),
        Type::Tuple(parts) => format!("tuple<{}>", parts.iter().map(of).collect::<Vec<_>>().join(", ")),
        Type::Variant(cases) => labels("variant", cases.iter().map(|case| &*case.name)),
        Type::Enum(names) => labels("enum", names.iter().map(|name| &**name)),
        Type::Flags(names) => labels("flags", names.iter().map(|name| &**name)),
        Type::Option(some) => format!("option<{}>", of(some)),
        Type::Result { ok: None, err: None } => "result".into(),
        Type::Result { ok, err: None } => format!("result<{}>", or_nothing(ok)),
        Type::Result { ok, err } => format!("result<{}, {}>", or_nothing(ok), or_nothing(err)),
        Type::Own(resource) => format!("own<resource {}>", resource.0),
        Type::Borrow(resource) => format!("borrow<resource {}>", resource.0),
        Type::Stream(None) => "stream".into(),
        Type::Stream(Some(element)) => format!("stream<{}>", of(element)),
        Type::Future(None) => "future".into(),
        Type::Future(Some(value)) => format!("future<{}>", of(value)),
    }
}

fn labels<'a>(what: &str, labels: impl ExactSizeIterator<Item = &'a str>) -> String {
    let more = if labels.len() > MOST_LABELS { ", …" } else { "" };
    let some: Vec<&str> = labels.take(MOST_LABELS).collect();
    format!("{what} {{ {}{more} }}", some.join(", "))
}
