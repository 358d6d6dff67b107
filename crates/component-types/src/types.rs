//! What types there are. Names and grouping follow Explainer.md, "Type Definitions".

use serde::{Deserialize, Serialize};

/// A value type in its arena.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct TypeId(pub(crate) u32);

impl TypeId {
    /// Its position in the arena.
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// A function type in its arena.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct FuncId(pub(crate) u32);

impl FuncId {
    /// Its position in the arena.
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// A concrete resource type: one that the component imports, or one that one of its instances defines. Numbered in the
/// order in which instantiation meets them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ResourceId(pub u32);

/// A value type.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the names are those of the component model")]
pub enum Type {
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
    ErrorContext,
    List(TypeId),
    /// A list whose length is part of its type.
    FixedList(TypeId, u32),
    Map(TypeId, TypeId),
    Record(Box<[Field]>),
    Tuple(Box<[TypeId]>),
    Variant(Box<[Case]>),
    Enum(Box<[Box<str>]>),
    Option(TypeId),
    Result {
        ok: Option<TypeId>,
        err: Option<TypeId>,
    },
    Flags(Box<[Box<str>]>),
    Own(ResourceId),
    Borrow(ResourceId),
    Stream(Option<TypeId>),
    Future(Option<TypeId>),
}

/// A field of a record.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Field {
    /// Its label.
    pub name: Box<str>,
    /// Its type.
    pub ty: TypeId,
}

/// A case of a variant.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Case {
    /// Its label.
    pub name: Box<str>,
    /// The type of what it carries, if it carries something.
    pub ty: Option<TypeId>,
}

/// A parameter of a function.
pub type Param = Field;

/// A function type.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct FuncType {
    /// Whether it is declared `async`: callers must reckon with its blocking.
    pub is_async: bool,
    /// Parameters, in order.
    pub params: Box<[Param]>,
    /// The result, if there is one.
    pub result: Option<TypeId>,
}
