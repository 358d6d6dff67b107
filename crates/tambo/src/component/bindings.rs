//! What generated bindings name: see [`bindgen!`](super::bindgen) and `docs/bindgen.md`.

pub use tambo_component_linker::bindings::*;
pub use tambo_component_runtime::abi::{Held, Lent};

pub use super::{CallError, Instance, TypedFunc};
pub use crate::Error;
