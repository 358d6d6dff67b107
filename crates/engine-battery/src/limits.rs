//! What one instance may use (attack case 24).

use tambo_engine::{Limits, Slot, TrapKind};

use crate::Make;
use crate::rig::{Rig, call_i32};

const PAGE: u64 = 1 << 16;

fn memory(pages: u64) -> Limits {
    Limits { memory: pages * PAGE, ..Limits::default() }
}

fn tables(elements: u64) -> Limits {
    Limits { table_elements: elements, ..Limits::default() }
}

fn refusal(rig: &Rig, text: &str, limits: &Limits) -> String {
    match rig.limited(text, limits).err().expect("instantiation must fail").kind {
        TrapKind::Limit(message) => message,
        other => panic!("{other}"),
    }
}

/// A memory that is too large from the beginning is a trap that says so.
pub fn memory_at_instantiation(make: Make<'_>) {
    let rig = Rig::new(make);
    let text = r#"(module (memory 10))"#;
    assert!(rig.limited(text, &memory(10)).is_ok());
    let message = refusal(&rig, text, &memory(9));
    assert!(message.contains("memory") && message.contains(&(9 * PAGE).to_string()), "{message}");
}

/// Growth past the limit fails as the specification wants it: -1, and the guest goes on.
pub fn memory_at_growth(make: Make<'_>) {
    let rig = Rig::new(make);
    let text = r#"(module (memory (export "memory") 1)
        (func (export "grow") (param i32) (result i32) (memory.grow (local.get 0))))"#;
    let mut instance = rig.limited(text, &memory(4)).unwrap();
    let mut grow = |pages: i32| call_i32(&mut *instance, "grow", &[Slot::from(pages)]).unwrap();
    assert_eq!([grow(4), grow(3), grow(1), grow(0)], [-1, 1, -1, 4]);
    assert_eq!(instance.memory().len() as u64, 4 * PAGE);
}

/// Growths in a loop take nothing of the host's stack. (Only an optimised build of a backend may have that fault.)
pub fn growth_in_a_loop(make: Make<'_>) {
    let rig = Rig::new(make);
    let text = r#"(module (memory (export "memory") 1 2) (table $t 1 funcref)
        (func (export "grow") (param i32) (result i32)
            (loop $again
                (drop (memory.grow (i32.const 0)))
                (drop (memory.grow (i32.const 7)))
                (drop (table.grow $t (ref.null func) (i32.const 0)))
                (drop (table.grow $t (ref.null func) (i32.const 1)))
                (br_if $again (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))
            (table.size $t)))"#;
    let mut instance = rig.limited(text, &tables(10)).unwrap();
    assert_eq!(call_i32(&mut *instance, "grow", &[Slot::from(200_000)]).unwrap(), 10);
}

/// The sum counts, not each one.
pub fn memories_count_together(make: Make<'_>) {
    let rig = Rig::new(make);
    if !rig.engine.capabilities().multi_memory {
        return;
    }
    let text = r#"(module (memory $a 2) (memory $b 2)
        (func (export "a") (param i32) (result i32) (memory.grow $a (local.get 0)))
        (func (export "b") (param i32) (result i32) (memory.grow $b (local.get 0))))"#;
    refusal(&rig, text, &memory(3));
    let mut instance = rig.limited(text, &memory(6)).unwrap();
    let mut grow = |name: &str| call_i32(&mut *instance, name, &[Slot::from(1)]).unwrap();
    assert_eq!([grow("a"), grow("b"), grow("a"), grow("b")], [2, 2, -1, -1]);
}

/// Growths that cannot be (beyond the declared maximum, or beyond what an address reaches) change no account.
pub fn a_failed_growth_gives_nothing_back(make: Make<'_>) {
    let text = r#"(module (memory $a 1 3) (memory $b 1)
        (func (export "a") (param i32) (result i32) (memory.grow $a (local.get 0)))
        (func (export "b") (param i32) (result i32) (memory.grow $b (local.get 0))))"#;
    let rig = Rig::new(make);
    if !rig.engine.capabilities().multi_memory {
        return;
    }
    let mut instance = rig.limited(text, &memory(6)).unwrap();
    let mut grow = |name: &str, pages: i32| call_i32(&mut *instance, name, &[Slot::from(pages)]).unwrap();
    assert_eq!(grow("a", 2), 1);
    for pages in [1, 2, 1 << 16, i32::MAX, -1] {
        assert_eq!((grow("a", pages), grow("b", pages.max(4) | 1 << 15)), (-1, -1), "{pages}");
    }
    assert_eq!([grow("b", 3), grow("b", 2), grow("b", 1)], [-1, 1, -1]);
}

/// Tables too.
pub fn tables_at_instantiation(make: Make<'_>) {
    let rig = Rig::new(make);
    let text = "(module (table 10 funcref) (table 10 funcref))";
    assert!(rig.limited(text, &tables(20)).is_ok());
    let message = refusal(&rig, text, &tables(19));
    assert!(message.contains("table") && message.contains("19"), "{message}");
    refusal(&rig, "(module (table 4000000000 externref))", &Limits::default());
}

/// And their growth.
pub fn tables_at_growth(make: Make<'_>) {
    let text = r#"(module (table $a 1 funcref) (table $b 1 externref)
        (func (export "a") (param i32) (result i32) (table.grow $a (ref.null func) (local.get 0)))
        (func (export "b") (param i32) (result i32) (table.grow $b (ref.null extern) (local.get 0))))"#;
    let mut instance = Rig::new(make).limited(text, &tables(6)).unwrap();
    let mut grow = |name: &str, by: i32| call_i32(&mut *instance, name, &[Slot::from(by)]).unwrap();
    assert_eq!(
        [grow("a", -1), grow("a", 5), grow("a", 2), grow("b", 3), grow("b", 2), grow("b", 1)],
        [-1, -1, 1, -1, 1, -1]
    );
}

/// What does not fit its memory or table is the guest's fault, not a limit.
pub fn a_segment_out_of_bounds_is_a_trap(make: Make<'_>) {
    let rig = Rig::new(make);
    let text = r#"(module (memory 1) (data (i32.const 65536) "x"))"#;
    let trap = rig.limited(text, &Limits::default()).err().unwrap();
    assert_eq!(trap.kind, TrapKind::MemoryOutOfBounds);
    let text = "(module (table 1 funcref) (func $f) (elem (i32.const 1) $f))";
    let trap = rig.limited(text, &Limits::default()).err().unwrap();
    assert_eq!(trap.kind, TrapKind::TableOutOfBounds);
}
