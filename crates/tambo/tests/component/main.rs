//! Components from end to end, on each engine.

#![expect(clippy::unwrap_used, clippy::print_stderr, reason = "tests, which say on which engine they failed")]

mod agreement;
mod attacks;
mod backtrace;
mod filling;
mod handles;
mod linking;
mod owning;
mod parking;
mod precompiled;
mod resources;
mod traps;
mod values;

use tambo::component::{Component, Instance, Limits, Linker};
use tambo::{Config, EngineKind, Runtime};

/// Every test runs on every engine.
fn on_each_engine(test: impl Fn(&Runtime)) {
    for &engine in EngineKind::ALL {
        eprintln!("on {engine}");
        test(&Runtime::with_config(Config { engine, ..Config::default() }).unwrap());
    }
}

fn load(runtime: &Runtime, text: &str) -> Component {
    runtime.load_component(text.as_bytes()).unwrap()
}

fn start<S: 'static>(component: &Component, linker: &Linker<S>, state: S) -> Instance<S> {
    component.link(linker).unwrap().instantiate(state, &Limits::default()).unwrap()
}
