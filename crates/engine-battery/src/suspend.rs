//! Imports that have no answer yet: blocking calls block, asynchronous calls park.

use std::sync::Arc;
use std::task::Poll;

use tambo_engine::{Slot, TrapKind};

use crate::Make;
use crate::rig::{Bell, Rig, call, call_i32, lookup, poll, ready};

pub(crate) const GUEST: &str = r#"(module
    (import "host" "wait" (func $wait (param i32) (result i32)))
    (import "host" "wait-poke" (func $wait-poke (param i32 i32)))
    (import "host" "wait-mirror" (func $wait-mirror (param i32 i64 f32 f64) (result f64 f32 i64 i32)))
    (import "host" "wait-fault" (func $wait-fault))
    (import "host" "inc" (func $inc (param i32) (result i32)))
    (memory (export "memory") 1)
    (func $wait-twice (export "wait-twice") (param i32) (result i32)
        (i32.add (i32.mul (call $wait (local.get 0)) (i32.const 100)) (call $wait (call $inc (local.get 0)))))
    (func (export "wait") (param i32) (result i32) (i32.mul (call $wait (local.get 0)) (i32.const 2)))
    (func (export "tail") (param i32) (result i32) (return_call $wait (local.get 0)))
    (func (export "tail-deep") (param i32) (result i32) (return_call $wait-twice (local.get 0)))
    (func (export "poke") (param i32 i32) (result i32)
        (drop (memory.grow (i32.const 3)))
        (call $wait-poke (local.get 0) (local.get 1))
        (i32.load8_u (local.get 0)))
    (func (export "mirror") (param i32 i64 f32 f64) (result f64 f32 i64 i32)
        (call $wait-mirror (local.get 0) (local.get 1) (local.get 2) (local.get 3)))
    (func (export "fault") (call $wait-fault))
    (func (export "plain") (param i32) (result i32) (call $inc (local.get 0))))"#;

/// Both ways of preparing, each time blocking the thread and then trying again with the same arguments.
pub fn a_blocking_call_blocks_and_retries(make: Make<'_>) {
    let rig = Rig::new(make);
    for mut instance in [rig.instance(GUEST), rig.parking(GUEST)] {
        instance.data_mut().pending = 3;
        assert_eq!(call_i32(&mut *instance, "wait", &[Slot::from(20)]).unwrap(), 42);
        assert_eq!(instance.data().log, [20, 20, 20, 20]);
        assert_eq!((instance.data().blocks, instance.data().polls), (3, 0));
    }
}

/// Two imports that wait, the first of them twice: the future is pending until woken, and the guest resumes where it
/// was.
pub fn an_asynchronous_call_parks_until_woken(make: Make<'_>) {
    let mut instance = Rig::new(make).parking(GUEST);
    instance.data_mut().pending = 2;
    let (gate, bell) = (instance.data().gate.clone(), Arc::<Bell>::default());
    let (function, mut slots) = lookup(&mut *instance, "wait-twice", &[Slot::from(4)]);
    let mut running = instance.call_async(function, &mut slots);
    assert!(poll(&mut running, &bell).is_pending());
    assert!(poll(&mut running, &bell).is_pending(), "nobody opened the gate");
    for round in 1..=2 {
        gate.open();
        assert_eq!(bell.rung(), round);
        let pending = poll(&mut running, &bell).is_pending();
        assert_eq!(pending, round == 1);
    }
    drop(running);
    assert_eq!(i32::from(slots[0]), 506);
    assert_eq!(instance.data().log, [4, 4, 4, 5]);
    assert_eq!(instance.data().blocks, 0);
}

/// An import that answers at the first try costs no wait.
pub fn a_ready_import_never_parks(make: Make<'_>) {
    let mut instance = Rig::new(make).parking(GUEST);
    let (function, mut slots) = lookup(&mut *instance, "wait-twice", &[Slot::from(4)]);
    ready(instance.call_async(function, &mut slots)).unwrap();
    assert_eq!(i32::from(slots[0]), 506);
    let (function, mut slots) = lookup(&mut *instance, "plain", &[Slot::from(4)]);
    ready(instance.call_async(function, &mut slots)).unwrap();
    assert_eq!(i32::from(slots[0]), 5);
    assert_eq!((instance.data().blocks, instance.data().polls), (0, 0));
}

