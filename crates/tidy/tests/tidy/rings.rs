//! The rings of ARCHITECTURE.md: who may depend on whom, and which foreign crates no ring may reach.
//!
//! What only tests need (dev-dependencies) is free.

use crate::metadata::{Graph, Package};
use crate::repository::Violation;

/// A crate of ours: its name, the crates of ours it may name, and what its graph must not reach.
struct Ring {
    name: &'static str,
    may_use: &'static [&'static str],
    never: &'static [&'static [&'static str]],
}

/// A trailing `*` stands for any ending.
const WASM: &[&str] = &["wasm*", "wasmi*", "wat", "wast", "wit-*", "cranelift*", "wiggle*"];
const EXECUTION: &[&str] = &["wasmtime*", "wasmi*", "cranelift*"];
const SYSTEM: &[&str] =
    &["rustix", "libc", "nix", "linux-raw-sys", "cap-*", "windows*", "mio", "socket2", "signal-hook*"];
const RUNTIME: &[&str] = &["tokio*", "async-std", "async-io", "async-executor", "smol", "futures-executor", "hyper*"];

const ENGINE: &str = "tambo-engine";
const KERNEL: &str = "tambo-kernel";
const TYPES: &str = "tambo-component-types";
const PLAN: &str = "tambo-component-plan";
const ABI: &str = "tambo-component-abi";
const WAVE: &str = "tambo-component-wave";
const IMAGE: &str = "tambo-component-image";
const RUN: &str = "tambo-component-runtime";
const LINKER: &str = "tambo-component-linker";
const WIT: &str = "tambo-component-wit";
const COMPOSE: &str = "tambo-compose";
const WAST: &str = "tambo-wast";
const DEBUG: &str = "tambo-debug";
const SERVE: &str = "tambo-serve";
const BINDGEN: &str = "tambo-bindgen";
const BINDGEN_MACRO: &str = "tambo-bindgen-macro";

