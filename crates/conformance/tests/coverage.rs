//! Every function of the six packages has cases, and every group of cases is about a function that there is.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::collections::BTreeSet;
use std::path::Path;

use tambo_conformance::Package;
use wit_parser::Resolve;

/// The packages of WASI, and the programs with the cases of each.
const PACKAGES: &[(&str, &[&str])] = &[
    ("io", &["io"]),
    ("clocks", &["clocks", "timezone"]),
    ("random", &["random"]),
    ("filesystem", &["filesystem"]),
    ("sockets", &["sockets"]),
    ("cli", &["cli"]),
];

/// Groups that are no function.
const OTHER: &[&str] = &["attacks/", "resources/", "streams/stream-error"];

/// `interface/function` and `interface/resource.method`, of one package.
fn functions(resolve: &Resolve, package: &str) -> BTreeSet<String> {
    let (_, package) = resolve.packages.iter().find(|(_, it)| it.name.name == package).unwrap();
    let mut functions = BTreeSet::new();
    for (interface, id) in &package.interfaces {
        for name in resolve.interfaces[*id].functions.keys() {
            let name = name.split_once(']').map_or(name.as_str(), |(_, name)| name);
            functions.insert(format!("{interface}/{name}"));
        }
    }
    functions
}

fn resolve() -> Resolve {
    let wit = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../wit/wasi-0.2");
    let mut resolve = Resolve { all_features: true, ..Resolve::default() };
    for (package, _) in PACKAGES {
        resolve.push_file(wit.join(format!("{package}.wit"))).unwrap();
    }
    resolve
}

#[test]
fn every_function_has_a_case_and_every_case_a_function() {
    let resolve = resolve();
    for (package, programs) in PACKAGES {
        let functions = functions(&resolve, package);
        let programs: Vec<Package> = programs.iter().map(|name| Package::read(name).unwrap()).collect();
        let groups: BTreeSet<String> = programs.iter().flat_map(Package::groups).map(str::to_owned).collect();
        let without: Vec<_> = functions.difference(&groups).collect();
        assert!(without.is_empty(), "wasi:{package} has functions without a case: {without:?}");
        let strange: Vec<_> =
            groups.difference(&functions).filter(|name| !OTHER.iter().any(|other| name.starts_with(other))).collect();
        assert!(strange.is_empty(), "wasi:{package} has no such functions: {strange:?}");
    }
}
