//! What an image is, and the tables that explain it to the runtime.

use serde::{Deserialize, Serialize};
use tambo_component_plan::{CanonFuncId, HostFuncId, InstanceId, LiftId};
use tambo_component_types::{Flat, ResourceId};

/// The answer of a host function that needs no (further) allocation.
pub const NO_REQUEST: u64 = u64::MAX;

/// An allocation as an `i64`.
pub fn request(align: u32, size: u32) -> u64 {
    u64::from(align) << 32 | u64::from(size)
}

/// The alignment and size of a request.
pub fn split_request(request: u64) -> (u32, u32) {
    ((request >> 32) as u32, request as u32)
}

/// What an image is built for.
#[derive(Clone, Debug)]
pub struct BuildOptions {
    /// The engine has 128-bit vectors.
    pub simd: bool,
    /// The engine has exceptions.
    pub exceptions: bool,
    /// The largest image, in bytes.
    pub max_size: usize,
    /// Functions of the host that are known to wait: the image calls these again itself when they were not ready, which
    /// spares every instance the engine's adapter. One that waits and is not here is adapted by the engine.
    pub waiting: Vec<HostFuncId>,
}

impl Default for BuildOptions {
    fn default() -> Self {
        Self { simd: true, exceptions: true, max_size: 256 << 20, waiting: Vec::new() }
    }
}

/// A component as one core module.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Image {
    /// The module. Its start section, if it has one, runs the start functions of the core instances in order.
    /// Not part of what is serialized.
    #[serde(skip)]
    pub wasm: Vec<u8>,
    /// What it imports, in its order.
    pub imports: Vec<HostImport>,
    /// Its entry for each lift that the root exports.
    pub lifts: Vec<LiftExport>,
    /// Its entry for each destructor that a guest defines, of type `(func (param i32))` or `(param i64)`; for the host to
    /// drop what it owns.
    pub destructors: Vec<(ResourceId, String)>,
    /// What it was built for of [`BuildOptions::waiting`].
    pub waiting: Vec<HostFuncId>,
    /// For each defined function of the image, from the first on: where it comes from.
    pub sources: Vec<FuncOrigin>,
}

impl Image {
    /// Where the function of an index comes from; none if it is imported or does not exist.
    pub fn origin(&self, function: u32) -> Option<&FuncOrigin> {
        self.sources.get((function as usize).checked_sub(self.imports.len())?)
    }
}

/// Where a function of the image comes from; for backtraces.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum FuncOrigin {
    /// A function of a core module.
    Module {
        /// The core instance.
        instance: tambo_component_plan::CoreInstanceId,
        /// The index of the function in its module.
        function: u32,
        /// Where its body begins, as an offset from the start of the module.
        offset: usize,
    },
    /// Generated.
    Generated,
}

/// A host function that the image imports.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HostImport {
    /// The module half of its name.
    pub module: String,
    /// Its name; unique in the image.
    pub name: String,
    /// The export name of the memory that it works on.
    pub memory: Option<String>,
    /// Flat parameters.
    pub params: Vec<Flat>,
    /// Flat results; without the flag of an import that [`retries`](HostImport::retries).
    pub results: Vec<Flat>,
    /// Whether the image calls it again itself, with the same arguments, if it was not ready. The import then has one more
    /// result, an `i32` that says so, and the image calls [`HostImportKind::Park`] in between.
    pub retries: bool,
    /// What the host has to do.
    pub kind: HostImportKind,
}

impl HostImport {
    /// The results of the import.
    pub(crate) fn linked_results(&self) -> Vec<Flat> {
        let flag = self.retries.then_some(Flat::I32);
        self.results.iter().copied().chain(flag).collect()
    }
}

