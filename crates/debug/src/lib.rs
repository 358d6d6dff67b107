//! What makes backtraces readable: [`demangle`] names, and [`locate`] instructions in the source by DWARF.
//!
//! Names and debug information are the guest's, who may mean ill: DWARF is small for what it can make a reader do, since
//! its parts refer to each other freely. So everything that is read is paid for from a fixed amount of work, a
//! name has a longest length, and nothing is kept.

mod demangle;
mod dwarf;
mod entry;
mod functions;
mod lines;
#[cfg(test)]
mod tests;
mod work;

pub use demangle::demangle;
pub use dwarf::locate;
