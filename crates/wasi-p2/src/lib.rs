//! The door of WASI 0.2: the interfaces of `wasi:io`, `wasi:clocks`, `wasi:random`, `wasi:cli`, `wasi:filesystem`,
//! `wasi:sockets` and `wasi:http` (proposals/*/wit at v0.2.12), translated to the kernel.
//!
//! [`add_to_linker`] gives all of it to components; a component that was built for any 0.2.x finds it. What one guest
//! has is a [`P2`], made from a kernel [`Grant`](tambo_kernel::Grant).
//!
//! A door translates: what is decided about the system is decided in the kernel.

mod bindings;
mod cli;
mod clocks;
pub mod io;
mod p2;
mod random;
mod table;

use std::task::{Context, Poll};

use tambo_component_linker::Linker;
use tambo_engine::Trap;

pub use p2::P2;

/// Give all of WASI 0.2 to components whose state has a [`P2`], and say how that state waits.
pub fn add_to_linker<S: AsMut<P2> + 'static>(linker: &mut Linker<S>) {
    fn get<S: AsMut<P2>>(state: &mut S) -> &mut P2 {
        state.as_mut()
    }
    bindings::add_to_linker(linker, get);
    linker.wait_with(
        |state: &mut S| -> Result<(), Trap> { state.as_mut().block() },
        |state: &mut S, context: &mut Context<'_>| -> Poll<Result<(), Trap>> { state.as_mut().poll_wait(context) },
    );
}

/// The name of the function that runs a command (`wasi:cli/run`).
pub const RUN: &str = "wasi:cli/run@0.2.12#run";
