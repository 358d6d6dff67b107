//! Lifting and lowering: values of the component model to and from flat core values and a guest's memory
//! (CanonicalABI.md, "Loading" to "Flat Lowering").
//!
//! Two ways over the same layouts, tested against each other: dynamic, with [`Val`], and typed, with the traits
//! [`Lift`] and [`Lower`]. Lifting borrows strings and lists of bytes from the guest's memory where the type allows it.
//!
//! Lowering is two-phase, because the host never calls the guest's `realloc`: a value first says which allocations it
//! needs ([`Request`]s, in the order of the specification), generated code makes them, and then the value is written.
//! The host claims the source encoding that makes every string one exact allocation.
//!
//! Pure: slices in, values out. Handles go through [`Handles`], which the runtime implements.

mod budget;
mod context;
pub mod dynamic;
mod fault;
mod float;
mod matching;
mod memory;
mod mismatch;
mod scratch;
mod shape;
mod strings;
pub mod typed;
mod val;

pub use budget::Budget;
pub use context::{Abi, Encoding, FlatReader, FlatWriter, Handles, LiftContext, LowerContext, Request, RequestContext};
pub use fault::Fault;
pub use matching::{Marker, Markers, MatchContext};
pub use mismatch::{Mismatch, Step, type_name};
pub use scratch::Scratch;
pub use shape::{Shape, Shapes};
pub use typed::{
    Borrow, Borrowed, Filled, Held, Lent, Lift, LiftParams, LiftResult, Lower, LowerParams, LowerResult, Own, Owned,
    Param, Space, Typed,
};
pub use val::{Passing, Resource, StoreId, Val};

pub use tambo_component_types as types;