const RINGS: &[Ring] = &[
    Ring { name: ENGINE, may_use: &[], never: &[EXECUTION, SYSTEM, RUNTIME] },
    Ring { name: KERNEL, may_use: &[], never: &[WASM, SYSTEM, RUNTIME] },
    Ring { name: "tambo-kernel-http", may_use: &[KERNEL], never: &[WASM] },
    Ring { name: "tambo-kernel-os", may_use: &[KERNEL], never: &[WASM, RUNTIME] },
    Ring { name: "tambo-kernel-virt", may_use: &[KERNEL], never: &[WASM, SYSTEM, RUNTIME] },
    Ring { name: "tambo-kernel-contract", may_use: &[KERNEL], never: &[WASM, RUNTIME] },
    Ring { name: DEBUG, may_use: &[ENGINE], never: &[EXECUTION, SYSTEM, RUNTIME] },
    Ring { name: "tambo-engine-wasmtime", may_use: &[DEBUG, ENGINE], never: &[RUNTIME] },
    Ring { name: "tambo-engine-wasmi", may_use: &[ENGINE], never: &[SYSTEM, RUNTIME] },
    Ring { name: "tambo-engine-battery", may_use: &[ENGINE], never: &[EXECUTION, RUNTIME] },
    Ring { name: "tambo-wasi-p1", may_use: &[ENGINE, KERNEL], never: &[EXECUTION, SYSTEM, RUNTIME] },
    Ring { name: TYPES, may_use: &[], never: &[WASM, SYSTEM, RUNTIME] },
    Ring { name: PLAN, may_use: &[TYPES], never: &[EXECUTION, SYSTEM, RUNTIME] },
    Ring { name: ABI, may_use: &[TYPES], never: &[EXECUTION, SYSTEM, RUNTIME] },
    Ring { name: WAVE, may_use: &[ABI, TYPES], never: &[WASM, SYSTEM, RUNTIME] },
    Ring { name: IMAGE, may_use: &[PLAN, TYPES], never: &[EXECUTION, SYSTEM, RUNTIME] },
    Ring { name: "tambo-component-battery", may_use: &[ABI], never: &[EXECUTION, SYSTEM, RUNTIME] },
    Ring { name: RUN, may_use: &[ABI, ENGINE, IMAGE, PLAN, TYPES], never: &[EXECUTION, SYSTEM, RUNTIME] },
    Ring { name: LINKER, may_use: &[ENGINE, RUN], never: &[EXECUTION, SYSTEM, RUNTIME] },
    Ring {
        name: "tambo-wasi-p2",
        may_use: &[BINDGEN_MACRO, ENGINE, KERNEL, LINKER],
        never: &[EXECUTION, SYSTEM, RUNTIME],
    },
    Ring {
        name: "tambo",
        may_use: &[
            ABI,
            DEBUG,
            ENGINE,
            IMAGE,
            KERNEL,
            PLAN,
            TYPES,
            WAVE,
            BINDGEN_MACRO,
            LINKER,
            RUN,
            "tambo-engine-wasmi",
            "tambo-engine-wasmtime",
            "tambo-kernel-os",
            "tambo-kernel-virt",
            "tambo-wasi-p1",
            "tambo-wasi-p2",
        ],
        never: &[RUNTIME],
    },
    Ring { name: BINDGEN, may_use: &[], never: &[EXECUTION, SYSTEM, RUNTIME] },
    Ring { name: BINDGEN_MACRO, may_use: &[BINDGEN], never: &[EXECUTION, SYSTEM, RUNTIME] },
    Ring { name: WIT, may_use: &[PLAN, TYPES], never: &[EXECUTION, SYSTEM, RUNTIME] },
    Ring { name: COMPOSE, may_use: &[PLAN, TYPES], never: &[EXECUTION, SYSTEM, RUNTIME] },
    Ring { name: WAST, may_use: &["tambo"], never: &[RUNTIME] },
    Ring { name: SERVE, may_use: &["tambo", KERNEL, "tambo-wasi-p2"], never: &[] },
    Ring { name: "tambo-cli", may_use: &["tambo", "tambo-kernel-http", COMPOSE, SERVE, WAST, WAVE, WIT], never: &[] },
    Ring { name: "tambo-benches", may_use: &["tambo", "tambo-guests"], never: &[] },
    Ring { name: "tambo-guests", may_use: &[], never: &[EXECUTION] },
    Ring { name: "tambo-seed", may_use: &[], never: &[] },
    Ring { name: "tambo-conformance", may_use: &["tambo-guests"], never: &[EXECUTION, RUNTIME] },
    Ring { name: "tambo-tidy", may_use: &[], never: &[] },
];

/// What keeps guests from overflowing the host's stack in optimised builds, which tests are not.
const PORTABLE_DISPATCH: &str = "portable-dispatch";

/// Another implementation of WASI: in no graph, at no depth.
const OTHER_HOSTS: &[&str] = &["wasmtime-wasi*", "wasi-common", "wiggle*", "wasmtime-wasi-http*"];
/// Parts of wasmtime that are not its public interface.
const PRIVATE: &[&str] = &["wasmtime-environ", "wasmtime-internal*"];
/// Features of wasmtime that would bring its component model.
const COMPONENT_MODEL: &str = "component-model";

pub(crate) fn check(graph: &Graph) -> Vec<Violation> {
    let mut violations = Vec::new();
    for package in graph.packages.values().filter(|package| package.member) {
        match RINGS.iter().find(|ring| ring.name == package.name) {
            Some(ring) => check_ring(graph, package, ring, &mut violations),
            None => violations.push(violation(package, "not in the table of rings: add a row to tidy's rings.rs")),
        }
    }
    for package in graph.packages.values() {
        if is_any(&package.name, OTHER_HOSTS) {
            violations.push(violation(package, "another host's code is in the graph: find out who wants it"));
        }
        if package.name == "wasmtime" && package.features.iter().any(|feature| feature.starts_with(COMPONENT_MODEL)) {
            violations.push(violation(package, "its `component-model` feature is on: we have our own, turn it off"));
        }
        if package.name == "wasmi" && !package.features.iter().any(|feature| feature == PORTABLE_DISPATCH) {
            violations
                .push(violation(package, "its `portable-dispatch` is off: guests overflow the stack (RATIONALE.md)"));
        }
    }
    violations
}