/// What the host has to do for an import. Instances say whose handle table is meant.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum HostImportKind {
    /// Call the host function that a `canon lower` names, with the lowered function's flat arguments.
    Call {
        /// The plan's canonical function, which has the function, its type, the options and the instance.
        canon: CanonFuncId,
        /// Whether the result is a request.
        allocates: bool,
    },
    /// `(param $ptr addr) (result i64)`: an allocation that was made; the next request.
    Next,
    /// `(result flat…)`: the flat parameters of the export that is being entered.
    Take(LiftId),
    /// `(param flat…)`: the flat results of the export that is being left.
    Give(LiftId),
    /// `(param $rep) (result i32)`.
    ResourceNew {
        /// The type.
        resource: ResourceId,
        /// The table.
        instance: InstanceId,
    },
    /// `(param i32) (result $rep)`.
    ResourceRep {
        /// The type.
        resource: ResourceId,
        /// The table.
        instance: InstanceId,
    },
    /// `(param i32) (result i64)`: remove a handle; the representation if it owned a resource of a guest, whose
    /// destructor generated code must now call if it has one, else -1. Representations are zero-extended if they are 32
    /// bits wide. The host itself drops resources of its own. For 64-bit representations the result is two:
    /// `(result i64 i32)`, the second one whether it owned one.
    ResourceDrop {
        /// The type.
        resource: ResourceId,
        /// The table.
        instance: InstanceId,
    },
    /// `(param i32) (result i32)`: an owned handle from one table to the other.
    TransferOwn {
        /// The type.
        resource: ResourceId,
        /// The table it leaves.
        from: InstanceId,
        /// The table it enters.
        to: InstanceId,
    },
    /// `(param i32) (result i32)`: a handle of one table as a borrowed one in the other, or, if the other instance
    /// defines the type, as its representation. Within a scope.
    TransferBorrow {
        /// The type.
        resource: ResourceId,
        /// The table it is lent from.
        from: InstanceId,
        /// The table it is lent to.
        to: InstanceId,
    },
    /// `()`: begin a call from guest to guest that lends handles.
    ScopeEnter,
    /// `()`: end it: traps if a borrowed handle was not dropped; gives back what was lent.
    ScopeExit,
    /// `(param $code i32)`: trap; [`TrapCode`] says why.
    Trap,
    /// `()`: trap, since something was called that is not supported yet; this says what.
    Missing(String),
    /// `()`: wait until a function that was not ready may be.
    Park,
    /// `()`: a component instance wants to be called less, or more; only asynchronous calls heed it.
    Backpressure {
        /// The instance.
        instance: InstanceId,
        /// Whether it is less.
        increase: bool,
    },
}

/// Why generated code traps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum TrapCode {
    /// A component instance was called while it must not be left.
    CannotLeave,
    /// A component instance was entered again while it is running.
    CannotEnter,
    /// A pointer is not aligned as its type demands.
    Misaligned,
    /// A string or list leaves its memory.
    OutOfBounds,
    /// A string or list is longer than the component model allows.
    TooLong,
    /// A string is not in the encoding that it should be in.
    BadString,
    /// A discriminant of a variant is none of its cases.
    BadDiscriminant,
    /// A number is no Unicode scalar value.
    BadChar,
    /// `realloc` returned a block that is misaligned.
    BadRealloc,
    /// `realloc` returned a block that leaves its memory.
    ReallocOutOfBounds,
    /// A core exception left a component function.
    UncaughtException,
}

impl TrapCode {
    /// All of them, by their number.
    pub const ALL: [Self; 11] = [
        Self::CannotLeave,
        Self::CannotEnter,
        Self::Misaligned,
        Self::OutOfBounds,
        Self::TooLong,
        Self::BadString,
        Self::BadDiscriminant,
        Self::BadChar,
        Self::BadRealloc,
        Self::ReallocOutOfBounds,
        Self::UncaughtException,
    ];

    /// The trap as a person reads it.
    pub fn message(self) -> &'static str {
        match self {
            Self::CannotLeave => "cannot leave component instance",
            Self::CannotEnter => "cannot enter component instance",
            Self::Misaligned => "unaligned pointer",
            Self::OutOfBounds => "string or list content out of bounds of its memory",
            Self::TooLong => "string or list longer than the component model allows",
            Self::BadString => "string is not well-formed in its encoding",
            Self::BadDiscriminant => "invalid variant discriminant",
            Self::BadChar => "invalid `char` bit pattern",
            Self::BadRealloc => "realloc returned an unaligned pointer",
            Self::ReallocOutOfBounds => "realloc returned a block out of bounds of its memory",
            Self::UncaughtException => "an exception left a component function",
        }
    }
}

/// The image's entry for a lifted function.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LiftExport {
    /// The lifted function.
    pub lift: LiftId,
    /// The name of the core export.
    pub export: String,
    /// How it takes parameters.
    pub params: ParamMode,
    /// How it returns results.
    pub results: ResultMode,
}

/// How an export takes its parameters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ParamMode {
    /// As its own flat parameters.
    Flat,
    /// As one `i64`, the first request (there is always one); the flat parameters come from [`HostImportKind::Take`].
    Requests,
}

/// How an export returns its results.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ResultMode {
    /// As its own flat results, none of which points into memory.
    Flat,
    /// Through [`HostImportKind::Give`]; the core export has no results.
    Given,
}
