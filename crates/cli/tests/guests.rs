//! Real components, from Rust and from C, through the command: composed on disk, run, lowered, compiled, cached.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod common;

use std::fs;
use std::path::PathBuf;

use common::{Ran, Site, finish};
use tambo::inspect::{ModuleInfo, is_precompiled_component};
use tambo::{ExternKind, Runtime};

const VISIT: &str = r#"visit("Ana")"#;
const VISITED: &str = concat!(
    r#"ok("Ana's shelf: 2 maíz 🌽 3 quinoa #grain #dry 1 salt #mineral; moved 1; bought quinoa+maíz 🌽 for 3; "#,
    r#"an item on Ana's shelf needs a name; no gold for Ana; cheap salt+maíz 🌽; "#,
    r#"+quinoa +maíz 🌽 spare>Ana's shelf -quinoa -maíz 🌽; shelves 1 then 0")"#,
    "\n"
);

/// As the examples have it.
const COMPOSITION: &str = include_str!("../../../examples/compose/trade.toml");

const GUESTS: [&str; 3] = ["customer", "shopping", "stocking"];

/// A site with the three components.
fn site(engine: &'static str) -> Site {
    let site = Site::new(engine);
    for guest in GUESTS {
        fs::copy(tambo_guests::component(guest), site.path(&format!("{guest}.wasm"))).unwrap();
    }
    site
}

fn done(ran: &Ran) {
    assert_eq!((ran.code, ran.stdout.as_str(), ran.stderr.as_str()), (Some(0), "", ""));
}

fn plug(site: &Site) -> PathBuf {
    let plugs = ["compose", "customer.wasm", "--plug", "stocking.wasm", "--plug", "shopping.wasm", "-o", "all.wasm"];
    done(&site.command(&plugs));
    site.path("all.wasm")
}

fn visited(ran: &Ran) {
    assert_eq!((ran.code, ran.stdout.as_str(), ran.stderr.as_str()), (Some(0), VISITED, ""));
}

/// The entries of the cache, by name.
fn entries(site: &Site) -> Vec<PathBuf> {
    let entries = fs::read_dir(site.path("cache")).into_iter().flatten();
    let mut entries: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    entries
}

/// Until the times of what was written last tell it from anything later.
fn settle() {
    std::thread::sleep(std::time::Duration::from_millis(150));
}