fn check_ring(graph: &Graph, package: &Package, ring: &Ring, violations: &mut Vec<Violation>) {
    for used in graph.direct(package) {
        if used.member && !ring.may_use.contains(&used.name.as_str()) {
            violations.push(violation(package, &format!("depends on {}: arrows point down only", used.name)));
        }
        if is_any(&used.name, PRIVATE) {
            violations.push(violation(package, &format!("depends on {}, which is no public interface", used.name)));
        }
    }
    for family in ring.never {
        if let Some(way) = graph.way_to(package, |name| is_any(name, family)) {
            violations.push(violation(package, &format!("must not reach {}: {}", family[0], way.join(" -> "))));
        }
    }
}

fn violation(package: &Package, what: &str) -> Violation {
    Violation { place: format!("package {}", package.name), rule: "ring", what: what.to_owned() }
}

fn is_any(name: &str, patterns: &[&str]) -> bool {
    patterns.iter().any(|pattern| match pattern.strip_suffix('*') {
        Some(start) => name.starts_with(start),
        None => name == *pattern,
    })
}

mod tests {
    //! The rules see what they forbid.

    use std::collections::BTreeMap;

    use super::*;

    /// A graph from lines `name: dependency dependency`; ours are members.
    fn graph(lines: &[&str]) -> Graph {
        let packages: BTreeMap<String, Package> = lines
            .iter()
            .map(|line| {
                let (name, dependencies) = line.split_once(':').unwrap();
                let dependencies = dependencies.split_whitespace().map(String::from).collect();
                let member = name.starts_with("tambo");
                (name.to_owned(), Package { name: name.to_owned(), member, features: Vec::new(), dependencies })
            })
            .collect();
        Graph { packages }
    }

    fn found(lines: &[&str]) -> Vec<String> {
        check(&graph(lines)).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn arrows_point_down() {
        assert!(found(&["tambo-wasi-p1: tambo-kernel", "tambo-kernel:"]).is_empty());
        let up = found(&["tambo-wasi-p1:", "tambo-kernel: tambo-wasi-p1"]);
        assert_eq!(up, ["package tambo-kernel: ring: depends on tambo-wasi-p1: arrows point down only"]);
        assert!(found(&["tambo-new:"])[0].contains("add a row"));
    }

    #[test]
    fn forbidden_crates_are_found_at_any_depth() {
        let deep = found(&["tambo-kernel: a", "a: b", "b: libc", "libc:"]);
        assert_eq!(deep, ["package tambo-kernel: ring: must not reach rustix: tambo-kernel -> a -> b -> libc"]);
        assert!(found(&["tambo-cli: wasmtime-environ", "wasmtime-environ:"])[0].contains("no public interface"));
        assert!(found(&["tambo-cli: x", "x: wasi-common", "wasi-common:"])[0].contains("another host"));
    }

    #[test]
    fn the_component_model_of_wasmtime_stays_off() {
        let mut graph = graph(&["wasmtime:"]);
        graph.packages.get_mut("wasmtime").unwrap().features = vec!["component-model-async".to_owned()];
        assert_eq!(check(&graph).len(), 1);
    }

    #[test]
    fn wasmi_dispatches_in_a_loop() {
        let mut graph = graph(&["wasmi:"]);
        assert_eq!(check(&graph).len(), 1);
        graph.packages.get_mut("wasmi").unwrap().features = vec!["portable-dispatch".to_owned()];
        assert_eq!(check(&graph).len(), 0);
    }
}
