//! Modules that call a pending import again themselves: no adapter, one instance.

use std::sync::Arc;

use tambo_engine::Slot;

use crate::Make;
use crate::rig::{Bell, Rig, call_i32, lookup, poll, ready};

const GUEST: &str = r#"(module
    (import "host" "retry" (func $retry (param i32) (result i32 i32)))
    (import "host" "wait" (func $wait (param i32) (result i32)))
    (import "tambo" "park" (func $park))
    (func $again (export "again") (param i32) (result i32)
        (loop (result i32)
            (call $retry (local.get 0))
            (if (then (call $park) (br 1)))))
    (func (export "twice") (param i32) (result i32) (call $again (call $again (local.get 0))))
    (func (export "both") (param i32) (result i32) (call $wait (call $again (local.get 0)))))"#;

/// The same without the import that needs an adapter.
fn without_adapter() -> String {
    let lines = GUEST.lines().filter(|line| !line.contains("$wait"));
    lines.collect::<Vec<_>>().join("\n") + ")"
}

/// A blocking call blocks in the import itself, which then says that it is done.
pub fn a_blocking_call_never_parks(make: Make<'_>) {
    let rig = Rig::new(make);
    for text in [&*without_adapter(), GUEST] {
        for mut instance in [rig.instance(text), rig.parking(text)] {
            instance.data_mut().pending = 2;
            assert_eq!(call_i32(&mut *instance, "again", &[Slot::from(7)]).unwrap(), 8);
            assert_eq!(instance.data().log, [7, 7, 7]);
            assert_eq!((instance.data().blocks, instance.data().polls), (2, 0));
        }
    }
}

/// An asynchronous call is parked in between, and is called again with the same arguments.
pub fn an_asynchronous_call_parks(make: Make<'_>) {
    for text in [&*without_adapter(), GUEST] {
        let mut instance = Rig::new(make).parking(text);
        instance.data_mut().pending = 2;
        let (gate, bell) = (instance.data().gate.clone(), Arc::<Bell>::default());
        let (function, mut slots) = lookup(&mut *instance, "twice", &[Slot::from(4)]);
        let mut running = instance.call_async(function, &mut slots);
        assert!(poll(&mut running, &bell).is_pending());
        for pending in [true, false] {
            gate.open();
            assert_eq!(poll(&mut running, &bell).is_pending(), pending);
        }
        drop(running);
        assert_eq!(i32::from(slots[0]), 6);
        assert_eq!(instance.data().log, [4, 4, 4, 5]);
        assert_eq!(instance.data().blocks, 0);
    }
}

/// Beside imports that the engine adapts.
pub fn both_ways_mix(make: Make<'_>) {
    let mut instance = Rig::new(make).parking(GUEST);
    instance.data_mut().pending = 1;
    let gate = instance.data().gate.clone();
    let (function, mut slots) = lookup(&mut *instance, "both", &[Slot::from(4)]);
    let mut running = instance.call_async(function, &mut slots);
    assert!(poll(&mut running, &Arc::default()).is_pending());
    gate.open();
    ready(running).unwrap();
    assert_eq!(i32::from(slots[0]), 6);
}
