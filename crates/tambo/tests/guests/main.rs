//! Components that real toolchains made, from Rust and from C: each driven by a host, and linked at run time.

#![expect(clippy::unwrap_used, clippy::print_stderr, reason = "tests, which say on which engine they failed")]

mod host_stock;
mod linked;
mod shelves;

use tambo::component::{Component, Instance, Limits, Linker, enumeration, record, variant};
use tambo::{Config, EngineKind, Runtime};

record! {
    #[derive(Clone, Debug, PartialEq)]
    struct Item {
        name: String,
        quantity: u32,
        price: f64,
        tags: Vec<String>,
    }
}

variant! {
    #[derive(Clone, Debug, PartialEq)]
    enum Change {
        Added(Item),
        Removed(String),
        Renamed((String, String)),
        Cleared,
    }
}

enumeration! {
    #[derive(Clone, Copy, Debug, PartialEq)]
    enum Order {
        ByName,
        ByPrice,
    }
}

fn item(name: &str, quantity: u32, price: f64, tags: &[&str]) -> Item {
    Item { name: name.to_owned(), quantity, price, tags: tags.iter().map(|&tag| tag.to_owned()).collect() }
}

/// Every test runs on every engine.
fn on_each_engine(test: impl Fn(&Runtime)) {
    for &engine in EngineKind::ALL {
        eprintln!("on {engine}");
        test(&Runtime::with_config(Config { engine, ..Config::default() }).unwrap());
    }
}

fn load(runtime: &Runtime, guest: &str) -> Component {
    runtime.load_component_file(tambo_guests::component(guest)).unwrap()
}

fn start<S: 'static>(component: &Component, linker: &Linker<S>, state: S) -> Instance<S> {
    component.link(linker).unwrap().instantiate(state, &Limits::default()).unwrap()
}

fn stock(name: &str) -> String {
    format!("tambo:demo/stock@0.1.0#{name}")
}

fn shop(name: &str) -> String {
    format!("tambo:demo/shop@0.1.0#{name}")
}
