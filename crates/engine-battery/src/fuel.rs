//! Metering (attack case 27).

use std::time::{Duration, Instant};

use tambo_engine::{EngineConfig, Instance, Limits, Slot, TrapKind};

use crate::rig::{Rig, call, call_i32};
use crate::{Make, Probe};

const GUEST: &str = r#"(module
    (import "host" "inc" (func $inc (param i32) (result i32)))
    (memory (export "memory") 16)
    (table $t 0 funcref)
    (func (export "spin") (loop $l (br $l)))
    (func (export "count") (param i32) (result i32) (local $n i32)
        (loop $l
            (local.set $n (i32.add (local.get $n) (i32.const 1)))
            (br_if $l (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))
        (local.get $n))
    (func (export "host") (param i32) (result i32) (local $n i32)
        (loop $l
            (local.set $n (call $inc (local.get $n)))
            (br_if $l (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))
        (local.get $n))
    (func (export "fill")
        (loop $l (memory.fill (i32.const 0) (i32.const 1) (i32.const 1048576)) (br $l)))
    (func (export "grow-table") (param i32) (result i32) (table.grow $t (ref.null func) (local.get 0)))
    (func (export "copy")
        (loop $l (memory.copy (i32.const 0) (i32.const 4096) (i32.const 1000000)) (br $l))))"#;

fn metered(make: Make<'_>, fuel: u64, interrupts: bool) -> Box<dyn Instance<Probe>> {
    let rig = Rig::with(make, &EngineConfig { fuel: true, interrupts, ..EngineConfig::default() });
    rig.limited(GUEST, &Limits { fuel: Some(fuel), ..Limits::default() }).unwrap()
}

/// A loop ends when its fuel does.
pub fn it_runs_out(make: Make<'_>) {
    for interrupts in [false, true] {
        for fuel in [1, 10_000, 5_000_000] {
            let mut instance = metered(make, fuel, interrupts);
            assert_eq!(call(&mut *instance, "spin", &[]).unwrap_err().kind, TrapKind::OutOfFuel);
            assert!(instance.fuel().unwrap() < 100, "{:?}", instance.fuel());
        }
    }
}

/// Fuel can be replaced, and calls go on.
pub fn it_can_be_refilled(make: Make<'_>) {
    let mut instance = metered(make, 10, false);
    assert_eq!(call(&mut *instance, "count", &[Slot::from(1_000)]).unwrap_err().kind, TrapKind::OutOfFuel);
    instance.set_fuel(1_000_000);
    assert_eq!(instance.fuel(), Some(1_000_000));
    assert_eq!(call_i32(&mut *instance, "count", &[Slot::from(1_000)]).unwrap(), 1_000);
    assert!(instance.fuel().unwrap() < 1_000_000);
    instance.set_fuel(0);
    assert_eq!(call(&mut *instance, "count", &[Slot::from(1_000)]).unwrap_err().kind, TrapKind::OutOfFuel);
}

/// The same work costs the same, and more work costs more; without a budget there is no end.
pub fn it_is_counted(make: Make<'_>) {
    for interrupts in [false, true] {
        let mut instance = metered(make, 100_000_000, interrupts);
        let mut cost = |n: i32| {
            let before = instance.fuel().unwrap();
            call(&mut *instance, "count", &[Slot::from(n)]).unwrap();
            before - instance.fuel().unwrap()
        };
        let (once, again, more) = (cost(10_000), cost(10_000), cost(1_000_000));
        assert_eq!(once, again);
        assert!(more > 90 * once && more < 110 * once, "{once} {more}");
    }
    let rig = Rig::with(make, &EngineConfig { fuel: true, ..EngineConfig::default() });
    let mut instance = rig.instance(GUEST);
    assert_eq!(call_i32(&mut *instance, "count", &[Slot::from(100_000)]).unwrap(), 100_000);
}

/// Loops of large fills and copies end soon: their cost grows with their size.
pub fn bulk_operations_cost_it(make: Make<'_>) {
    for name in ["fill", "copy"] {
        let mut instance = metered(make, 1_000_000, false);
        let begin = Instant::now();
        assert_eq!(call(&mut *instance, name, &[]).unwrap_err().kind, TrapKind::OutOfFuel, "{name}");
        assert!(begin.elapsed() < Duration::from_secs(10), "{name} took {:?}", begin.elapsed());
    }
}

/// Growing a table costs as much as it grows, and a guest that cannot pay is out of fuel.
pub fn growing_a_table_costs_it(make: Make<'_>) {
    for interrupts in [false, true] {
        let mut instance = metered(make, 10_000, interrupts);
        assert_eq!(call_i32(&mut *instance, "grow-table", &[Slot::from(1_000)]).unwrap(), 0);
        let trap = call(&mut *instance, "grow-table", &[Slot::from(5_000_000)]).unwrap_err();
        assert_eq!(trap.kind, TrapKind::OutOfFuel);
        instance.set_fuel(10_000_000);
        assert_eq!(call_i32(&mut *instance, "grow-table", &[Slot::from(1_000)]).unwrap(), 1_000);
    }
}

/// Without metering there is no fuel, and a budget is not an error.
pub fn no_metering_no_fuel(make: Make<'_>) {
    for interrupts in [false, true] {
        let rig = Rig::with(make, &EngineConfig { interrupts, ..EngineConfig::default() });
        let mut instance = rig.limited(GUEST, &Limits { fuel: Some(1), ..Limits::default() }).unwrap();
        assert_eq!(call_i32(&mut *instance, "count", &[Slot::from(3_000_000)]).unwrap(), 3_000_000);
        instance.set_fuel(1);
        assert_eq!(instance.fuel(), None);
        assert_eq!(call_i32(&mut *instance, "count", &[Slot::from(1_000)]).unwrap(), 1_000);
    }
}

/// A loop with a host call in it, long enough to need every way of metering.
pub fn host_calls_keep_the_count(make: Make<'_>) {
    for interrupts in [false, true] {
        let mut instance = metered(make, u64::MAX / 2, interrupts);
        assert_eq!(call_i32(&mut *instance, "host", &[Slot::from(1_000_000)]).unwrap(), 1_000_000);
        let mut instance = metered(make, 100_000, interrupts);
        assert_eq!(call(&mut *instance, "host", &[Slot::from(1_000_000)]).unwrap_err().kind, TrapKind::OutOfFuel);
    }
}
