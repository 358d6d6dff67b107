//! Proposals that pass through.

use wasm_encoder::ValType::I32;

use super::{Bench, Guest, LOG, engines, export};

/// Instructions and types of every kind, in the second of two instances, so that no index stays what it was. Fusing
/// validates what comes out; engines that know the proposal also run it.
fn pass(text: &str, expect: Option<(i32, &[&str])>) {
    let mut bench = Bench::new();
    let module = bench.module(text);
    bench.add(
        "(module (type (func (param f64))) (memory 1) (table 1 externref) (global i32 (i32.const 0)) (func))",
        &[],
    );
    if text.contains("(tag") {
        bench.add("(module (type (func (param i64))) (tag (param f32)))", &[]);
    }
    bench.instance(module, &[LOG]);
    let second = bench.instance(module, &[LOG]);
    bench.export(second, "run", &[], &[I32]);
    let image = bench.image();
    let Some((expected, on)) = expect else { return };
    for engine in engines().iter().filter(|engine| on.contains(&engine.name())) {
        let mut guest = Guest::started(&**engine, &image);
        assert_eq!(guest.call("run", &[]).unwrap(), expected, "{}", engine.name());
    }
}

const LOGS: &str = r#"(import "" "log" (func $log (param i32)))"#;

#[test]
fn exceptions() {
    pass(
        &format!(
            r#"(module {LOGS}
                (tag $e (param i32))
                (func (export "run") (result i32)
                    (block $caught (result i32)
                        (try_table (catch $e $caught) (throw $e (i32.const 12)))
                        (unreachable))))"#
        ),
        Some((12, &["wasmtime"])),
    );
}

#[test]
fn garbage_collected_objects() {
    pass(
        &format!(
            r#"(module {LOGS}
                (rec
                    (type $node (sub (struct (field $value i32) (field $next (ref null $node)))))
                    (type $leaf (sub $node (struct (field i32) (field (ref null $node)) (field i8)))))
                (type $bytes (array (mut i8)))
                (data $d "abcd")
                (global $shared (ref $node) (struct.new $node (i32.const 5) (ref.null none)))
                (global $alias (ref $node) (global.get $shared))
                (func $sum (param $n (ref null $node)) (result i32)
                    (if (result i32) (ref.is_null (local.get $n))
                        (then (i32.const 0))
                        (else (i32.add (struct.get $node $value (local.get $n))
                            (call $sum (struct.get $node $next (local.get $n)))))))
                (func (export "run") (result i32)
                    (i32.add
                        (i32.add
                            (call $sum (struct.new $leaf (i32.const 1) (global.get $shared) (i32.const 0)))
                            (ref.eq (global.get $shared) (global.get $alias)))
                        (array.get_u $bytes (array.new_data $bytes $d (i32.const 1) (i32.const 2)) (i32.const 0)))))"#
        ),
        None,
    );
}

#[test]
fn vectors() {
    pass(
        &format!(
            r#"(module {LOGS}
                (memory 1)
                (global $v v128 (v128.const i32x4 1 2 3 4))
                (func (export "run") (result i32)
                    (v128.store (i32.const 16) (i32x4.mul (global.get $v) (i32x4.splat (i32.const 10))))
                    (i32x4.extract_lane 2 (v128.load32_lane 2 (i32.const 20) (v128.load (i32.const 16))))))"#
        ),
        Some((20, &["wasmtime", "wasmi"])),
    );
}

#[test]
fn tail_calls_and_typed_references() {
    pass(
        &format!(
            r#"(module {LOGS}
                (type $step (func (param i32 i32) (result i32)))
                (table $t 1 (ref null $step))
                (elem (table $t) (i32.const 0) (ref null $step) (ref.func $count))
                (func $count (type $step)
                    (if (i32.eqz (local.get 0)) (then (return (local.get 1))))
                    (return_call_indirect $t (type $step)
                        (i32.sub (local.get 0) (i32.const 1)) (i32.add (local.get 1) (i32.const 2)) (i32.const 0)))
                (func $by_reference (type $step)
                    (return_call_ref $step (local.get 0) (local.get 1) (ref.func $count)))
                (func (export "run") (result i32)
                    (return_call $by_reference (i32.const 100000) (i32.const 0))))"#
        ),
        Some((200_000, &["wasmtime"])),
    );
}

#[test]
fn wide_memories_and_several_of_them() {
    pass(
        &format!(
            r#"(module {LOGS}
                (memory $a i64 1) (memory $b 1)
                (data (memory $a) (i64.const 3) "\05")
                (func (export "run") (result i32)
                    (memory.copy $b $a (i32.const 7) (i64.const 3) (i32.const 1))
                    (memory.fill $a (i64.const 9) (i32.const 1) (i64.const 1))
                    (i32.add (i32.load8_u $b (i32.const 7)) (i32.load8_u $a (i64.const 9)))))"#
        ),
        Some((6, &["wasmtime", "wasmi"])),
    );
}

#[test]
fn atomics() {
    pass(
        &format!(
            r#"(module {LOGS}
                (memory 1 1 shared)
                (func (export "run") (result i32)
                    (drop (i32.atomic.rmw.add (i32.const 4) (i32.const 1)))
                    (atomic.fence)
                    (i32.atomic.load (i32.const 4))))"#
        ),
        None,
    );
}

/// A tag that is imported is the one that is thrown.
#[test]
fn tags_are_shared() {
    let mut bench = Bench::new();
    let thrower = bench.add(
        r#"(module (tag) (tag $e (export "e") (param i32)) (func (export "throw") (param i32) (throw $e (local.get 0))))"#,
        &[],
    );
    let catcher = bench.add(
        r#"(module
            (import "" "throw" (func $throw (param i32)))
            (import "" "e" (tag $e (param i32)))
            (func (export "run") (param i32) (result i32)
                (block $caught (result i32) (try_table (catch $e $caught) (call $throw (local.get 0))) (unreachable))))"#,
        &[export(thrower, "throw"), export(thrower, "e")],
    );
    bench.export(catcher, "run", &[I32], &[I32]);
    let image = bench.image();
    let [wasmtime, _] = engines();
    assert_eq!(Guest::started(&*wasmtime, &image).call("run", &[8]).unwrap(), 8);
}

#[test]
fn generated_code_knows_whether_anything_can_be_thrown() {
    for (text, expected) in [("(module (func))", false), ("(module (tag $e) (func (throw $e)))", true)] {
        let mut bench = Bench::new();
        bench.add(text, &[]);
        assert_eq!(bench.catches(), expected, "{text}");
    }
}
