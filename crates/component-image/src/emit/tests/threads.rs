//! What a thread keeps: `context.get`, `context.set`.

use super::each;

/// The outer component keeps 7 and 9 and calls the inner one, which finds nothing, keeps something, and whose allocator
/// finds and keeps something too.
const NESTED: &str = r#"(component
    (component $inner
        (core func $get (canon context.get i32 0))
        (core func $set (canon context.set i32 0))
        (core module $m
            (import "" "get" (func $get (result i32)))
            (import "" "set" (func $set (param i32)))
            (memory (export "memory") 1)
            (func $fresh (if (call $get) (then (unreachable))))
            (func (export "realloc") (param i32 i32 i32 i32) (result i32)
                (call $fresh) (call $set (i32.const 3)) (i32.const 16))
            (func (export "f") (param i32 i32)
                (call $fresh) (call $set (i32.const 5)) (if (i32.ne (call $get) (i32.const 5)) (then (unreachable)))))
        (core instance $i (instantiate $m (with "" (instance (export "get" (func $get)) (export "set" (func $set))))))
        (func (export "f") (param "s" string)
            (canon lift (core func $i "f") (memory (core memory $i "memory")) (realloc (core func $i "realloc")))))
    (instance $inner (instantiate $inner))
    (core module $memory (memory (export "memory") 1))
    (core instance $memory (instantiate $memory))
    (core func $f (canon lower (func $inner "f") (memory (core memory $memory "memory"))))
    (core func $get0 (canon context.get i32 0))
    (core func $set0 (canon context.set i32 0))
    (core func $get1 (canon context.get i32 1))
    (core func $set1 (canon context.set i32 1))
    (core module $m
        (import "" "f" (func $f (param i32 i32)))
        (import "" "get0" (func $get0 (result i32)))
        (import "" "set0" (func $set0 (param i32)))
        (import "" "get1" (func $get1 (result i32)))
        (import "" "set1" (func $set1 (param i32)))
        (func (export "run") (result i32)
            (if (call $get0) (then (unreachable)))
            (call $set0 (i32.const -7))
            (call $set1 (i32.const 1))
            (call $f (i32.const 0) (i32.const 3))
            (i32.add (call $get0) (call $get1))))
    (core instance $i (instantiate $m (with "" (instance
        (export "f" (func $f)) (export "get0" (func $get0)) (export "set0" (func $set0))
        (export "get1" (func $get1)) (export "set1" (func $set1))))))
    (func (export "run") (result s32) (canon lift (core func $i "run"))))"#;

#[test]
fn every_call_begins_with_nothing_and_leaves_its_callers_values() {
    each(NESTED, |program| {
        let mut guest = program.start();
        for _ in 0..2 {
            assert_eq!(guest.call("run", &[]).map(|bits| bits as i32), Ok(-6));
        }
    });
}
