//! Rules about what code may name.

use crate::lexer;
use crate::repository::{Source, Violation};

/// What reaches for the system without being handed it.
const AMBIENT: &[&[&str]] =
    &[&["std", "fs"], &["std", "net"], &["std", "env"], &["SystemTime"], &["Instant", "now"], &["UNIX_EPOCH"]];

/// Beneath those names, but plain data: addresses, and the constants of the target.
const DATA: &[&str] = &["consts", "IpAddr", "Ipv4Addr", "Ipv6Addr", "SocketAddr", "SocketAddrV4", "SocketAddrV6"];

/// Where that is the purpose: a path's beginning, what may be named there (all of it, if empty), and why.
const HOMES: &[(&str, &[&str], &str)] = &[
    ("crates/kernel-os/", &[], "the ring that touches the operating system"),
    ("crates/kernel-http/", &["Instant::now"], "bounds how long it waits for a peer"),
    ("crates/cli/", &["std::fs", "std::env"], "a command line names files and has an environment"),
    ("crates/bindgen/", &["std::fs"], "reads WIT when programs are built"),
    ("crates/bindgen-macro/", &["std::env"], "runs in the compiler, which says where the crate is"),
    ("crates/guests/", &["std::fs", "std::env"], "runs compilers over files"),
    ("crates/conformance/", &[], "runs the command lines of runtimes, with time limits"),
    ("crates/tidy/", &["std::fs", "std::env"], "reads the sources"),
    ("guests/", &[], "programs for WASI: what they name, the host answers"),
    ("benches/", &[], "measures processes and times"),
    ("examples/", &[], "shows what an embedder's program does"),
];

/// Folders and files that hold no shipped code, in any crate; the last three are crates of tests.
const TEST_CODE: &[&str] = &[
    "/tests/",
    "/benches/",
    "/examples/",
    "/tests.rs",
    "/build.rs",
    "crates/engine-battery/",
    "crates/fuzz-targets/",
    "crates/kernel-contract/",
];

/// `std::fs`, `std::net`, `std::env` and the system's clocks are named in their homes only.
pub(crate) fn ambient_authority(source: &Source) -> Vec<Violation> {
    if TEST_CODE.iter().any(|part| source.path.contains(part)) {
        return Vec::new();
    }
    let tokens = lexer::without_tests(&source.tokens);
    let mut violations = Vec::new();
    for path in lexer::paths(&tokens) {
        let Some(forbidden) = AMBIENT.iter().find(|name| contains(&path.segments, name)) else { continue };
        if path.segments.get(2).is_some_and(|third| DATA.contains(&third.as_str())) {
            continue;
        }
        let name = forbidden.join("::");
        let at_home = |&&(home, names, _): &&(&str, &[&str], &str)| {
            source.path.starts_with(home) && (names.is_empty() || names.contains(&name.as_str()))
        };
        if !HOMES.iter().any(|home| at_home(&home)) {
            let what = format!("`{name}` belongs to kernel-os: take it from a Grant, or add a reason to HOMES in tidy");
            violations.push(source.violation(path.line, "authority", what));
        }
    }
    violations
}

fn contains(segments: &[String], name: &[&str]) -> bool {
    segments.windows(name.len()).any(|window| window.iter().zip(name).all(|(segment, part)| segment == part))
}

const OPEN_MACROS: &[&str] = &["todo", "unimplemented", "dbg"];

/// No `todo!`, `unimplemented!`, `dbg!`; no test that does not run; no lint silenced without a reason.
pub(crate) fn left_open(source: &Source) -> Vec<Violation> {
    let mut violations = Vec::new();
    for (name, line) in lexer::macros(&source.tokens) {
        if OPEN_MACROS.contains(&name.as_str()) {
            violations.push(source.violation(line, "open", format!("`{name}!` must not be committed: finish it")));
        }
    }
    for (attribute, line) in lexer::attributes(&source.tokens) {
        let names: Vec<String> = lexer::paths(&attribute).into_iter().flat_map(|path| path.segments).collect();
        let has = |name: &str| names.iter().any(|found| found == name);
        let is = |name: &str| names.first().is_some_and(|first| first == name || first == "cfg_attr") && has(name);
        if is("ignore") {
            violations.push(source.violation(line, "open", "an ignored test tests nothing: mend it or remove it"));
        }
        if (is("allow") || is("expect")) && !has("reason") {
            let what = "add `reason = \"...\"`, and prefer `expect` to `allow`";
            violations.push(source.violation(line, "reason", what));
        }
    }
    violations
}

mod tests {
    //! The rules see what they forbid.

    use super::*;

    fn places(rule: fn(&Source) -> Vec<Violation>, path: &str, text: &str) -> Vec<String> {
        rule(&Source::new(path, text)).into_iter().map(|violation| violation.place).collect()
    }

    #[test]
    fn ambient_authority_is_seen_outside_of_its_home() {
        let text = "use std::{io, fs};\nfn f() { std::env::args(); Instant::now(); SystemTime::now() }";
        let found = places(ambient_authority, "crates/wasi-p1/src/x.rs", text);
        assert_eq!(found, [":1", ":2", ":2", ":2"].map(|line| format!("crates/wasi-p1/src/x.rs{line}")));
        assert!(places(ambient_authority, "crates/kernel-os/src/x.rs", text).is_empty());
        assert!(places(ambient_authority, "crates/wasi-p1/tests/x.rs", text).is_empty());
        assert_eq!(places(ambient_authority, "crates/cli/src/x.rs", text).len(), 2);
    }

    #[test]
    fn comments_strings_tests_and_data_may_name_it() {
        let text = "// std::fs\nuse std::net::{IpAddr, SocketAddr};\n\
            const B: &str = std::env::consts::ARCH;\nconst A: &str = \"std::fs\";\n#[cfg(test)] mod tests { use std::fs; }";
        assert!(places(ambient_authority, "crates/kernel/src/x.rs", text).is_empty());
    }

    #[test]
    fn open_ends_are_seen() {
        let text = "fn f() { todo!() }\n#[test]\n#[ignore = \"slow\"]\nfn g() { dbg!(1); }\n#![allow(dead_code)]\n\
            #[cfg_attr(miri, ignore)]\nfn h() {}\n#[expect(dead_code, reason = \"shown\")]\nfn i() { x.expect(1) }";
        let mut found = places(left_open, "a.rs", text);
        found.sort();
        assert_eq!(found, ["a.rs:1", "a.rs:3", "a.rs:4", "a.rs:5", "a.rs:6"]);
    }
}
