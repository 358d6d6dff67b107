//! Arguments and results, in both directions.

use tambo_engine::{FuncType, Function, Limits, Slot, TrapKind, ValueType};

use crate::rig::{Rig, call, lookup};
use crate::{Make, Probe, imports};

const NUMBERS: &str = r#"(module
    (import "host" "mirror" (func $mirror (param i32 i64 f32 f64) (result f64 f32 i64 i32)))
    (import "host" "sum" (func $sum
        (param i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32) (result i64)))
    (func (export "mirror") (param i32 i64 f32 f64) (result f64 f32 i64 i32)
        (call $mirror (local.get 0) (local.get 1) (local.get 2) (local.get 3)))
    (func (export "i32") (param i32) (result i32) local.get 0)
    (func (export "i64") (param i64) (result i64) local.get 0)
    (func (export "f32") (param f32) (result f32) local.get 0)
    (func (export "f64") (param f64) (result f64) local.get 0)
    (func (export "count") (result
        i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32)
        (i32.const 0) (i32.const 1) (i32.const 2) (i32.const 3) (i32.const 4) (i32.const 5) (i32.const 6)
        (i32.const 7) (i32.const 8) (i32.const 9) (i32.const 10) (i32.const 11) (i32.const 12) (i32.const 13)
        (i32.const 14) (i32.const 15) (i32.const 16) (i32.const 17) (i32.const 18) (i32.const 19))
    (func (export "sum")
        (param i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32) (result i64)
        (call $sum (local.get 0) (local.get 1) (local.get 2) (local.get 3) (local.get 4) (local.get 5) (local.get 6)
            (local.get 7) (local.get 8) (local.get 9) (local.get 10) (local.get 11) (local.get 12) (local.get 13)
            (local.get 14) (local.get 15) (local.get 16) (local.get 17) (local.get 18) (local.get 19))))"#;

/// All number types, from the host through the guest to a host import and back.
pub fn numbers_go_both_ways(make: Make<'_>) {
    let mut instance = Rig::new(make).instance(NUMBERS);
    let args = [Slot::from(-7_i32), Slot::from(-8_i64), Slot::from(1.5_f32), Slot::from(-2.25_f64)];
    let results = call(&mut *instance, "mirror", &args).unwrap();
    assert_eq!(results, [Slot::from(-2.25_f64), Slot::from(1.5_f32), Slot::from(-8_i64), Slot::from(-7_i32)]);
    assert_eq!(instance.data().log, args.map(|slot| slot.0));

    let (_, ty) = instance.function("mirror").unwrap();
    use ValueType::{F32, F64, I32, I64};
    assert_eq!(ty, FuncType::new([I32, I64, F32, F64], [F64, F32, I64, I32]));
}

/// More arguments than any backend keeps in a small array.
pub fn many_arguments(make: Make<'_>) {
    let mut instance = Rig::new(make).instance(NUMBERS);
    let args: Vec<Slot> = (0..20).map(|n: u32| Slot::from(n + 1_000_000_000)).collect();
    let results = call(&mut *instance, "sum", &args).unwrap();
    assert_eq!(u64::from(results[0]), 20 * 1_000_000_000 + 190);
}

/// More results than any backend keeps in a small array.
pub fn many_results(make: Make<'_>) {
    let mut instance = Rig::new(make).instance(NUMBERS);
    let results = call(&mut *instance, "count", &[]).unwrap();
    assert_eq!(results, (0..20_u32).map(Slot::from).collect::<Vec<_>>());
}

/// Bits are bits: signalling NaNs, signs, extremes, and no stray upper half of a 32-bit value.
pub fn extreme_bits_survive(make: Make<'_>) {
    let mut instance = Rig::new(make).instance(NUMBERS);
    for bits in [0, 1, 0x7fff_ffff, 0x8000_0000, 0x7f80_0001, 0xffc0_0000, 0xffff_ffff_u64] {
        for name in ["i32", "f32"] {
            assert_eq!(call(&mut *instance, name, &[Slot(bits)]).unwrap(), [Slot(bits)], "{name}");
            assert_eq!(call(&mut *instance, name, &[Slot(bits | 0xdead_beef << 32)]).unwrap(), [Slot(bits)], "{name}");
        }
    }
    for bits in [0, 1, i64::MIN as u64, 0x7ff0_0000_0000_0001, 0xfff8_0000_0000_0000, u64::MAX] {
        for name in ["i64", "f64"] {
            assert_eq!(call(&mut *instance, name, &[Slot(bits)]).unwrap(), [Slot(bits)], "{name}");
        }
    }
}

/// A name that is not exported, or is no function, is none; the same name is the same function.
pub fn unknown_names_are_none(make: Make<'_>) {
    let mut instance = Rig::new(make).instance(r#"(module (memory (export "memory") 1) (func (export "f")))"#);
    assert!(instance.function("g").is_none());
    assert!(instance.function("memory").is_none());
    assert_eq!(instance.function("f"), instance.function("f"));
}

/// What was found in one instance can be called on another, however that was prepared.
pub fn a_function_is_the_same_in_every_instance(make: Make<'_>) {
    let text = r#"(module
        (import "host" "wait" (func $wait (param i32) (result i32)))
        (memory (export "memory") 1)
        (func (export "other") (result i32) (i32.const 1))
        (func (export "wait") (param i32) (result i32) (call $wait (local.get 0))))"#;
    let rig = Rig::new(make);
    let module = rig.compile(text).unwrap();
    let start = |parks| {
        let prepared = module.prepare(&imports(), "memory", parks).unwrap();
        prepared.instantiate(Probe::default(), &Limits::default()).unwrap()
    };
    let (function, mut slots) = lookup(&mut *start(true), "wait", &[Slot::from(4)]);
    for parks in [false, true] {
        slots[0] = Slot::from(4);
        start(parks).call(function, &mut slots).unwrap();
        assert_eq!(i32::from(slots[0]), 5);
    }
    let beyond = start(false).call(Function(99), &mut slots).unwrap_err();
    assert!(matches!(beyond.kind, TrapKind::Bug(_)), "{beyond:?}");
}
