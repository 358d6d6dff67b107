//! Bindings that were generated compile, and components run with them, on each engine.

#![deny(missing_docs, unused)]
#![expect(clippy::unwrap_used, clippy::print_stderr, reason = "tests, which say on which engine they failed")]

mod demo;
mod filling;
pub mod odd;
mod relay;
pub mod same;
mod swapped;
pub mod wasi;

use tambo::component::{Component, Instance, Limits, Linker};
use tambo::{Config, EngineKind, Runtime};

/// Every test runs on every engine.
fn on_each_engine(guest: &str, test: impl Fn(Component)) {
    let guest = tambo_guests::component(guest);
    for &engine in EngineKind::ALL {
        eprintln!("on {engine}");
        let runtime = Runtime::with_config(Config { engine, ..Config::default() }).unwrap();
        test(runtime.load_component_file(&guest).unwrap());
    }
}

fn start<S: 'static>(component: &Component, linker: &Linker<S>, state: S) -> Instance<S> {
    component.link(linker).unwrap().instantiate(state, &Limits::default()).unwrap()
}
