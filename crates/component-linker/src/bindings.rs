//! What the host's side of generated bindings names: the `runtime` of a crate that gives imports and calls nothing.

pub use std::task::Poll;

pub use tambo_component_runtime::abi::types::{Type, TypeId, Types};
pub use tambo_component_runtime::abi::{Borrow, Filled, Own, Space};
pub use tambo_component_runtime::abi::{enumeration_impl, flags_impl, record_impl, variant_impl};
pub use tambo_component_runtime::filling::Answer;
pub use tambo_engine::Trap;

pub use crate::Linker;
