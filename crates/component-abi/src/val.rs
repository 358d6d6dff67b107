//! Values whose type is known at run time only.

use tambo_component_types::ResourceId;

/// A value of the component model. Which type it has is said by the function type that it goes with.
#[derive(Clone, Debug, PartialEq)]
#[expect(missing_docs, reason = "the names are those of the component model")]
pub enum Val {
    Bool(bool),
    S8(i8),
    U8(u8),
    S16(i16),
    U16(u16),
    S32(i32),
    U32(u32),
    S64(i64),
    U64(u64),
    F32(f32),
    F64(f64),
    Char(char),
    String(String),
    /// A list, of any or of fixed length.
    List(Vec<Val>),
    Map(Vec<(Val, Val)>),
    /// Labels and values, in the order of the type.
    Record(Vec<(String, Val)>),
    Tuple(Vec<Val>),
    Variant(String, Option<Box<Val>>),
    Enum(String),
    Option(Option<Box<Val>>),
    Result(Result<Option<Box<Val>>, Option<Box<Val>>>),
    /// The labels that are set, in the order of the type.
    Flags(Vec<String>),
    Own(Resource),
    Borrow(Resource),
}

impl Val {
    /// What kind of value it is, as messages say it.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Bool(_) => "bool",
            Self::S8(_) => "s8",
            Self::U8(_) => "u8",
            Self::S16(_) => "s16",
            Self::U16(_) => "u16",
            Self::S32(_) => "s32",
            Self::U32(_) => "u32",
            Self::S64(_) => "s64",
            Self::U64(_) => "u64",
            Self::F32(_) => "f32",
            Self::F64(_) => "f64",
            Self::Char(_) => "char",
            Self::String(_) => "string",
            Self::List(_) => "list",
            Self::Map(_) => "map",
            Self::Record(_) => "record",
            Self::Tuple(_) => "tuple",
            Self::Variant(..) => "variant",
            Self::Enum(_) => "enum",
            Self::Option(_) => "option",
            Self::Result(_) => "result",
            Self::Flags(_) => "flags",
            Self::Own(_) => "own",
            Self::Borrow(_) => "borrow",
        }
    }
}

/// A resource as the host sees it: its type and representation. For a resource of the host's own, the representation
/// is what the host chose. An owned resource of a guest that the host does not pass on must be dropped through the
/// instance that it came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Resource {
    /// Its type, in the component that the value came from or goes to.
    pub ty: ResourceId,
    /// Its representation.
    pub rep: u64,
}
