//! Imports that meet definitions.

use tambo_component_plan::ModuleId;
use wasm_encoder::ValType::I32;

use super::{Bench, LOG, count, each, export};

const STATE: &str = r#"(module
    (memory (export "memory") 1)
    (table (export "table") 4 funcref)
    (global (export "counter") (mut i32) (i32.const 10))
    (func (export "poke") (param i32 i32) (i32.store (local.get 0) (local.get 1))))"#;

const USER: &str = r#"(module
    (import "state" "poke" (func $poke (param i32 i32)))
    (import "state" "memory" (memory 1))
    (import "state" "table" (table 1 funcref))
    (import "state" "counter" (global $counter (mut i32)))
    (type $t (func (result i32)))
    (func $seven (result i32) (i32.const 7))
    (elem (i32.const 2) $seven)
    (func (export "write") (param i32) (result i32)
        (call $poke (i32.const 8) (local.get 0))
        (i32.load (i32.const 8)))
    (func (export "count") (result i32)
        (global.set $counter (i32.add (global.get $counter) (i32.const 1)))
        (global.get $counter))
    (func (export "through") (param i32) (result i32)
        (call_indirect (type $t) (local.get 0))))"#;

#[test]
fn instances_share_what_they_import() {
    let mut bench = Bench::new();
    let state = bench.add(STATE, &[]);
    let imports = ["poke", "memory", "table", "counter"].map(|name| export(state, name));
    let user = bench.module(USER);
    let [first, second] = [(); 2].map(|()| bench.instance(user, &imports));
    bench.export(first, "write", &[I32], &[I32]);
    bench.export_as("count 1", first, "count", &[], &[I32]);
    bench.export_as("count 2", second, "count", &[], &[I32]);
    bench.export(second, "through", &[I32], &[I32]);
    let image = bench.image();
    each(&image, |guest| {
        assert_eq!(guest.call("write", &[5]).unwrap(), 5);
        assert_eq!(guest.call("count 1", &[]).unwrap(), 11);
        assert_eq!(guest.call("count 2", &[]).unwrap(), 12);
        assert_eq!(guest.call("through", &[2]).unwrap(), 7);
        assert!(guest.call("through", &[1]).is_err());
    });
}

#[test]
fn instances_of_one_module_have_state_of_their_own_and_share_types() {
    let mut bench = Bench::new();
    let module = bench.module(
        r#"(module
            (memory 1)
            (global $g (mut i32) (i32.const 0))
            (func (export "bump") (param i32) (result i32)
                (i32.store (i32.const 0) (i32.add (i32.load (i32.const 0)) (local.get 0)))
                (global.set $g (i32.add (global.get $g) (i32.const 1)))
                (i32.add (i32.load (i32.const 0)) (i32.mul (global.get $g) (i32.const 1000)))))"#,
    );
    let [first, second] = [(); 2].map(|()| bench.instance(module, &[]));
    bench.export_as("a", first, "bump", &[I32], &[I32]);
    bench.export_as("b", second, "bump", &[I32], &[I32]);
    let image = bench.image();
    each(&image, |guest| {
        assert_eq!(guest.call("a", &[3]).unwrap(), 1003);
        assert_eq!(guest.call("a", &[3]).unwrap(), 2006);
        assert_eq!(guest.call("b", &[5]).unwrap(), 1005);
    });
    let types = count(&image, |payload| match payload {
        wasmparser::Payload::TypeSection(types) => types.count(),
        _ => 0,
    });
    // The module's, the log's, and that of the two exports.
    assert_eq!(types, 3);
}

#[test]
fn imports_are_exported_again() {
    let mut bench = Bench::new();
    let origin = bench.add(
        r#"(module (memory (export "m") 1) (func (export "f") (result i32) (i32.load (i32.const 4)))
            (data (i32.const 4) "\2a"))"#,
        &[],
    );
    let middle = bench.module(
        r#"(module
            (import "" "m" (memory 1)) (import "" "f" (func (result i32)))
            (export "f" (func 0)) (export "m" (memory 0)))"#,
    );
    let mut last = origin;
    for _ in 0..5 {
        last = bench.instance(middle, &[export(last, "m"), export(last, "f")]);
    }
    bench.export(last, "f", &[], &[I32]);
    bench.declared.memories.push(("memory".to_owned(), export(last, "m")));
    each(&bench.image(), |guest| {
        assert_eq!(guest.0.memory()[4], 42);
        guest.0.memory()[4] = 43;
        assert_eq!(guest.call("f", &[]).unwrap(), 43);
    });
}

