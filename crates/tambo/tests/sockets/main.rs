//! `wasi:sockets` of 0.2 from end to end, on each engine: a real guest (`guests/components/network`), real sockets of the
//! loopback interface, and the rules of the grant.

#![expect(clippy::unwrap_used, clippy::print_stderr, reason = "tests, which say on which engine they failed")]

mod attacks;
mod echo;

use tambo::{Config, EngineKind, Grant, Outcome, Runtime};

/// Every test runs on every engine.
fn on_each_engine(test: impl Fn(&Runtime)) {
    for &engine in EngineKind::ALL {
        eprintln!("on {engine}");
        test(&Runtime::with_config(Config { engine, ..Config::default() }).unwrap());
    }
}

/// A grant of these rules.
fn allowed(rules: &str) -> Grant {
    let mut grant = Grant::new();
    grant.allow_network(rules.parse().unwrap());
    grant
}

/// What the guest says when it is called with these arguments.
fn run(runtime: &Runtime, mut grant: Grant, arguments: &[&str]) -> Vec<String> {
    let component = runtime.load_component_file(tambo_guests::component("network")).unwrap();
    grant.args(["network"]).args(arguments.iter().copied());
    let output = grant.capture_stdout(1 << 20);
    match component.command().unwrap().run(grant).unwrap() {
        Outcome::Exit(0) => {}
        other => panic!("{other:?}"),
    }
    String::from_utf8(output.contents()).unwrap().lines().map(str::to_owned).collect()
}
