//! Cancelling an asynchronous call by dropping it (attack case 22).

use std::rc::Rc;
use std::sync::Arc;

use tambo_engine::{Slot, TrapKind};

use crate::Make;
use crate::rig::{Bell, Rig, call, call_i32, lookup, poll, ready};
use crate::suspend::GUEST;

/// A call dropped half-way leaves an instance that refuses further calls, of either kind, and can be dropped.
pub fn a_dropped_call_ends_the_instance(make: Make<'_>) {
    let mut instance = Rig::new(make).parking(GUEST);
    instance.data_mut().pending = 2;
    let gate = instance.data().gate.clone();
    let (function, mut slots) = lookup(&mut *instance, "wait-twice", &[Slot::from(1)]);
    let mut running = instance.call_async(function, &mut slots);
    assert!(poll(&mut running, &Arc::default()).is_pending());
    gate.open();
    assert!(poll(&mut running, &Arc::default()).is_pending(), "parked a second time");
    drop(running);

    let trap = call(&mut *instance, "plain", &[Slot::from(1)]).unwrap_err();
    assert!(matches!(&trap.kind, TrapKind::Other(message) if message.contains("cancelled")), "{trap}");
    let (function, mut slots) = lookup(&mut *instance, "plain", &[Slot::from(1)]);
    assert!(ready(instance.call_async(function, &mut slots)).is_err());
    assert!(instance.start().is_err());
    assert_eq!(instance.into_data().log, [1, 1]);
}

/// Dropping call and instance drops the data: nothing is leaked on a stack that nobody unwinds.
pub fn a_dropped_call_releases_the_host_data(make: Make<'_>) {
    let rig = Rig::new(make);
    let bell = Arc::<Bell>::default();
    let witness = Rc::new(());
    for _ in 0..100 {
        let mut instance = rig.parking(GUEST);
        instance.data_mut().pending = 1;
        let held = witness.clone();
        let (function, mut slots) = lookup(&mut *instance, "wait", &[Slot::from(1)]);
        let mut running = Box::pin(async {
            let _held = held;
            instance.call_async(function, &mut slots).await
        });
        assert!(poll(&mut running, &bell).is_pending());
        drop(running);
    }
    assert_eq!(Rc::strong_count(&witness), 1);
    assert_eq!(Arc::strong_count(&bell), 1, "no waker is left in a dropped call's data");
}

/// A future that was never polled has not begun.
pub fn a_future_never_polled_harms_nothing(make: Make<'_>) {
    let mut instance = Rig::new(make).parking(GUEST);
    let (function, mut slots) = lookup(&mut *instance, "wait", &[Slot::from(1)]);
    drop(instance.call_async(function, &mut slots));
    assert_eq!(call_i32(&mut *instance, "wait", &[Slot::from(1)]).unwrap(), 4);
}

/// A start function is a call like any other.
pub fn a_start_may_be_dropped(make: Make<'_>) {
    let mut instance = Rig::new(make).parking(
        r#"(module (import "host" "wait" (func $wait (param i32) (result i32)))
            (func $s (drop (call $wait (i32.const 1)))) (start $s) (func (export "f")))"#,
    );
    instance.data_mut().pending = 1;
    let mut start = instance.start_async();
    assert!(poll(&mut start, &Arc::default()).is_pending());
    drop(start);
    assert!(call(&mut *instance, "f", &[]).is_err());
}