/// The importer computes with globals that are not imported in the image; without the GC proposal an engine allows no
/// `global.get` of these in constant expressions.
#[test]
fn imported_globals_in_constant_expressions_become_values() {
    let mut bench = Bench::new();
    let origin = bench.add(
        r#"(module
            (global (export "base") i32 (i32.const 100))
            (global (export "wide") i64 (i64.const 7))
            (global (export "nothing") funcref (ref.null func))
            (func $f (result i32) (i32.const 33))
            (global (export "func") funcref (ref.func $f)))"#,
        &[],
    );
    let middle = bench.add(
        r#"(module
            (import "" "base" (global $base i32))
            (global (export "next") i32 (i32.add (global.get $base) (i32.mul (i32.const 2) (global.get $base)))))"#,
        &[export(origin, "base")],
    );
    let last = bench.add(
        r#"(module
            (import "" "next" (global $next i32))
            (import "" "wide" (global $wide i64))
            (import "" "func" (global $func funcref))
            (import "" "nothing" (global $nothing funcref))
            (memory 1)
            (table 310 funcref)
            (global $sum i32 (i32.sub (global.get $next) (i32.const 1)))
            (global $wider i64 (i64.mul (global.get $wide) (global.get $wide)))
            (data (global.get $next) "\05")
            (elem (global.get $next) funcref (item global.get $func) (item global.get $nothing))
            (type $t (func (result i32)))
            (func (export "sum") (result i32) (i32.add (global.get $sum) (i32.wrap_i64 (global.get $wider))))
            (func (export "data") (result i32) (i32.load8_u (i32.const 300)))
            (func (export "empty") (result i32) (ref.is_null (table.get (i32.const 301))))
            (func (export "elem") (result i32) (call_indirect (type $t) (i32.const 300))))"#,
        &[export(middle, "next"), export(origin, "wide"), export(origin, "func"), export(origin, "nothing")],
    );
    for name in ["sum", "data", "elem", "empty"] {
        bench.export(last, name, &[], &[I32]);
    }
    each(&bench.image(), |guest| {
        assert_eq!(guest.call("sum", &[]).unwrap(), 299 + 49);
        assert_eq!(guest.call("data", &[]).unwrap(), 5);
        assert_eq!(guest.call("elem", &[]).unwrap(), 33);
        assert_eq!(guest.call("empty", &[]).unwrap(), 1);
    });
}

/// Sums that double with each step would fill any memory if they were copied.
#[test]
fn constants_do_not_blow_up() {
    let mut bench = Bench::new();
    let double = bench.module(
        r#"(module (import "" "g" (global $g i32))
            (global (export "g") i32 (i32.add (global.get $g) (global.get $g)))
            (func (export "get") (result i32) (global.get 1)))"#,
    );
    let mut last = bench.add(r#"(module (global (export "g") i32 (i32.const 1)))"#, &[]);
    for _ in 0..30 {
        last = bench.instance(double, &[export(last, "g")]);
    }
    bench.export(last, "get", &[], &[I32]);
    let image = bench.image();
    assert!(image.wasm.len() < 2000);
    each(&image, |guest| assert_eq!(guest.call("get", &[]).unwrap(), 1 << 30));
}

/// In its own module, `$f` may be referred to because it is exported, which it is not in the image.
#[test]
fn references_to_functions_stay_declared() {
    let mut bench = Bench::new();
    let origin = bench.add(r#"(module (func (export "f") (result i32) (i32.const 5)))"#, &[]);
    let user = bench.add(
        r#"(module
            (import "" "f" (func $g (result i32)))
            (export "again" (func $g))
            (type $t (func (result i32)))
            (table $t 2 funcref)
            (func $f (export "f") (result i32) (i32.const 6))
            (func $h (result i32) (i32.const 70))
            (elem declare func $h)
            (func (export "run") (result i32)
                (table.set $t (i32.const 0) (ref.func $f))
                (table.set $t (i32.const 1) (ref.func $g))
                (i32.add
                    (i32.mul (call_indirect (type $t) (i32.const 0)) (call_indirect (type $t) (i32.const 1)))
                    (block (result i32)
                        (table.set $t (i32.const 0) (ref.func $h))
                        (call_indirect (type $t) (i32.const 0))))))"#,
        &[export(origin, "f")],
    );
    bench.export(user, "run", &[], &[I32]);
    each(&bench.image(), |guest| assert_eq!(guest.call("run", &[]).unwrap(), 100));
}

#[test]
fn canonical_functions_are_imported_and_exported_again() {
    let mut bench = Bench::new();
    let middle = bench.add(r#"(module (import "" "log" (func (param i32))) (export "log" (func 0)))"#, &[LOG]);
    let last = bench.add(
        r#"(module (import "" "log" (func $log (param i32))) (func (export "run") (param i32) (call $log (local.get 0))))"#,
        &[export(middle, "log")],
    );
    bench.export(last, "run", &[I32], &[]);
    each(&bench.image(), |guest| {
        guest.call("run", &[9]).unwrap();
        assert_eq!(guest.log(), [9]);
    });
}

#[test]
fn a_plan_that_does_not_fit_its_modules_is_a_bug_and_no_panic() {
    let unresolved = |imports: &[tambo_component_plan::CoreDef]| {
        let mut bench = Bench::new();
        let origin = bench.add(r#"(module (memory (export "m") 1))"#, &[]);
        assert_eq!(origin.0, 0);
        bench.add(r#"(module (import "" "f" (func)))"#, imports);
        bench.fuse().unwrap_err()
    };
    let origin = tambo_component_plan::CoreInstanceId(0);
    for imports in [
        &[][..],
        &[export(origin, "m")],
        &[export(origin, "missing")],
        &[export(tambo_component_plan::CoreInstanceId(9), "m")],
        &[tambo_component_plan::CoreDef::Canon(tambo_component_plan::CanonFuncId(9))],
    ] {
        assert!(matches!(unresolved(imports), crate::ImageError::Bug(_)), "{imports:?}");
    }
    let mut bench = Bench::new();
    bench.instance(ModuleId(3), &[]);
    assert!(matches!(bench.fuse().unwrap_err(), crate::ImageError::Bug(_)));
}
