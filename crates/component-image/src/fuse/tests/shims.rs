//! Shims and fixups that are left out, and everything that looks like them and is not.

use tambo_component_plan::{CoreDef, CoreInstanceId};
use wasm_encoder::ValType::I32;

use super::{Bench, Guest, LOG, engines, export};
use crate::image::{FuncOrigin, Image};

const SHIM: &str = r#"(module
    (type $log (func (param i32)))
    (type $add (func (param i32 i32) (result i32)))
    (table (export "$imports") 2 2 funcref)
    (func (export "0") (type $log) local.get 0 i32.const 0 call_indirect (type $log))
    (func (export "1") (type $add) local.get 0 local.get 1 i32.const 1 call_indirect (type $add)))"#;

const MAIN: &str = r#"(module
    (import "" "log" (func $log (param i32)))
    (import "" "add" (func $add (param i32 i32) (result i32)))
    (memory (export "memory") 1)
    (func (export "run") (param i32) (result i32)
        (call $log (local.get 0))
        (call $add (local.get 0) (i32.const 5))))"#;

/// Needs the main module, and is needed by it.
const ADAPTER: &str = r#"(module
    (import "" "memory" (memory 1))
    (func (export "add") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1))))"#;

const FIXUP: &str = r#"(module
    (import "" "add" (func $add (param i32 i32) (result i32)))
    (import "" "log" (func $log (param i32)))
    (import "" "$imports" (table 2 2 funcref))
    (elem (i32.const 0) $log $add))"#;

