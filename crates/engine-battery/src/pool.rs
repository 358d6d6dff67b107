//! Many instances, one after the other or beside each other.

use std::sync::Arc;

use tambo_engine::{EngineConfig, Limits, PoolConfig, Slot, TrapKind};

use crate::rig::{Rig, call, call_i32, lookup, poll, ready};
use crate::suspend::GUEST as WAITS;
use crate::{Make, Probe};

/// Writes to everything that an instance owns, and tells what it finds.
const TENANT: &str = r#"(module
    (import "host" "peek" (func $peek (param i32) (result i32)))
    (memory (export "memory") 4 16)
    (data (i32.const 8) "\07")
    (data $passive "\09")
    (table $t 8 8 funcref)
    (elem $funcs func $one)
    (global $g (mut i64) (i64.const 5))
    (func $one (result i32) (i32.const 1))
    (func (export "dirty")
        (drop (memory.grow (i32.const 4)))
        (memory.fill (i32.const 0) (i32.const 0xee) (i32.mul (memory.size) (i32.const 65536)))
        (table.fill $t (i32.const 0) (ref.func $one) (i32.const 8))
        (global.set $g (i64.const -1))
        (data.drop $passive) (elem.drop $funcs))
    (func (export "found") (param i32) (result i32) (i32.load8_u (local.get 0)))
    (func (export "pages") (result i32) (memory.size))
    (func (export "grow") (result i32) (memory.grow (i32.const 4)))
    (func (export "null") (param i32) (result i32) (ref.is_null (table.get $t (local.get 0))))
    (func (export "global") (result i64) (global.get $g))
    (func (export "init") (memory.init $passive (i32.const 0) (i32.const 0) (i32.const 1))
        (table.init $t $funcs (i32.const 0) (i32.const 0) (i32.const 1))))"#;

fn pool(make: Make<'_>, instances: u32) -> Rig {
    let pool = PoolConfig { instances, max_memory: 64 << 20, keep_resident: 128 << 10, table_elements: 1_000 };
    Rig::with(make, &EngineConfig { pool: Some(pool), ..EngineConfig::default() })
}

/// A second tenant of the same place finds it as the module describes it (attack case 28).
pub fn nothing_is_left_behind(make: Make<'_>) {
    let rig = pool(make, 1);
    let prepared = rig.prepare(TENANT, false).unwrap();
    for round in 0..5 {
        let mut instance = prepared.instantiate(Probe::default(), &Limits::default()).unwrap();
        let mut found = |name: &str, arg: i32| call(&mut *instance, name, &[Slot::from(arg)][..]).unwrap();
        assert_eq!(found("found", 8), [Slot(7)], "round {round}");
        for at in [0, 9, 4095, 4096, 131_071, 131_072, 200_000, 262_143] {
            assert_eq!(found("found", at), [Slot(0)], "round {round}, byte {at}");
        }
        for at in 0..8 {
            assert_eq!(found("null", at), [Slot(1)], "round {round}, element {at}");
        }
        assert_eq!(call_i32(&mut *instance, "pages", &[]).unwrap(), 4);
        assert_eq!(call(&mut *instance, "global", &[]).unwrap(), [Slot(5)]);
        call(&mut *instance, "init", &[]).unwrap();
        assert_eq!(call_i32(&mut *instance, "grow", &[]).unwrap(), 4);
        assert!(instance.memory()[4 << 16..].iter().all(|&byte| byte == 0), "round {round}: grown memory");
        call(&mut *instance, "dirty", &[]).unwrap();
    }
}

/// One more than the pool holds is a trap that says so, and none the less when instances can park.
pub fn instances_are_bounded(make: Make<'_>) {
    let rig = pool(make, 3);
    for parks in [false, true] {
        let prepared = rig.prepare(WAITS, parks).unwrap();
        let instantiate = || prepared.instantiate(Probe::default(), &Limits::default());
        let mut alive: Vec<_> = (0..3).map(|_| instantiate().unwrap()).collect();
        let trap = instantiate().err().expect("the pool is full");
        assert!(matches!(trap.kind, TrapKind::Limit(_)), "{trap}");
        alive.pop();
        assert!(instantiate().is_ok());
    }
    // A backend may know when it compiles that a module is larger than any place.
    if let Ok(prepared) = rig.prepare("(module (memory 2000))", false) {
        let trap = prepared.instantiate(Probe::default(), &Limits::default()).err().expect("larger than a place");
        assert!(matches!(trap.kind, TrapKind::Limit(_)), "{trap}");
    }
}

/// Nothing piles up: neither address space nor memory nor places.
pub fn ten_thousand_instances(make: Make<'_>) {
    for rig in [Rig::new(make), pool(make, 2)] {
        for parks in [false, true] {
            let prepared = rig.prepare(WAITS, parks).unwrap();
            let mut before = None;
            for round in 0..5_000 {
                let mut instance = prepared.instantiate(Probe::default(), &Limits::default()).unwrap();
                assert_eq!(call_i32(&mut *instance, "wait", &[Slot::from(1)]).unwrap(), 4);
                if round == 1_000 {
                    before = resident();
                }
            }
            if let (Some(before), Some(after)) = (before, resident()) {
                assert!(after < before + (8 << 20), "{before} bytes became {after}");
            }
        }
    }
}

/// Resident bytes of this process, where the system tells.
fn resident() -> Option<u64> {
    let statm = std::fs::read_to_string("/proc/self/statm").ok()?;
    statm.split_whitespace().nth(1)?.parse::<u64>().ok().map(|pages| pages * 4096)
}

/// Stacks of parked calls come from the pool and go back to it, also from calls that are dropped.
pub fn it_serves_asynchronous_calls(make: Make<'_>) {
    let rig = pool(make, 2);
    let prepared = rig.prepare(WAITS, true).unwrap();
    for round in 0..50 {
        let mut instance = prepared.instantiate(Probe { pending: 1, ..Probe::default() }, &Limits::default()).unwrap();
        let gate = instance.data().gate.clone();
        let (function, mut slots) = lookup(&mut *instance, "wait", &[Slot::from(round)]);
        let mut running = instance.call_async(function, &mut slots);
        assert!(poll(&mut running, &Arc::default()).is_pending());
        if round % 2 == 0 {
            continue;
        }
        gate.open();
        ready(running).unwrap();
        assert_eq!(i32::from(slots[0]), 2 * (round + 1));
    }
}
