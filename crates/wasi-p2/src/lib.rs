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
pub mod filesystem;
pub mod http;
pub mod io;
mod p2;
mod random;
pub mod sockets;
mod table;

use std::task::{Context, Poll};

use tambo_component_linker::Linker;
use tambo_engine::Trap;

pub use p2::P2;

/// What is `@unstable` in the WIT: components find it only where it was asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Unstable {
    /// `wasi:clocks/timezone`.
    pub clocks_timezone: bool,
    /// `wasi:sockets/network`, `network-error-code`.
    pub network_error_code: bool,
}

/// Give all of WASI 0.2 that is stable to components whose state has a [`P2`], and say how that state waits.
pub fn add_to_linker<S: AsMut<P2> + 'static>(linker: &mut Linker<S>) {
    add_to_linker_with(linker, Unstable::default());
}

/// The same, with what is unstable.
pub fn add_to_linker_with<S: AsMut<P2> + 'static>(linker: &mut Linker<S>, unstable: Unstable) {
    fn get<S: AsMut<P2>>(state: &mut S) -> &mut P2 {
        state.as_mut()
    }
    bindings::add_to_linker(linker, get);
    if unstable.clocks_timezone {
        bindings::timezone::add_to_linker(linker, get);
    }
    if unstable.network_error_code {
        sockets::add_network_error_code(linker, get);
    }
    linker.wait_with(
        |state: &mut S| -> Result<(), Trap> { state.as_mut().block() },
        |state: &mut S, context: &mut Context<'_>| -> Poll<Result<(), Trap>> { state.as_mut().poll_wait(context) },
    );
}

/// What a command exports: an interface of one function, `run: func() -> result`.
pub const RUN_INTERFACE: &str = "wasi:cli/run@0.2.12";
