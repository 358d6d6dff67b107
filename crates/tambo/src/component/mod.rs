//! Components: load, link with functions of the host or with other components, instantiate, call.
//!
//! ```
//! use tambo::Runtime;
//! use tambo::component::{Limits, Linker, Val};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let component = Runtime::new()?.load_component(br#"(component
//!     (import "host" (instance $host (export "add" (func (param "a" u32) (param "b" u32) (result u32)))))
//!     (core func $add (canon lower (func $host "add")))
//!     (core module $m
//!         (import "" "add" (func $add (param i32 i32) (result i32)))
//!         (func (export "double") (param i32) (result i32) (call $add (local.get 0) (local.get 0))))
//!     (core instance $i (instantiate $m (with "" (instance (export "add" (func $add))))))
//!     (func (export "double") (param "n" u32) (result u32) (canon lift (core func $i "double"))))"#)?;
//!
//! let mut linker = Linker::<u64>::new();
//! linker.func::<(u32, u32), (u32,), _>("host#add", |calls, (a, b)| {
//!     *calls += 1;
//!     Ok((a.wrapping_add(b),))
//! });
//! let mut instance = component.link(&linker)?.instantiate(0, &Limits::default())?;
//!
//! let double = instance.func::<(u32,), (u32,)>("double")?;
//! assert_eq!(double.call(&mut instance, (21,))?, (42,));
//! assert_eq!(instance.call("double", &[Val::U32(4)])?, Some(Val::U32(8)));
//! assert_eq!(*instance.state(), 2);
//! # Ok(())
//! # }
//! ```
//!
//! # Names
//!
//! A function of an instance is named `"package:name/interface@1.0.0#function"`, one of the root by its plain name.
//! Versions match as semantic versioning has it: what is older finds what is newer, if the types agree.
//!
//! # Types
//!
//! The parameters of a function of the host are a tuple, the result is `()` or a tuple of one. Strings and lists of
//! bytes may be borrowed from the guest's memory: write `(&'static str,)`, and the function is called with a `&str` that
//! lives as long as the call. See [`Lift`](typed::Lift) and [`Lower`](typed::Lower) for the types there are, and
//! [`Linker::func_dynamic`] and [`Instance::call`] for types that are known at run time only. [`record!`], [`variant!`] and
//! [`enumeration!`] declare a `struct` or `enum` that stands for a type of that kind.
//!
//! # Traps
//!
//! A component that trapped cannot be called again: make a new instance.

mod backtrace;
pub mod bindings;
mod command;
mod instance;
mod limits;
mod linked;
mod load;
mod matching;
mod paths;
mod shared;
mod tables;
mod thread_bound;

pub use command::{Command, Wasi, wasi_linker, wasi_linker_with};
pub use instance::{Instance, TypedFunc};
pub use limits::Limits;
pub use linked::Linked;
pub use load::Component;
pub use shared::SharedInstance;

#[cfg(feature = "bindgen")]
pub use tambo_bindgen_macro::bindgen;
pub use tambo_component_linker::{Linker, ResourceTable};
pub use tambo_component_runtime::CallError;
pub use tambo_component_runtime::abi::types;
pub use tambo_component_runtime::abi::{
    Borrow, Borrowed, Fault, Filled, Held, Lent, Mismatch, Own, Owned, Resource, Space, Val, typed,
};
/// Rust types for records, variants and enumerations.
pub use tambo_component_runtime::abi::{
    enumeration, enumeration_impl, flags_impl, record, record_impl, variant, variant_impl,
};
pub use tambo_component_runtime::filling::Answer;
pub use tambo_component_runtime::image::Image;
pub use tambo_component_runtime::plan::{self, Plan};
pub use tambo_wasi_p2::Unstable;
