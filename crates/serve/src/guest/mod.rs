//! Guests that answer requests: components of `wasi:http/proxy`.
//!
//! A request gets an instance, a fresh one unless instances are reused; its `handle` is called, and runs on the worker's
//! thread until it waits. Its answer is looked at only then: by that time a short body is whole, and leaves in one write.

mod call;
mod give_way;
mod instances;
mod loader;
mod meter;
mod output;
mod report;
mod site;
mod tail;

pub(crate) use give_way::GiveWay;
pub use loader::{GuestOptions, Loader};
pub(crate) use tail::Tail;