struct Parts<'a> {
    shim: &'a str,
    main: &'a str,
    fixup: &'a str,
    /// What else may be imported from the shim.
    extra: Option<(&'a str, &'a [&'a str])>,
}

const PARTS: Parts<'static> = Parts { shim: SHIM, main: MAIN, fixup: FIXUP, extra: None };

const SHIM_ID: CoreInstanceId = CoreInstanceId(0);

fn image(parts: &Parts<'_>) -> Image {
    let mut bench = Bench::new();
    let shim = bench.add(parts.shim, &[]);
    assert_eq!(shim, SHIM_ID);
    let main = bench.add(parts.main, &[export(shim, "0"), export(shim, "1")]);
    let adapter = bench.add(ADAPTER, &[export(main, "memory")]);
    if let Some((text, imports)) = parts.extra {
        let imports: Vec<CoreDef> = imports.iter().map(|name| export(shim, name)).collect();
        bench.add(text, &imports);
    }
    bench.add(parts.fixup, &[export(adapter, "add"), LOG, export(shim, "$imports")]);
    bench.export(main, "run", &[I32], &[I32]);
    bench.image()
}

/// Whether the shim's functions are left out.
fn elided(image: &Image) -> bool {
    let from_shim = |origin: &FuncOrigin| matches!(origin, FuncOrigin::Module { instance, .. } if *instance == SHIM_ID);
    let kept = image.sources.iter().any(from_shim);
    let tables = super::count(image, |payload| match payload {
        wasmparser::Payload::TableSection(tables) => tables.count(),
        _ => 0,
    });
    assert_eq!(kept, tables > 0);
    !kept
}

/// It works, whether or not the shim is left out.
fn works(image: &Image) {
    super::each(image, |guest| {
        assert_eq!(guest.call("run", &[3]).unwrap(), 8);
        assert_eq!(guest.log(), [3]);
    });
}

#[test]
fn a_shim_and_its_fixup_are_left_out() {
    let image = image(&PARTS);
    assert!(elided(&image));
    works(&image);
    // main, the adapter, and the export.
    assert_eq!(image.sources.len(), 3);
}

#[test]
fn several_segments_may_fill_the_table() {
    let fixup = FIXUP.replace(
        "(elem (i32.const 0) $log $add)",
        "(elem (i32.const 1) $log) (elem (i32.const 1) $add) (elem (i32.const 0) $log)",
    );
    let image = image(&Parts { fixup: &fixup, ..PARTS });
    assert!(elided(&image));
    works(&image);
}

#[test]
fn a_shim_that_anything_can_tell_from_its_functions_is_kept() {
    let swap = |text: &str, from: &str, to: &str| {
        assert!(text.contains(from), "{from}");
        text.replacen(from, to, 1)
    };
    let shims = [
        swap(SHIM, "local.get 0 i32.const 0", "nop local.get 0 i32.const 0"),
        swap(SHIM, "local.get 0 i32.const 0", "(local i32) local.get 0 i32.const 0"),
        swap(
            SHIM,
            "local.get 0 i32.const 0 call_indirect (type $log)",
            "local.get 0 i32.const 0 call_indirect (type $log) nop",
        ),
        swap(SHIM, "(table", r#"(memory 1) (table"#),
        swap(SHIM, "(table", r#"(func $s) (start $s) (table"#),
        swap(SHIM, "(table", r#"(global i32 (i32.const 0)) (table"#),
        swap(SHIM, "(type $log (func (param i32)))", "(type $log (func (param i32))) (type $same (func (param i32)))")
            .replacen("call_indirect (type $log)", "call_indirect (type $same)", 1),
        swap(SHIM, r#"(func (export "0")"#, r#"(elem (i32.const 1) $e) (func $e (export "0")"#),
    ];
    for shim in &shims {
        let image = image(&Parts { shim, ..PARTS });
        assert!(!elided(&image), "{shim}");
        works(&image);
    }
    let fixups = [
        swap(FIXUP, "(elem", r#"(export "f" (func $add)) (elem"#),
        swap(FIXUP, "(elem", r#"(global i32 (i32.const 0)) (elem"#),
        swap(FIXUP, "(elem", r#"(func $s) (start $s) (elem"#),
        swap(FIXUP, "(i32.const 0)", "(offset (i32.add (i32.const 0) (i32.const 0)))"),
        swap(FIXUP, "$log $add)", "funcref (ref.func $log) (ref.func $add))"),
        swap(FIXUP, "(elem", "(elem declare func $log) (elem"),
    ];
    for fixup in &fixups {
        let image = image(&Parts { fixup, ..PARTS });
        assert!(!elided(&image), "{fixup}");
        works(&image);
    }
}

#[test]
fn a_table_with_other_users_is_kept() {
    let uses = [
        (r#"(module (import "" "$imports" (table 2 funcref)) (func (drop (table.size))))"#, &["$imports"][..]),
        (r#"(module (import "" "$imports" (table 2 funcref)) (export "t" (table 0)))"#, &["$imports"][..]),
    ];
    for extra in uses {
        let image = image(&Parts { extra: Some(extra), ..PARTS });
        assert!(!elided(&image));
        works(&image);
    }
    // A user of its functions is none of its table.
    let extra = Some((r#"(module (import "" "0" (func (param i32))) (export "f" (func 0)))"#, &["0"][..]));
    let image = image(&Parts { extra, ..PARTS });
    assert!(elided(&image));
    works(&image);
}

/// While entries are empty, calling through them traps.
#[test]
fn a_start_function_before_the_fixup_can_tell() {
    let main = MAIN.replace("(memory", "(func $s (call $log (i32.const 1))) (start $s) (memory");
    let image = image(&Parts { main: &main, ..PARTS });
    assert!(!elided(&image));
    for engine in engines() {
        let mut guest = Guest::instantiate(&*engine, &image).unwrap();
        assert!(guest.0.start().is_err());
        assert!(guest.log().is_empty());
    }
}

/// Entries that stay empty, are of another type, or lie out of bounds trap; so they do in the image.
#[test]
fn what_traps_goes_on_to_trap() {
    let empty = FIXUP.replace("$log $add)", "$log)");
    let wrong = FIXUP.replace("$log $add)", "$add $log)");
    for fixup in [&empty, &wrong] {
        let image = image(&Parts { fixup, ..PARTS });
        assert!(!elided(&image));
        super::each(&image, |guest| assert!(guest.call("run", &[3]).is_err()));
    }
    let outside = FIXUP.replace("(elem (i32.const 0)", "(elem (i32.const 1)");
    let image = image(&Parts { fixup: &outside, ..PARTS });
    for engine in engines() {
        assert!(Guest::instantiate(&*engine, &image).is_err());
    }
}

/// A fixup that fills the table with the shim's own function: calling it never ends. No loop of ours.
#[test]
fn a_shim_that_calls_itself_is_kept() {
    let mut bench = Bench::new();
    let shim = bench.add(SHIM, &[]);
    bench.add(FIXUP, &[export(shim, "1"), export(shim, "0"), export(shim, "$imports")]);
    bench.export_as("run", shim, "1", &[I32, I32], &[I32]);
    let image = bench.image();
    assert!(!elided(&image));
    super::each(&image, |guest| assert!(guest.call("run", &[3, 4]).is_err()));
}

/// The same shim twice, and one that is left out beside one that is not.
#[test]
fn each_instance_is_judged_by_itself() {
    let mut bench = Bench::new();
    let (shim, fixup) = (bench.module(SHIM), bench.module(FIXUP));
    let mains: Vec<_> = (0..3)
        .map(|position| {
            let shim = bench.instance(shim, &[]);
            let main = bench.add(MAIN, &[export(shim, "0"), export(shim, "1")]);
            let adapter = bench.add(ADAPTER, &[export(main, "memory")]);
            if position == 1 {
                bench.add("(module (func $s) (start $s))", &[]);
            }
            bench.instance(fixup, &[export(adapter, "add"), LOG, export(shim, "$imports")]);
            main
        })
        .collect();
    for (main, name) in mains.into_iter().zip(["a", "b", "c"]) {
        bench.export_as(name, main, "run", &[I32], &[I32]);
    }
    let image = bench.image();
    // Three times main and adapter and the export, a start function; two functions of the second shim, fused start.
    assert_eq!(image.sources.len(), 9 + 1 + 2 + 1);
    super::each(&image, |guest| {
        for name in ["a", "b", "c"] {
            assert_eq!(guest.call(name, &[3]).unwrap(), 8);
        }
        assert_eq!(guest.log(), [3, 3, 3]);
    });
}