/// Arguments and results of all number types, through the adapter and through a suspension.
pub fn values_survive_it(make: Make<'_>) {
    let args = [Slot::from(-1_i32), Slot::from(i64::MIN), Slot(0x7f80_0001), Slot::from(-0.0_f64)];
    let mut expected = args;
    expected.reverse();
    let mut instance = Rig::new(make).parking(GUEST);
    instance.data_mut().pending = 1;
    let (gate, bell) = (instance.data().gate.clone(), Arc::<Bell>::default());
    let (function, mut slots) = lookup(&mut *instance, "mirror", &args);
    let mut running = instance.call_async(function, &mut slots);
    assert!(poll(&mut running, &bell).is_pending());
    gate.open();
    assert!(matches!(poll(&mut running, &bell), Poll::Ready(Ok(()))));
    drop(running);
    assert_eq!(slots, expected);
    assert_eq!(instance.data().log, args.map(|slot| slot.0));
    assert_eq!(call(&mut *instance, "mirror", &args).unwrap(), expected);
}

/// A suspending import in tail position (wasmi 2.0 resumes wrongly there without an adapter).
pub fn a_tail_call_may_suspend(make: Make<'_>) {
    for (name, expected) in [("tail", 5), ("tail-deep", 506)] {
        let mut instance = Rig::new(make).parking(GUEST);
        instance.data_mut().pending = 1;
        let (gate, bell) = (instance.data().gate.clone(), Arc::<Bell>::default());
        let (function, mut slots) = lookup(&mut *instance, name, &[Slot::from(4)]);
        let mut running = instance.call_async(function, &mut slots);
        assert!(poll(&mut running, &bell).is_pending());
        gate.open();
        assert!(matches!(poll(&mut running, &bell), Poll::Ready(Ok(()))));
        drop(running);
        assert_eq!(i32::from(slots[0]), expected, "{name}");

        instance.data_mut().pending = 1;
        assert_eq!(call_i32(&mut *instance, name, &[Slot::from(4)]).unwrap(), expected, "{name}, blocking");
    }
}

/// The retry sees the memory as it is then.
pub fn memory_may_have_moved(make: Make<'_>) {
    let mut instance = Rig::new(make).parking(GUEST);
    instance.data_mut().pending = 1;
    let (gate, bell) = (instance.data().gate.clone(), Arc::<Bell>::default());
    let (function, mut slots) = lookup(&mut *instance, "poke", &[Slot::from(200_000), Slot::from(77)]);
    let mut running = instance.call_async(function, &mut slots);
    assert!(poll(&mut running, &bell).is_pending());
    gate.open();
    assert!(matches!(poll(&mut running, &bell), Poll::Ready(Ok(()))));
    drop(running);
    assert_eq!(i32::from(slots[0]), 77);
    assert_eq!(instance.memory()[200_000], 77);

    instance.data_mut().pending = 1;
    let poke = call_i32(&mut *instance, "poke", &[Slot::from(400_000), Slot::from(78)]);
    assert_eq!(poke.unwrap(), 78, "a blocking call that grows");
}

/// Two parked guests on one thread, resumed in the other order.
pub fn two_instances_interleave(make: Make<'_>) {
    let rig = Rig::new(make);
    let (mut first, mut second) = (rig.parking(GUEST), rig.parking(GUEST));
    let bell = Arc::<Bell>::default();
    let gates = [first.data().gate.clone(), second.data().gate.clone()];
    first.data_mut().pending = 2;
    second.data_mut().pending = 2;
    let (function_1, mut slots_1) = lookup(&mut *first, "wait-twice", &[Slot::from(1)]);
    let (function_2, mut slots_2) = lookup(&mut *second, "wait-twice", &[Slot::from(2)]);
    let mut running_1 = first.call_async(function_1, &mut slots_1);
    let mut running_2 = second.call_async(function_2, &mut slots_2);
    assert!(poll(&mut running_1, &bell).is_pending());
    assert!(poll(&mut running_2, &bell).is_pending());
    gates[0].open();
    gates[1].open();
    assert!(poll(&mut running_1, &bell).is_pending());
    assert!(poll(&mut running_2, &bell).is_pending());
    gates[1].open();
    assert!(matches!(poll(&mut running_2, &bell), Poll::Ready(Ok(()))));
    assert!(poll(&mut running_1, &bell).is_pending());
    gates[0].open();
    assert!(matches!(poll(&mut running_1, &bell), Poll::Ready(Ok(()))));
    drop((running_1, running_2));
    assert_eq!((i32::from(slots_1[0]), i32::from(slots_2[0])), (203, 304));
}

