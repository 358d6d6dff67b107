//! What a plan says.

use std::borrow::Cow;
use std::ops::Range;

use serde::{Deserialize, Serialize};
use tambo_component_types::{Flat, FuncId, Pointer, ResourceId, TypeId, Types};

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident,)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        pub struct $name(pub u32);

        impl $name {
            /// As a position in the plan's list.
            pub fn index(self) -> usize {
                self.0 as usize
            }
        }
    )*};
}

ids! {
    /// A component instance; 0 is the root.
    InstanceId,
    /// A core module.
    ModuleId,
    /// A core instance.
    CoreInstanceId,
    /// A core function that a canonical definition makes.
    CanonFuncId,
    /// A lifted function.
    LiftId,
    /// A function that the root imports.
    HostFuncId,
}

/// Everything static in a component. Every list is in the order in which instantiation gets there.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Plan {
    /// The types that everything below refers to.
    pub types: Types,
    /// Component instances, each after its parent.
    pub instances: Vec<InstancePlan>,
    /// Resource types, by [`ResourceId`].
    pub resources: Vec<ResourcePlan>,
    /// Core modules that are instantiated at least once.
    pub modules: Vec<CoreModule>,
    /// Core instances.
    pub core_instances: Vec<CoreInstancePlan>,
    /// Core functions made by canonical definitions other than `canon lift`.
    pub canon_funcs: Vec<CanonFunc>,
    /// Functions made by `canon lift`.
    pub lifts: Vec<LiftPlan>,
    /// Functions that the root imports, directly or inside of instances.
    pub host_funcs: Vec<HostFuncPlan>,
    /// What the root imports.
    pub imports: Vec<Named<ImportItem>>,
    /// What the root exports.
    pub exports: Vec<Named<ExportItem>>,
}

/// Something with a name of the component level, as it stands in the binary: `run`, `wasi:cli/run@0.2.3`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Named<T> {
    /// The name.
    pub name: String,
    /// The `(implements "…")` of the name, if it has one.
    pub implements: Option<String>,
    /// What it names.
    pub item: T,
}

/// A component instance: the unit that has a table of handles, and that may be entered and left.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InstancePlan {
    /// The instance in whose component it was instantiated; none for the root.
    pub parent: Option<InstanceId>,
    /// A name for messages, from the name section, or made up.
    pub name: String,
}

/// A resource type.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ResourcePlan {
    /// Where it comes from.
    pub origin: ResourceOrigin,
    /// The name under which the root imports or exports it, else a made-up one; for messages and printing.
    pub name: String,
}

/// Where a resource type comes from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ResourceOrigin {
    /// The root imports it, under this path: the names of the instances that it is in, if any, and its own.
    Imported {
        /// The path.
        path: Vec<String>,
    },
    /// An instance defines it.
    Defined {
        /// The instance.
        instance: InstanceId,
        /// The destructor, of type `(func (param rep))`.
        destructor: Option<CoreDef>,
        /// The width of a representation.
        representation: Pointer,
    },
}

/// A core module in the component's bytes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CoreModule {
    /// Where.
    pub bytes: Range<usize>,
    /// A name for messages, from the name section, or made up.
    pub name: String,
}

/// A core instance.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CoreInstancePlan {
    /// Of what.
    pub module: ModuleId,
    /// In which component instance.
    pub instance: InstanceId,
    /// What satisfies the module's imports, in the module's order.
    pub imports: Vec<CoreDef>,
}

/// A core definition: function, memory, table, global or tag.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum CoreDef {
    /// What a core instance exports under this name.
    Export {
        /// The instance.
        instance: CoreInstanceId,
        /// The name.
        name: String,
    },
    /// A function that a canonical definition makes.
    Canon(CanonFuncId),
}

/// A core function that a canonical definition makes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CanonFunc {
    /// The component instance whose definition it is.
    pub instance: InstanceId,
    /// What it does.
    pub kind: CanonKind,
}

/// What a canonical function does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum CanonKind {
    /// `canon lower`.
    Lower {
        /// The function that is called.
        func: Func,
        /// How.
        options: Options,
    },
    /// `canon resource.new`.
    ResourceNew(ResourceId),
    /// `canon resource.rep`.
    ResourceRep(ResourceId),
    /// `canon resource.drop`.
    ResourceDrop(ResourceId),
    /// `canon context.get`.
    ContextGet {
        /// Which of the thread's values.
        slot: u32,
        /// As what.
        ty: Flat,
    },
    /// `canon context.set`.
    ContextSet {
        /// Which of the thread's values.
        slot: u32,
        /// As what.
        ty: Flat,
    },
    /// `canon backpressure.inc` or, if not so, `canon backpressure.dec`.
    Backpressure {
        /// Whether there is to be more.
        increase: bool,
    },
    /// A built-in that is not implemented yet.
    Missing {
        /// Its name in the specification.
        name: Cow<'static, str>,
        /// Its core signature, parameters and results, as far as it is known.
        signature: Option<(Vec<Flat>, Vec<Flat>)>,
    },
}

/// A component-level function.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Func {
    /// Its type.
    pub ty: FuncId,
    /// Where it comes from.
    pub source: FuncSource,
}

/// Where a component-level function comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum FuncSource {
    /// `canon lift`.
    Lift(LiftId),
    /// The root imports it.
    Host(HostFuncId),
}

/// A lifted function.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LiftPlan {
    /// The component instance whose definition it is.
    pub instance: InstanceId,
    /// The core function.
    pub core: CoreDef,
    /// Its component-level type.
    pub ty: FuncId,
    /// How.
    pub options: Options,
}

/// The options of a canonical definition (`canonopt`).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Options {
    /// How strings lie in memory.
    pub encoding: Encoding,
    /// The memory.
    pub memory: Option<CoreDef>,
    /// The width of the memory's addresses.
    pub pointer: Pointer,
    /// The allocator.
    pub realloc: Option<CoreDef>,
    /// What frees results, once they have been read.
    pub post_return: Option<CoreDef>,
    /// Whether the asynchronous calling convention is used.
    pub is_async: bool,
    /// The callback of an asynchronous lift.
    pub callback: Option<CoreDef>,
}

/// How strings lie in memory.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Encoding {
    /// UTF-8.
    #[default]
    Utf8,
    /// UTF-16, little-endian.
    Utf16,
    /// Latin-1, or UTF-16 if the length is tagged.
    Latin1OrUtf16,
}

/// A function that the root imports.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HostFuncPlan {
    /// The names of the instances that it is in, if any, and its own.
    pub path: Vec<String>,
    /// Its type.
    pub ty: FuncId,
}

/// What the root imports.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ImportItem {
    /// A function.
    Func(HostFuncId),
    /// An instance.
    Instance(Vec<Named<ImportItem>>),
    /// A type.
    Type(TypeItem),
}

/// What the root exports.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ExportItem {
    /// A function.
    Func(Func),
    /// An instance.
    Instance(Vec<Named<ExportItem>>),
    /// A type.
    Type(TypeItem),
    /// A core module, which cannot be used from outside.
    Module,
    /// A component, which cannot be used from outside.
    Component,
}

/// A type with a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum TypeItem {
    /// A resource type.
    Resource(ResourceId),
    /// A value type.
    Value(TypeId),
    /// A function type.
    Func(FuncId),
    /// The type of a component or of an instance.
    Other,
}
