//! Every function of the seven packages has cases, and every group of cases is about a function that there is.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::collections::BTreeSet;
use std::path::Path;

use tambo_conformance::{Package, packages};
use wit_parser::Resolve;

/// The packages of WASI that the suite is about.
const PACKAGES: [&str; 7] = ["io", "clocks", "random", "filesystem", "sockets", "cli", "http"];

/// Groups that are no function.
const OTHER: &[&str] = &["attacks/", "resources/", "streams/stream-error"];

/// `interface/function` and `interface/resource.method`, of all packages, also those that are unstable.
fn functions() -> BTreeSet<String> {
    let wit = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../wit/wasi-0.2");
    let mut resolve = Resolve { all_features: true, ..Resolve::default() };
    for package in PACKAGES {
        resolve.push_file(wit.join(format!("{package}.wit"))).unwrap();
    }
    let mut functions = BTreeSet::new();
    for (interface, id) in resolve.packages.iter().flat_map(|(_, package)| &package.interfaces) {
        for name in resolve.interfaces[*id].functions.keys() {
            let name = name.split_once(']').map_or(name.as_str(), |(_, name)| name);
            functions.insert(format!("{interface}/{name}"));
        }
    }
    functions
}

#[test]
fn every_function_has_a_case_and_every_case_a_function() {
    let functions = functions();
    let programs: Vec<Package> = packages().unwrap().iter().map(|name| Package::read(name).unwrap()).collect();
    let groups: BTreeSet<String> = programs.iter().flat_map(Package::groups).map(str::to_owned).collect();
    let without: Vec<_> = functions.difference(&groups).collect();
    assert!(without.is_empty(), "functions without a case: {without:?}");
    let is_other = |name: &String| OTHER.iter().any(|other| name.starts_with(other));
    let strange: Vec<_> = groups.difference(&functions).filter(|name| !is_other(name)).collect();
    assert!(strange.is_empty(), "there are no such functions: {strange:?}");
}
