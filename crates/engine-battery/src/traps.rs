//! How calls end when they do not return.

use tambo_engine::{EngineConfig, Slot, TrapKind};

use crate::Make;
use crate::rig::{Rig, call, call_i32, lookup, ready};

const TRAPS: &str = r#"(module
    (import "host" "fault" (func $fault))
    (import "host" "exit" (func $exit (param i32)))
    (import "host" "liar" (func $liar))
    (import "host" "inc" (func $inc (param i32) (result i32)))
    (memory (export "memory") 1)
    (table $t 3 funcref)
    (type $none (func))
    (elem (table $t) (i32.const 0) func $takes)
    (func $takes (param i32))
    (func (export "unreachable") unreachable)
    (func (export "load") (drop (i32.load (i32.const 65533))))
    (func (export "store") (i64.store (i32.const -1) (i64.const 1)))
    (func (export "fill") (memory.fill (i32.const 65000) (i32.const 1) (i32.const 1000)))
    (func (export "table") (call_indirect $t (type $none) (i32.const 3)))
    (func (export "table-get") (drop (table.get $t (i32.const 99))))
    (func (export "null") (call_indirect $t (type $none) (i32.const 1)))
    (func (export "signature") (call_indirect $t (type $none) (i32.const 0)))
    (func (export "overflow") (drop (i32.div_s (i32.const -2147483648) (i32.const -1))))
    (func (export "division") (drop (i64.rem_u (i64.const 1) (i64.const 0))))
    (func (export "conversion") (drop (i32.trunc_f64_s (f64.const nan))))
    (func (export "fault") (call $fault))
    (func $inner (param i32) (call $exit (local.get 0)))
    (func (export "exit") (param i32) (call $inner (local.get 0)))
    (func (export "liar") (call $liar))
    (func $deepest (drop (i32.div_u (i32.const 1) (i32.const 0))))
    (func $middle (call $deepest) (drop (call $inc (i32.const 1))))
    (func $named (export "named") (call $middle))
    (func $recurse (export "recurse") (param i32) (result i32)
        (i32.add (call $recurse (i32.add (local.get 0) (i32.const 1))) (local.get 0)))
    (func (export "plain") (param i32) (result i32) (call $inc (local.get 0))))"#;

/// Each kind, from the instruction that raises it.
pub fn every_kind_is_told(make: Make<'_>) {
    let mut instance = Rig::new(make).instance(TRAPS);
    for (name, kind) in [
        ("unreachable", TrapKind::Unreachable),
        ("load", TrapKind::MemoryOutOfBounds),
        ("store", TrapKind::MemoryOutOfBounds),
        ("fill", TrapKind::MemoryOutOfBounds),
        ("table", TrapKind::TableOutOfBounds),
        ("table-get", TrapKind::TableOutOfBounds),
        ("null", TrapKind::NullReference),
        ("signature", TrapKind::SignatureMismatch),
        ("overflow", TrapKind::IntegerOverflow),
        ("division", TrapKind::DivisionByZero),
        ("conversion", TrapKind::InvalidConversion),
    ] {
        assert_eq!(call(&mut *instance, name, &[]).unwrap_err().kind, kind, "{name}");
    }
}

/// The trap that an import answers is the trap that the call ends with.
pub fn a_host_trap_is_carried(make: Make<'_>) {
    let rig = Rig::new(make);
    let mut instance = rig.instance(TRAPS);
    let trap = call(&mut *instance, "fault", &[]).unwrap_err();
    assert_eq!(trap.kind, TrapKind::Host("the guest's fault".into()));
    assert_eq!(trap.backtrace.is_empty(), !rig.engine.capabilities().backtraces);
}

/// An exit code is carried; an exit is not an error and tells no place.
pub fn an_exit_has_no_backtrace(make: Make<'_>) {
    let mut instance = Rig::new(make).instance(TRAPS);
    for code in [0, 1, 255, u32::MAX] {
        let trap = call(&mut *instance, "exit", &[Slot::from(code)]).unwrap_err();
        assert_eq!(trap.exit_code(), Some(code));
        assert_eq!(trap.backtrace, []);
    }
    let mut instance = Rig::new(make).parking(TRAPS);
    let (function, mut slots) = lookup(&mut *instance, "exit", &[Slot::from(3)]);
    let trap = ready(instance.call_async(function, &mut slots)).unwrap_err();
    assert_eq!((trap.exit_code(), trap.backtrace), (Some(3), vec![]));
}