/// One instance, blocking and asynchronous calls in turn.
pub fn both_kinds_of_call_mix(make: Make<'_>) {
    let mut instance = Rig::new(make).parking(GUEST);
    for round in 0..3 {
        instance.data_mut().pending = 1;
        assert_eq!(call_i32(&mut *instance, "wait", &[Slot::from(round)]).unwrap(), 2 * (round + 1));
        instance.data_mut().pending = 1;
        let gate = instance.data().gate.clone();
        let (function, mut slots) = lookup(&mut *instance, "wait", &[Slot::from(round)]);
        let mut running = instance.call_async(function, &mut slots);
        assert!(poll(&mut running, &Arc::default()).is_pending());
        gate.open();
        ready(running).unwrap();
        assert_eq!(i32::from(slots[0]), 2 * (round + 1));
    }
    assert_eq!(instance.data().blocks, 3);
}

/// Without `parks` an asynchronous call is the embedder's mistake, and says so.
pub fn parking_must_be_prepared_for(make: Make<'_>) {
    let mut instance = Rig::new(make).instance(GUEST);
    let (function, mut slots) = lookup(&mut *instance, "wait", &[Slot::from(1)]);
    let trap = ready(instance.call_async(function, &mut slots)).unwrap_err();
    assert!(matches!(trap.kind, TrapKind::Bug(_)), "{trap}");
}

/// A wait that fails is the end of the call.
pub fn a_wait_may_end_the_guest(make: Make<'_>) {
    let mut instance = Rig::new(make).parking(GUEST);
    instance.data_mut().pending = 1;
    instance.data_mut().refuse = true;
    let (function, mut slots) = lookup(&mut *instance, "wait", &[Slot::from(1)]);
    let trap = ready(instance.call_async(function, &mut slots)).unwrap_err();
    assert_eq!(trap.kind, TrapKind::Host("refused to wait".into()));
}

/// A block that fails is the end of the call.
pub fn a_block_may_end_the_guest(make: Make<'_>) {
    let rig = Rig::new(make);
    for mut instance in [rig.instance(GUEST), rig.parking(GUEST)] {
        instance.data_mut().pending = 1;
        instance.data_mut().refuse = true;
        let trap = call(&mut *instance, "wait", &[Slot::from(1)]).unwrap_err();
        assert_eq!(trap.kind, TrapKind::Host("refused to wait".into()));
        assert_eq!(instance.data().blocks, 1);
    }
}

/// A trap after a suspension is the result of the future, and the instance can be called again.
pub fn a_trap_ends_the_future(make: Make<'_>) {
    let mut instance = Rig::new(make).parking(GUEST);
    instance.data_mut().pending = 1;
    let (gate, bell) = (instance.data().gate.clone(), Arc::<Bell>::default());
    let (function, mut slots) = lookup(&mut *instance, "fault", &[]);
    let mut running = instance.call_async(function, &mut slots);
    assert!(poll(&mut running, &bell).is_pending());
    gate.open();
    match poll(&mut running, &bell) {
        Poll::Ready(Err(trap)) => assert_eq!(trap.kind, TrapKind::Host("a late fault".into())),
        other => panic!("{other:?}"),
    }
    drop(running);
    assert_eq!(call_i32(&mut *instance, "plain", &[Slot::from(1)]).unwrap(), 2);
}

/// Every suspending import has an adapter of its own, with its own type.
pub fn several_imports_may_suspend(make: Make<'_>) {
    let mut instance = Rig::new(make).parking(GUEST);
    for name in ["wait", "poke", "mirror", "tail"] {
        instance.data_mut().pending = 1;
        let gate = instance.data().gate.clone();
        let (function, mut slots) = lookup(&mut *instance, name, &[Slot::from(9), Slot::from(9)]);
        let mut running = instance.call_async(function, &mut slots);
        assert!(poll(&mut running, &Arc::default()).is_pending(), "{name}");
        gate.open();
        ready(running).unwrap();
    }
    assert_eq!((instance.data().blocks, instance.data().pending), (0, 0));
}
