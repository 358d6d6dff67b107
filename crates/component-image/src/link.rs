//! Between the two halves of this crate: `fuse` joins the core modules and lays out the image, `emit` generates code.
//!
//! `emit` first declares what it needs of the layout ([`Declared`]), since host imports come first among the functions
//! of a module. `fuse` then places everything ([`Places`]), and `emit` generates bodies. Generated functions come last
//! among the functions, so that generating one may ask for further ones.

use tambo_component_plan::{CoreDef, InstanceId};
use tambo_component_types::ResourceId;
use wasm_encoder::{Function, ValType};

use crate::emit::Outline;
use crate::image::{HostImport, LiftExport};

/// What `emit` needs before anything has an index.
#[derive(Debug, Default)]
pub(crate) struct Declared {
    /// Host functions, in the order of their indices.
    pub(crate) imports: Vec<HostImport>,
    /// For each canonical function of the plan: what it is in the image. None if the plan never uses it.
    pub(crate) canon: Vec<Option<Target>>,
    /// Types of the functions that are sure to be generated, by their position among the generated ones.
    pub(crate) functions: Vec<Signature>,
    /// Exports of the image, by position among the generated functions.
    pub(crate) exports: Vec<(String, usize)>,
    /// Memories that host functions see, with the names they are exported under.
    pub(crate) memories: Vec<(String, CoreDef)>,
    /// The public tables.
    pub(crate) lifts: Vec<LiftExport>,
    /// The public tables.
    pub(crate) destructors: Vec<(ResourceId, String)>,
    /// Whether the values that a thread keeps are used.
    pub(crate) context: bool,
    /// Whether some core module can throw, so that calls across components have to catch. For `fuse` to set, which sees
    /// the modules.
    pub(crate) catch: bool,
    /// What `emit` keeps from declaring to generating.
    pub(crate) outline: Outline,
}

/// A function before layout.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Target {
    /// A host import, by position.
    Host(usize),
    /// A generated function, by position.
    Generated(usize),
}

/// A core function type, with a name for backtraces.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Signature {
    pub(crate) name: String,
    pub(crate) params: Vec<ValType>,
    pub(crate) results: Vec<ValType>,
}

/// Where things are in the image. Asking for what is not there is a bug of ours.
pub(crate) trait Places {
    /// The index of a core function.
    fn func(&self, def: &CoreDef) -> u32;
    /// The index of a memory.
    fn memory(&self, def: &CoreDef) -> u32;
    /// The function index of a host import.
    fn host(&self, position: usize) -> u32;
    /// The function index of a generated function.
    fn generated(&self, position: usize) -> u32;
    /// The mutable `i32` global that says whether an instance may be entered; 1 at first.
    fn may_enter(&self, instance: InstanceId) -> u32;
    /// The mutable `i32` global that says whether an instance may be left; 1 at first.
    fn may_leave(&self, instance: InstanceId) -> u32;
    /// The mutable `i64` global with a value that the running thread keeps; 0 at first. Only if it was declared that they
    /// are used.
    fn context(&self, slot: u32) -> u32;
}

/// A generated function, complete.
#[derive(Debug)]
pub(crate) struct Generated {
    pub(crate) signature: Signature,
    pub(crate) body: Function,
}