/// Innermost first, with names and offsets, and no frame of an adapter; none if not asked for.
pub fn a_backtrace_names_functions(make: Make<'_>) {
    let rig = Rig::new(make);
    if rig.engine.capabilities().backtraces {
        let trap = call(&mut *rig.instance(TRAPS), "named", &[]).unwrap_err();
        let names: Vec<_> = trap.backtrace.iter().map(|frame| frame.function.as_deref()).collect();
        assert_eq!(names, [Some("deepest"), Some("middle"), Some("named")]);
        assert!(trap.backtrace.iter().all(|frame| frame.offset.is_some()));
        assert!(trap.backtrace.windows(2).all(|pair| pair[0].function_index < pair[1].function_index));

        let mut instance = rig
            .parking(r#"(module (import "host" "wait-fault" (func $wait)) (func $caller (export "f") (call $wait)))"#);
        let trap = call(&mut *instance, "f", &[]).unwrap_err();
        assert_eq!(trap.backtrace.len(), 1, "{:?}", trap.backtrace);
        assert_eq!(trap.backtrace[0].function.as_deref(), Some("caller"));
    }
    let rig = Rig::with(make, &EngineConfig { backtraces: false, ..EngineConfig::default() });
    assert!(!rig.engine.capabilities().backtraces);
    let trap = call(&mut *rig.instance(TRAPS), "named", &[]).unwrap_err();
    assert_eq!((trap.kind, trap.backtrace), (TrapKind::DivisionByZero, vec![]));
    let trap = call(&mut *rig.instance(TRAPS), "exit", &[Slot::from(4)]).unwrap_err();
    assert_eq!(trap.exit_code(), Some(4));
}

/// Endless recursion ends with a trap, and the instance lives on.
pub fn deep_recursion_overflows(make: Make<'_>) {
    let mut instance = Rig::new(make).instance(TRAPS);
    for _ in 0..3 {
        let trap = call(&mut *instance, "recurse", &[Slot::from(1)]).unwrap_err();
        assert_eq!(trap.kind, TrapKind::StackOverflow);
    }
    assert_eq!(call_i32(&mut *instance, "plain", &[Slot::from(1)]).unwrap(), 2);
}

/// The same where the guest has a stack of its own.
pub fn deep_recursion_overflows_asynchronously(make: Make<'_>) {
    let mut instance = Rig::new(make).parking(TRAPS);
    for _ in 0..3 {
        let (function, mut slots) = lookup(&mut *instance, "recurse", &[Slot::from(1)]);
        let trap = ready(instance.call_async(function, &mut slots)).unwrap_err();
        assert_eq!(trap.kind, TrapKind::StackOverflow);
    }
}

/// An exception that leaves the guest is a trap, and is gone afterwards; where there are none, the module is refused.
pub fn an_uncaught_exception_is_told(make: Make<'_>) {
    let text = r#"(module
        (tag $oops (param i32))
        (func $thrower (throw $oops (i32.const 5)))
        (func (export "throw") (call $thrower))
        (func (export "catch") (result i32)
            (block $caught (result i32)
                (try_table (catch $oops $caught) (call $thrower))
                (i32.const -1))))"#;
    let rig = Rig::new(make);
    if !rig.engine.capabilities().exceptions {
        assert!(rig.compile(text).is_err());
        return;
    }
    let mut instance = rig.instance(text);
    for _ in 0..2 {
        assert_eq!(call(&mut *instance, "throw", &[]).unwrap_err().kind, TrapKind::UncaughtException);
        assert_eq!(call_i32(&mut *instance, "catch", &[]).unwrap(), 5);
    }
}

/// The contract does not end an instance with a trap; the embedder decides.
pub fn an_instance_survives_a_trap(make: Make<'_>) {
    let mut instance = Rig::new(make).instance(TRAPS);
    assert!(call(&mut *instance, "unreachable", &[]).is_err());
    assert_eq!(call_i32(&mut *instance, "plain", &[Slot::from(41)]).unwrap(), 42);
}

/// An import that may not suspend and does is reported as our bug.
pub fn a_lying_import_is_our_bug(make: Make<'_>) {
    let rig = Rig::new(make);
    for mut instance in [rig.instance(TRAPS), rig.parking(TRAPS)] {
        let trap = call(&mut *instance, "liar", &[]).unwrap_err();
        assert!(matches!(trap.kind, TrapKind::Bug(_)), "{trap}");
    }
}

/// Wrong use by the embedder is a trap with an explanation, not a panic.
pub fn misuse_is_a_bug(make: Make<'_>) {
    let rig = Rig::new(make);
    let mut instance = rig.instance(TRAPS);
    let (function, _) = lookup(&mut *instance, "plain", &[]);
    assert!(matches!(instance.call(function, &mut []).unwrap_err().kind, TrapKind::Bug(_)), "too few slots");
    let foreign = tambo_engine::Function(1_000);
    assert!(matches!(instance.call(foreign, &mut []).unwrap_err().kind, TrapKind::Bug(_)), "unknown function");

    let mut instance = rig.instance(r#"(module (func (export "f") (param externref)))"#);
    let (function, mut slots) = lookup(&mut *instance, "f", &[]);
    assert!(matches!(instance.call(function, &mut slots).unwrap_err().kind, TrapKind::Bug(_)), "a reference");
}
