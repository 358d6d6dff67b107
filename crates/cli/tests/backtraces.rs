//! Traps of components, told by the modules and sources that they come from.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod common;

use common::{Ran, Site};

const FAIL: &str = "run([])";

/// `errand`, which asks `callee`.
fn composed(site: &Site, callee: &str) -> std::path::PathBuf {
    for guest in ["errand", callee] {
        std::fs::copy(tambo_guests::component(guest), site.path(&format!("{guest}.wasm"))).unwrap();
    }
    let plug = format!("{callee}.wasm");
    let ran = site.command(&["compose", "errand.wasm", "--plug", &plug, "-o", "all.wasm"]);
    assert_eq!((ran.code, ran.stderr.as_str()), (Some(0), ""));
    site.path("all.wasm")
}

/// `FILE:LINE:` of the line that says so.
fn place(file: &str, comment: &str) -> String {
    let source = std::fs::read_to_string(format!("{}/../../guests/components/{file}", env!("CARGO_MANIFEST_DIR")));
    let line = source.unwrap().lines().position(|line| line.contains(comment)).unwrap();
    format!("guests/components/{file}:{}:", line + 1)
}

/// What is told, in this order, among other things.
fn tells(ran: &Ran, parts: &[&str]) {
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(134), ""), "{ran:?}");
    let mut rest = ran.stderr.as_str();
    for part in parts {
        let at = rest.find(part).unwrap_or_else(|| panic!("{part} is not in its place in\n{}", ran.stderr));
        rest = &rest[at + part.len()..];
    }
}

fn errand() -> [String; 2] {
    [place("errand/src/lib.rs", "the call"), place("errand/src/lib.rs", "the errand")]
}

#[test]
fn a_panic_is_told_across_components_with_inlined_functions() {
    let site = Site::new("wasmtime");
    let all = composed(&site, "faulty");
    assert_eq!(site.run(&["--invoke", "run([1, 2, 3])"], &all, &[]).stdout, "3\n");
    let [call, errand] = errand();
    let lib = "faulty/src/lib.rs";
    let (fault, inlined, task) = (place(lib, "the fault"), place(lib, "inlined here"), place(lib, "the task"));
    let parts = [
        "the program trapped: `unreachable` instruction executed\n    0: ",
        ": faulty::divide @ 0x",
        &format!("{fault}28 (share)\n"),
        &format!("{inlined}5"),
        &format!("{task}9 (average)\n"),
        ": <call from root/socket to root/plug 1>\n",
        ": errand::ask @ 0x",
        " in root/socket (@ 0x",
        &call,
        &errand,
        ": <call from the host to run>\n",
    ];
    tells(&site.run(&["--invoke", FAIL], &all, &[]), &parts);
}

/// Compiled, found by content, and found by the identity of the file, which is then read for the trap alone.
#[test]
fn a_trap_is_told_the_same_whether_the_component_was_cached() {
    let site = Site::new("wasmtime");
    let all = composed(&site, "brittle");
    let [call, errand] = errand();
    let parts = [
        "\n    0: share @ 0x",
        &place("brittle/brittle.c", "the fault"),
        "\n    1: divide @ 0x",
        &place("brittle/brittle.c", "return share"),
        &call,
        &errand,
    ];
    let told = |options: &[&str]| {
        let ran = site.run(&[options, &["--invoke", FAIL]].concat(), &all, &[]);
        tells(&ran, &parts);
        ran.stderr
    };
    let first = told(&["--no-cache"]);
    std::thread::sleep(std::time::Duration::from_millis(150));
    for _ in 0..3 {
        assert_eq!(told(&[]), first);
    }

    // Precompiled, there is no file to look into: names are left.
    assert_eq!(site.command(&["compile", "all.wasm"]).code, Some(0));
    let ran = site.run(&["--invoke", FAIL], &site.path("all.cwasm"), &[]);
    tells(&ran, &["    0: share of main in root/plug 1\n    1: divide of", "<call from root/socket to root/plug 1>"]);
    assert!(!ran.stderr.contains("brittle.c"), "{ran:?}");
    let ran = site.run(&["--no-backtrace", "--invoke", FAIL], &all, &[]);
    assert!(ran.code == Some(134) && ran.stderr.lines().count() == 1, "{ran:?}");
}

#[test]
fn wasmi_tells_no_places() {
    let site = Site::new("wasmi");
    let all = composed(&site, "faulty");
    let ran = site.run(&["--invoke", FAIL], &all, &[]);
    tells(&ran, &["the program trapped: `unreachable` instruction executed\n"]);
    assert_eq!(ran.stderr.lines().count(), 1, "{ran:?}");
}
