//! Start functions: run when asked, with everything bound.

use std::sync::Arc;
use std::task::Poll;

use tambo_engine::{ErrorStage, TrapKind};

use crate::Make;
use crate::rig::{Bell, Rig, call_i32, poll, ready};

const STARTS: &str = r#"(module
    (import "host" "peek" (func $peek (param i32) (result i32)))
    (import "host" "log" (func $log (param i64)))
    (memory (export "memory") 1)
    (data (i32.const 5) "s")
    (global $runs (mut i32) (i32.const 0))
    (func $start
        (global.set $runs (i32.add (global.get $runs) (i32.const 1)))
        (call $log (i64.extend_i32_u (call $peek (i32.const 5)))))
    (start $start)
    (func (export "runs") (result i32) (global.get $runs)))"#;

const WAITS: &str = r#"(module
    (import "host" "wait" (func $wait (param i32) (result i32)))
    (global $got (mut i32) (i32.const 0))
    (func $start (global.set $got (call $wait (i32.const 6))))
    (start $start)
    (func (export "got") (result i32) (global.get $got)))"#;

/// Instantiation runs no guest code; starting runs it once, whichever way and however often it is asked for.
pub fn it_runs_when_asked_and_once(make: Make<'_>) {
    let rig = Rig::new(make);
    let mut instance = rig.parking(STARTS);
    assert_eq!(call_i32(&mut *instance, "runs", &[]).unwrap(), 0);
    instance.start().unwrap();
    instance.start().unwrap();
    ready(instance.start_async()).unwrap();
    assert_eq!(call_i32(&mut *instance, "runs", &[]).unwrap(), 1);

    let mut other = rig.instance("(module)");
    other.start().unwrap();
    ready(other.start_async()).unwrap();
}

/// Memory is bound before it runs.
pub fn it_sees_memory_and_host(make: Make<'_>) {
    let mut instance = Rig::new(make).instance(STARTS);
    instance.start().unwrap();
    assert_eq!(instance.data().log, [u64::from(b's')]);
}

/// It parks like any call.
pub fn it_may_suspend(make: Make<'_>) {
    let mut instance = Rig::new(make).parking(WAITS);
    instance.data_mut().pending = 1;
    let (gate, bell) = (instance.data().gate.clone(), Arc::<Bell>::default());
    let mut start = instance.start_async();
    assert!(poll(&mut start, &bell).is_pending());
    gate.open();
    assert_eq!(bell.rung(), 1);
    assert!(matches!(poll(&mut start, &bell), Poll::Ready(Ok(()))));
    drop(start);
    assert_eq!(call_i32(&mut *instance, "got", &[]).unwrap(), 7);
}

/// It blocks like any call.
pub fn it_may_block(make: Make<'_>) {
    let rig = Rig::new(make);
    for mut instance in [rig.instance(WAITS), rig.parking(WAITS)] {
        instance.data_mut().pending = 3;
        instance.start().unwrap();
        assert_eq!(instance.data().blocks, 3);
        assert_eq!(call_i32(&mut *instance, "got", &[]).unwrap(), 7);
    }
}

/// Its trap is the trap of `start`.
pub fn it_may_trap(make: Make<'_>) {
    let mut instance = Rig::new(make).instance("(module (func $s unreachable) (start $s))");
    assert_eq!(instance.start().unwrap_err().kind, TrapKind::Unreachable);
    let mut instance = Rig::new(make).parking("(module (func $s unreachable) (start $s))");
    assert_eq!(ready(instance.start_async()).unwrap_err().kind, TrapKind::Unreachable);
}

/// One that takes or gives something, or does not exist, is refused and not forgotten.
pub fn it_must_be_plain(make: Make<'_>) {
    let rig = Rig::new(make);
    for function in ["(func $s (param i32))", "(func $s (result i32) (i32.const 0))"] {
        let error = rig.compile(&format!("(module {function} (start $s))")).err().unwrap();
        assert_eq!(error.stage, ErrorStage::Compile, "{error}");
    }
    assert!(rig.compile("(module (func) (start 7))").is_err());
}
