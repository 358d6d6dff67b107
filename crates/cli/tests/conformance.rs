//! The conformance suite of WASI 0.2 on the built command: every package on every engine.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use tambo_conformance::{Expected, Package, Run, Runtime, folder};

fn conforms(engine: &str, package: &str) {
    let package = &package.replace('_', "-");
    let runtime = Runtime::read("tambo").unwrap();
    let runtime = runtime.program(env!("CARGO_BIN_EXE_tambo")).option(["--engine", engine]);
    let expected = Expected::read(&folder().join(format!("expected-failures/tambo-{engine}.txt"))).unwrap();
    let run = Run::new(runtime, expected).unwrap();
    let totals = run.package(&Package::read(package).unwrap(), &tambo_guests::conformance(package)).unwrap();
    assert!(totals.failed.is_empty(), "{totals}\n{}", totals.failed.join("\n"));
    // What is unstable is skipped as a whole.
    assert!(totals.passed + totals.skipped.len() > 0, "{totals}");
}

macro_rules! on_every_engine {
    ($($package:ident),+) => {
        mod wasmtime {
            $(#[test] fn $package() { super::conforms("wasmtime", stringify!($package)); })+
        }
        mod wasmi {
            $(#[test] fn $package() { super::conforms("wasmi", stringify!($package)); })+
        }
    };
}

on_every_engine!(cli, clocks, filesystem, http, http_informational, io, network_error_code, random, sockets, timezone);

#[test]
fn no_package_is_left_out() {
    let names = [
        "cli",
        "clocks",
        "filesystem",
        "http",
        "http-informational",
        "io",
        "network-error-code",
        "random",
        "sockets",
        "timezone",
    ];
    assert_eq!(tambo_conformance::packages().unwrap(), names);
    assert_eq!(tambo_guests::names(tambo_guests::Language::Conformance).unwrap(), names);
}
