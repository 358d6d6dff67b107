//! Components of any types, with values that fit them: for tests and fuzzers, which decide by a string of bytes.
//!
//! [`Shape`] is a type, [`Shape::value`] a value of it, [`echo`] a component that returns what it gets, and [`relay`]
//! one that passes it on to another and back, [`pass`] one that passes it on to the host. Whatever way a value takes through them, by typed or dynamic calls, on
//! whichever engine, it must come back as it was.
//!
//! [`hostile`] makes components that misbehave, for hosts that must survive them.

mod components;
mod hostile;
mod shape;
mod source;
mod value;

pub use components::{Abi, PADDING, Strings, echo, pass, relay};
pub use hostile::{Hostile, hostile};
pub use shape::Shape;
pub use source::Source;
