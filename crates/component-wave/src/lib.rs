//! WAVE: values of the component model as text, and calls of functions with them (the format is described with the
//! `wasm-wave` crate of wasm-tools).
//!
//! Parsing is led by the type, so a label needs no `%` where only a label can be. An error says where, what was
//! expected and what was found. Handles, streams and futures have no text. Pure: text in, values out.

mod call;
mod cursor;
mod error;
mod parse;
mod print;

pub use call::{Call, parse_call};
pub use error::WaveError;
pub use parse::parse;
pub use print::print;
