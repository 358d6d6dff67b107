//! The attack cases on the component model, by number, on each engine (`attack-cases.md` of the design; what each case
//! is about is said at its test).

mod discriminants;
mod dropping;
mod held;
mod reentrance;
mod sizes;
mod strings;

use tambo::component::{CallError, Instance, Limits, Linker, Val};
use tambo::{ErrorKind, Runtime, TrapKind};

use crate::{load, on_each_engine, start};

/// Why a call trapped.
fn trap_of<T: std::fmt::Debug>(result: Result<T, CallError>) -> TrapKind {
    match result {
        Err(CallError::Trap(trap)) => trap.kind,
        other => panic!("{other:?}"),
    }
}

#[track_caller]
fn assert_traps<T: std::fmt::Debug>(result: Result<T, CallError>, message: &str) {
    let trap = trap_of(result).to_string();
    assert!(trap.contains(message), "{trap:?} is not about {message:?}");
}

/// The most memory that this process had at once, in bytes.
fn peak_memory() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmHWM:")).unwrap();
    let kilobytes: u64 = line.split_whitespace().nth(1).unwrap().parse().unwrap();
    kilobytes << 10
}

/// A memory of one page, an allocator that never frees, and options that use them.
const LIBC: &str = r#"
    (core module $libc
        (memory (export "memory") 1)
        (global $next (mut i32) (i32.const 1024))
        (func (export "realloc") (param i32 i32 i32 i32) (result i32) (local i32)
            (local.set 4 (i32.and (i32.add (global.get $next) (i32.const 7)) (i32.const -8)))
            (global.set $next (i32.add (local.get 4) (local.get 3)))
            (memory.copy (local.get 4) (local.get 0)
                (select (local.get 1) (local.get 3) (i32.lt_u (local.get 1) (local.get 3))))
            (local.get 4)))
    (core instance $libc (instantiate $libc))"#;

const OPTIONS: &str = r#"(memory (core memory $libc "memory")) (realloc (core func $libc "realloc"))"#;
