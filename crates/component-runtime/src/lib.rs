//! Handle tables, resources and calls of a component that runs (CanonicalABI.md, "Runtime State", "Canonical
//! Definitions").
//!
//! An image imports host functions only; [`imports()`] makes them, from what the embedder defines ([`host`]) and from
//! what the canonical ABI demands ([`resources`]). [`Running`] is an instance of the image, and calls its exports.
//! No host function ever calls the guest.
//!
//! Knows no operating system, and of engines only the contract.

pub mod call;
mod call_async;
pub mod dynamic;
pub mod filling;
mod held;
pub mod host;
pub mod imports;
mod owned;
pub mod resources;
pub mod scope;
pub mod site;
pub mod state;
pub mod table;
pub mod trace;
mod transfer;
pub mod user;

pub use call::{CallError, Entry, Program, Running};
pub use imports::{DropHost, Provided, imports};
pub use state::{HostLimits, State, Waits};
pub use user::User;

pub use tambo_component_abi as abi;
pub use tambo_component_image as image;
pub use tambo_component_plan as plan;
