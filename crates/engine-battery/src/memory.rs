//! The guest's memory, as host calls and the embedder see it.

use tambo_engine::{Limits, Slot};

use crate::rig::{Rig, call, call_i32};
use crate::{Make, Probe, imports};

const MEMORY: &str = r#"(module
    (import "host" "size" (func $size (result i64)))
    (import "host" "peek" (func $peek (param i32) (result i32)))
    (import "host" "poke" (func $poke (param i32 i32)))
    (import "host" "log" (func $log (param i64)))
    (memory (export "memory") 1 8)
    (data (i32.const 16) "tambo")
    (func (export "peek") (param i32) (result i32) (call $peek (local.get 0)))
    (func (export "poke") (param i32 i32) (result i32)
        (call $poke (local.get 0) (local.get 1)) (i32.load8_u (local.get 0)))
    (func (export "size") (result i64) (call $size))
    (func (export "grow") (param i32) (result i32) (memory.grow (local.get 0)))
    (func (export "grow-between") (param $times i32)
        (loop $again
            (call $log (call $size))
            (drop (memory.grow (i32.const 1)))
            (call $poke (i32.sub (i32.mul (memory.size) (i32.const 65536)) (i32.const 1)) (local.get $times))
            (call $log (i64.extend_i32_u
                (i32.load8_u (i32.sub (i32.mul (memory.size) (i32.const 65536)) (i32.const 1)))))
            (br_if $again (local.tee $times (i32.sub (local.get $times) (i32.const 1)))))))"#;

/// An import reads and writes the same bytes as the guest, and has its own data beside them.
pub fn the_host_sees_memory_and_data(make: Make<'_>) {
    let mut instance = Rig::new(make).instance(MEMORY);
    assert_eq!(call_i32(&mut *instance, "peek", &[Slot::from(16)]).unwrap(), i32::from(b't'));
    assert_eq!(call_i32(&mut *instance, "poke", &[Slot::from(100), Slot::from(200)]).unwrap(), 200);
    instance.data_mut().log.push(42);
    assert_eq!(instance.into_data().log, [42]);
}

/// Growth between host calls: each sees the new size and the new bytes, never a stale pointer.
pub fn it_is_bound_late_and_grows(make: Make<'_>) {
    let mut instance = Rig::new(make).instance(MEMORY);
    call(&mut *instance, "grow-between", &[Slot::from(7)]).unwrap();
    let expected: Vec<u64> = (0..7_u64).flat_map(|step| [(step + 1) << 16, 7 - step]).collect();
    assert_eq!(instance.data().log, expected);
    assert_eq!(instance.memory().len(), 8 << 16);
    assert_eq!(instance.memory()[(8 << 16) - 1], 1);
    assert_eq!(call_i32(&mut *instance, "grow", &[Slot::from(1)]).unwrap(), -1, "beyond the declared maximum");
}

/// Without a memory, calls see an empty one.
pub fn none_is_an_empty_slice(make: Make<'_>) {
    for text in [
        r#"(module (import "host" "size" (func $f (result i64))) (func (export "size") (result i64) (call $f)))"#,
        r#"(module (import "host" "size" (func $f (result i64))) (memory 1) (global (export "memory") i32 (i32.const 0))
            (func (export "size") (result i64) (call $f)))"#,
    ] {
        let mut instance = Rig::new(make).instance(text);
        assert_eq!(call(&mut *instance, "size", &[]).unwrap(), [Slot(0)]);
        assert!(instance.memory().is_empty());
    }
}

/// The memory that is bound is the export that was named, whichever index it has.
pub fn it_is_found_by_name(make: Make<'_>) {
    let rig = Rig::new(make);
    if !rig.engine.capabilities().multi_memory {
        return;
    }
    let text = r#"(module (import "host" "size" (func $f (result i64))) (memory (export "memory") 1)
        (memory (export "other") 3) (func (export "size") (result i64) (call $f)))"#;
    let prepared = rig.compile(text).unwrap().prepare(&imports(), "other", false).unwrap();
    let mut instance = prepared.instantiate(Probe::default(), &Limits::default()).unwrap();
    assert_eq!(call(&mut *instance, "size", &[]).unwrap(), [Slot(3 << 16)]);
}

/// Imports see the memory that they name, each its own, also when they park; one that names nothing sees the module's.
pub fn imports_name_their_own(make: Make<'_>) {
    let rig = Rig::new(make);
    if !rig.engine.capabilities().multi_memory {
        return;
    }
    let text = r#"(module (import "host" "size" (func $size (result i64)))
        (import "host" "peek" (func $peek (param i32) (result i32)))
        (import "host" "wait" (func $wait (param i32) (result i32)))
        (memory (export "memory") 1) (memory (export "a") 2) (memory (export "b") 3)
        (data (memory 1) (i32.const 5) "a") (data (memory 2) (i32.const 5) "b")
        (func (export "size") (result i64) (call $size))
        (func (export "peek") (param i32) (result i32) (drop (call $wait (i32.const 0))) (call $peek (local.get 0))))"#;
    for parks in [false, true] {
        let mut imports = imports();
        for import in &mut imports {
            import.memory = match &*import.name {
                "size" => Some("b".into()),
                "peek" => Some("a".into()),
                _ => None,
            };
        }
        let prepared = rig.compile(text).unwrap().prepare(&imports, "memory", parks).unwrap();
        let mut instance = prepared.instantiate(Probe::default(), &Limits::default()).unwrap();
        assert_eq!(call(&mut *instance, "size", &[]).unwrap(), [Slot(3 << 16)]);
        assert_eq!(call_i32(&mut *instance, "peek", &[Slot::from(5)]).unwrap(), i32::from(b'a'));
        assert_eq!(instance.memory().len(), 1 << 16);
    }
}

/// A memory that is named and not there is an empty one.
pub fn a_name_of_nothing_is_an_empty_slice(make: Make<'_>) {
    let rig = Rig::new(make);
    let mut imports = imports();
    imports.iter_mut().for_each(|import| import.memory = Some("nothing".into()));
    let prepared = rig.compile(MEMORY).unwrap().prepare(&imports, "memory", false).unwrap();
    let mut instance = prepared.instantiate(Probe::default(), &Limits::default()).unwrap();
    assert_eq!(call(&mut *instance, "size", &[]).unwrap(), [Slot(0)]);
}

/// The embedder reads what the module put there, and the guest reads what the embedder wrote.
pub fn the_embedder_can_write_it(make: Make<'_>) {
    let mut instance = Rig::new(make).instance(MEMORY);
    assert_eq!(&instance.memory()[16..21], b"tambo");
    instance.memory()[17] = 9;
    assert_eq!(call_i32(&mut *instance, "peek", &[Slot::from(17)]).unwrap(), 9);
}
