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
