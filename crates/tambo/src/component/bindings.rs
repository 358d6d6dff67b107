//! What generated bindings name: see [`bindgen!`](super::bindgen) and `docs/bindgen.md`.

pub use std::task::Poll;

pub use tambo_component_runtime::abi::types::{Type, TypeId, Types};
pub use tambo_component_runtime::abi::{Borrow, Held, Lent, Own};
pub use tambo_component_runtime::abi::{enumeration_impl, flags_impl, record_impl, variant_impl};

pub use super::{CallError, Instance, Linker, TypedFunc};
pub use crate::{Error, Trap};
