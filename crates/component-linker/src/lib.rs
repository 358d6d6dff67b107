//! What a host gives to components: functions and resources by name, with a state that they share.
//!
//! A door fills a [`Linker`]; whoever runs components looks up in it what they import. Neither has to know the other.

pub mod bindings;
mod handles;
mod identity;
mod linker;
mod reps;

pub use handles::{BorrowRep, OwnRep};
pub use identity::{Identity, unique};
pub use linker::{Linker, Provider};
pub use reps::ResourceTable;
