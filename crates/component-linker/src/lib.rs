//! What a host gives to components: functions and resources by name, with a state that they share.
//!
//! A door fills a [`Linker`]; whoever runs components looks up in it what they import. Neither has to know the other.

pub mod bindings;
mod identity;
mod linker;
mod reps;

pub use identity::{Identity, unique};
pub use linker::{HostResource, Linker, Provider};
pub use reps::ResourceTable;
