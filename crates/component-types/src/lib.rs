//! The types of the component model, as far as values and functions go (CanonicalABI.md, "Despecialization" to
//! "Flattening"; Explainer.md, "Type Definitions").
//!
//! [`Types`] is an arena of interned types: equal types have equal ids, so that comparing two types is comparing two
//! numbers. Resource types in it are concrete ([`ResourceId`]): whoever builds the arena has substituted abstract
//! ones, so there is nothing left to resolve at run time. Every type knows its [`Layout`] for both widths of pointer.
//!
//! Pure: no bytes, no memory, no engine.

mod arena;
mod layout;
mod listed;
mod types;

pub use arena::{TooLarge, Types};
pub use layout::{
    Flat, Layout, MAX_BYTE_LENGTH, MAX_FLAT_ASYNC_PARAMS, MAX_FLAT_PARAMS, MAX_FLAT_RESULTS, Pointer, align_to,
    discriminant_size,
};
pub use types::{Case, Field, FuncId, FuncType, Param, ResourceId, Type, TypeId};