on_both_engines! {
    fn plugged_together_they_run(unused) {
        let engine = unused.engine();
        let site = site(engine);
        let all = plug(&site);
        visited(&site.run(&["--invoke", VISIT], &all, &[]));
        let ran = site.run(&["--invoke", r#"visit("")"#], &all, &[]);
        assert_eq!((ran.code, ran.stdout.as_str()), (Some(0), "err(\"who is there?\")\n"));
    }

    fn composed_by_a_file_they_run(unused) {
        let site = site(unused.engine());
        site.write("trade.toml", COMPOSITION);
        done(&site.command(&["compose", "trade.toml", "-o", "trade.wasm"]));
        visited(&site.run(&["--invoke", VISIT], &site.path("trade.wasm"), &[]));
    }

    /// Half of it is composed, and that with the rest.
    fn composed_step_by_step_they_run(unused) {
        let site = site(unused.engine());
        done(&site.command(&["compose", "customer.wasm", "--plug", "shopping.wasm", "-o", "half.wasm"]));
        let ran = site.command(&["inspect", "half.wasm"]);
        assert!(ran.stdout.contains("import tambo:demo/stock@0.1.0;"), "{ran:?}");
        assert!(!ran.stdout.contains("import tambo:demo/shop@0.1.0;"), "{ran:?}");
        let ran = site.run(&["--invoke", VISIT], &site.path("half.wasm"), &[]);
        assert!(ran.code == Some(2) && ran.stderr.contains("tambo:demo/stock@0.1.0#shelf: a resource"), "{ran:?}");
        done(&site.command(&["compose", "half.wasm", "--plug", "stocking.wasm", "-o", "whole.wasm"]));
        visited(&site.run(&["--invoke", VISIT], &site.path("whole.wasm"), &[]));
    }
}

#[test]
fn the_worlds_of_real_components_are_printed_as_they_were_written() {
    let site = site("wasmtime");
    let wit = |guest: &str| site.command(&["inspect", &format!("{guest}.wasm")]).stdout;
    let stocking = wit("stocking");
    for line in [
        "  export tambo:demo/stock@0.1.0;",
        "    record item {",
        "      renamed(tuple<string, string>),",
        "    resource shelf {",
        "      constructor(label: string);",
        "      put: func(item: item) -> result<u32, string>;",
        "      merge: static func(into: borrow<shelf>, taken: shelf) -> u32;",
        "    shelves-alive: func() -> u32;",
    ] {
        assert!(stocking.lines().any(|printed| printed == line), "{line:?} is not in\n{stocking}");
    }
    for guest in ["shopping", "customer"] {
        let printed = wit(guest);
        let shop = &printed[printed.find("interface shop").unwrap()..];
        assert!(shop.contains("use stock.{item};") && shop.contains("use stock.{shelf};"), "{printed}");
        assert!(!shop.contains("record"), "{printed}");
        assert!(shop.contains("checkout: static func(cart: cart) -> tuple<shelf, list<item>>;"), "{printed}");
    }
}

#[test]
fn lowered_they_are_one_core_module_that_imports_functions_of_the_host() {
    let site = site("wasmtime");
    plug(&site);
    done(&site.command(&["lower", "all.wasm", "-o", "core.wasm"]));
    let core = fs::read(site.path("core.wasm")).unwrap();
    let image = Runtime::new().unwrap().lower_component(&fs::read(site.path("all.wasm")).unwrap()).unwrap();
    assert_eq!(core, image.wasm);
    let info = ModuleInfo::parse(&core).unwrap();
    assert!(info.imports.iter().all(|import| matches!(import.kind, ExternKind::Func(_))), "{:?}", info.imports);
    let imported: Vec<_> = info.imports.iter().map(|import| (&import.module, &import.name)).collect();
    let protocol: Vec<_> = image.imports.iter().map(|import| (&import.module, &import.name)).collect();
    assert_eq!(imported, protocol);
    // A core module validates wherever core modules do.
    Runtime::new().unwrap().load(&core).unwrap();
}

#[test]
fn compiled_ahead_of_time_they_run() {
    let site = site("wasmtime");
    let all = plug(&site);
    done(&site.command(&["compile", "all.wasm"]));
    fs::remove_file(all).unwrap();
    let compiled = site.path("all.cwasm");
    assert!(is_precompiled_component(&fs::read(&compiled).unwrap()));
    visited(&site.run(&["--invoke", VISIT], &compiled, &[]));
    assert!(entries(&site).is_empty());
    let ran = site.command(&["inspect", "all.cwasm"]);
    assert!(ran.stdout.starts_with("component, precompiled for wasmtime"), "{ran:?}");
    let ran = site.command(&["inspect", "--json", "all.cwasm"]);
    assert!(ran.stdout.contains("\"holds\": \"component\""), "{ran:?}");

    let ran = site.run(&["--fuel", "1000000", "--invoke", VISIT], &compiled, &[]);
    assert!(ran.code == Some(2) && ran.stderr.contains("compiled for"), "{ran:?}");
    done(&site.command(&["compile", "customer.wasm", "--fuel", "-o", "metered.cwasm"]));
    let ran = site.run(&["--fuel", "1", "--invoke", VISIT], &site.path("metered.cwasm"), &[]);
    assert!(ran.code == Some(2) && ran.stderr.contains("imports what is not there"), "{ran:?}");
    let ran = Site::new("wasmi").run(&["--invoke", VISIT], &compiled, &[]);
    assert!(ran.code == Some(2) && ran.stderr.contains("wasmi"), "{ran:?}");

    fs::copy(&compiled, site.path("disguised.wasm")).unwrap();
    let ran = site.run(&["--invoke", VISIT], &site.path("disguised.wasm"), &[]);
    assert!(ran.code == Some(2) && ran.stderr.contains("native code"), "{ran:?}");
    let mut bytes = fs::read(&compiled).unwrap();
    bytes.truncate(bytes.len() / 2);
    fs::write(&compiled, &bytes).unwrap();
    let ran = site.run(&["--invoke", VISIT], &compiled, &[]);
    assert!(ran.code == Some(2) && ran.stderr.contains("hint:"), "{ran:?}");
}

#[test]
fn a_file_is_found_in_the_cache_by_its_identity() {
    let site = site("wasmtime");
    let all = plug(&site);
    settle();
    for _ in 0..3 {
        visited(&site.run(&["--invoke", VISIT], &all, &[]));
    }
    let found = entries(&site);
    assert_eq!(found.len(), 2, "one entry, under its content's and its file's name: {found:?}");
    visited(&site.run(&["--no-cache", "--invoke", VISIT], &all, &[]));
    assert_eq!(entries(&site), found);

    let damage: [fn(&mut Vec<u8>); 4] =
        [|bytes| bytes.clear(), |bytes| bytes.truncate(100), |bytes| bytes[300] ^= 1, |bytes| bytes.extend(b"more")];
    for damage in damage {
        for entry in entries(&site) {
            let mut bytes = fs::read(&entry).unwrap();
            damage(&mut bytes);
            fs::remove_file(&entry).unwrap();
            fs::write(&entry, bytes).unwrap();
        }
        visited(&site.run(&["--invoke", VISIT], &all, &[]));
    }
}

#[test]
fn many_processes_share_a_cache() {
    let site = site("wasmtime");
    let all = plug(&site);
    settle();
    for _ in 0..2 {
        let children: Vec<_> = (0..6)
            .map(|_| {
                let mut command = site.run_command();
                command.args(["--invoke", VISIT]).arg(&all);
                command.stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped());
                command.spawn().unwrap()
            })
            .collect();
        for child in children {
            visited(&finish(child.wait_with_output().unwrap()));
        }
        for entry in entries(&site).into_iter().step_by(2) {
            fs::remove_file(entry).unwrap();
        }
    }
}
