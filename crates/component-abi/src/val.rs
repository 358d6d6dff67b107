//! Values whose type is known at run time only.

use std::fmt;

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

    /// Do something with each handle in it.
    pub(crate) fn each_handle<E>(&self, act: &mut dyn FnMut(Resource, Passing) -> Result<(), E>) -> Result<(), E> {
        match self {
            Self::Own(resource) => act(*resource, Passing::Given),
            Self::Borrow(resource) => act(*resource, Passing::Lent),
            Self::List(list) | Self::Tuple(list) => list.iter().try_for_each(|val| val.each_handle(act)),
            Self::Map(entries) => entries.iter().try_for_each(|(key, value)| {
                key.each_handle(act)?;
                value.each_handle(act)
            }),
            Self::Record(fields) => fields.iter().try_for_each(|(_, value)| value.each_handle(act)),
            Self::Variant(_, payload) | Self::Option(payload) | Self::Result(Ok(payload) | Err(payload)) => {
                payload.iter().try_for_each(|payload| payload.each_handle(act))
            }
            _ => Ok(()),
        }
    }
}

/// How a resource is passed to a guest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Passing {
    /// It is the guest's.
    Given,
    /// It is the guest's for the time of a call.
    Lent,
}

/// A resource as the host sees it: its type and representation, and the store that it came from. For a resource of the
/// host's own, the representation is what the host chose. An owned resource of a guest that the host does not pass on
/// must be dropped through the instance that it came from.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Resource {
    /// Its type, in the component that the value came from or goes to.
    pub ty: ResourceId,
    /// Its representation.
    pub rep: u64,
    store: Option<StoreId>,
}

/// Without the store, whose number is another one in each run.
impl fmt::Debug for Resource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Resource").field("ty", &self.ty).field("rep", &self.rep).finish_non_exhaustive()
    }
}

impl Resource {
    /// One of the host's own, for a component that calls its type so.
    pub fn of_host(ty: ResourceId, rep: u64) -> Self {
        Self { ty, rep, store: None }
    }

    /// One that comes out of a store, or goes back to it.
    pub fn of_store(ty: ResourceId, rep: u64, store: StoreId) -> Self {
        Self { ty, rep, store: Some(store) }
    }

    /// The store that it came from; none if the host made it.
    pub fn store(&self) -> Option<StoreId> {
        self.store
    }
}

/// Which store it is, among all of a process.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct StoreId(pub u64);
