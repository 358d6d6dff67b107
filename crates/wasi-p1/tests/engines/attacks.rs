//! The attack cases that end at the door, by number, as a guest would try them.

use std::time::Duration;

use tambo_engine::TrapKind;
use tambo_kernel::Interrupt;

use crate::rig::{Guest, grant, on_every_engine};

const BADF: u32 = 8;
const FAULT: u32 = 21;
const ILSEQ: u32 = 25;
const INVAL: u32 = 28;
const NAMETOOLONG: u32 = 37;

#[test]
fn attack_07_names_with_nul_wrong_bytes_or_too_long() {
    let wat = r#"(module
        (import "wasi_snapshot_preview1" "path_create_directory" (func $mkdir (param i32 i32 i32) (result i32)))
        (memory (export "memory") 2)
        (data (i32.const 0) "a\00b")
        (data (i32.const 8) "a\ffb")
        (func (export "nul") (result i32) (call $mkdir (i32.const 3) (i32.const 0) (i32.const 3)))
        (func (export "bytes") (result i32) (call $mkdir (i32.const 3) (i32.const 8) (i32.const 3)))
        (func (export "long") (result i32) (call $mkdir (i32.const 3) (i32.const 0) (i32.const -1))))"#;
    on_every_engine(wat, |mut guest| {
        assert_eq!(guest.call("nul"), Ok(INVAL), "{}", guest.on);
        assert_eq!(guest.call("bytes"), Ok(ILSEQ), "{}", guest.on);
        assert_eq!(guest.call("long"), Ok(NAMETOOLONG), "{}", guest.on);
    });
}

#[test]
fn attack_08_renumber_to_itself_closed_preopen_repeated() {
    let wat = r#"(module
        (import "wasi_snapshot_preview1" "fd_renumber" (func $renumber (param i32 i32) (result i32)))
        (import "wasi_snapshot_preview1" "fd_prestat_get" (func $prestat (param i32 i32) (result i32)))
        (memory (export "memory") 1)
        (func (export "itself") (result i32) (call $renumber (i32.const 1) (i32.const 1)))
        (func (export "closed") (result i32) (call $renumber (i32.const 1) (i32.const 77)))
        (func (export "preopen") (result i32) (call $renumber (i32.const 2) (i32.const 3)))
        (func (export "again") (result i32) (call $renumber (i32.const 2) (i32.const 3)))
        (func (export "prestat") (result i32) (call $prestat (i32.const 3) (i32.const 0))))"#;
    on_every_engine(wat, |mut guest| {
        for (name, errno) in [("itself", 0), ("closed", BADF), ("prestat", 0), ("preopen", 0), ("again", BADF)] {
            assert_eq!(guest.call(name), Ok(errno), "{name} {}", guest.on);
        }
        assert_eq!(guest.call("prestat"), Ok(BADF), "{}", guest.on);
    });
}

/// Opens `file` in `start`, and has one function for each list of buffers.
const BUFFERS: &str = r#"(module
    (import "wasi_snapshot_preview1" "path_open"
        (func $open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "fd_read" (func $read (param i32 i32 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
    (memory (export "memory") 1)
    (data (i32.const 0) "file")
    (data (i32.const 16) "\ff\ff\ff\ff\02\00\00\00")
    (data (i32.const 32) "\00\02\00\00\04\00\00\00\02\02\00\00\04\00\00\00")
    (data (i32.const 65528) "\fc\ff\00\00\04\00\00\00")
    (func $start
        (drop (call $open (i32.const 3) (i32.const 0) (i32.const 0) (i32.const 4) (i32.const 0) (i64.const 66)
            (i64.const 0) (i32.const 0) (i32.const 8))))
    (start $start)
    (func (export "read_wrapping") (result i32)
        (call $read (i32.load (i32.const 8)) (i32.const 16) (i32.const 1) (i32.const 12)))
    (func (export "write_wrapping") (result i32)
        (call $write (i32.const 1) (i32.const 16) (i32.const 1) (i32.const 12)))
    (func (export "list_wrapping") (result i32)
        (call $write (i32.const 1) (i32.const 16) (i32.const 0x20000000) (i32.const 12)))
    (func (export "overlapping") (result i32)
        (call $read (i32.load (i32.const 8)) (i32.const 32) (i32.const 2) (i32.const 12)))
    (func (export "at_the_end") (result i32)
        (call $write (i32.const 1) (i32.const 65528) (i32.const 1) (i32.const 13)))
    (func (export "result_past_the_end") (result i32)
        (call $read (i32.load (i32.const 8)) (i32.const 32) (i32.const 1) (i32.const 65533))))"#;

#[test]
fn attack_09_iovec_wrapping() {
    on_every_engine(BUFFERS, |mut guest| {
        for name in ["read_wrapping", "write_wrapping", "list_wrapping"] {
            assert_eq!(guest.call(name), Ok(FAULT), "{name} {}", guest.on);
        }
    });
}

#[test]
fn attack_09_iovec_overlapping() {
    on_every_engine(BUFFERS, |mut guest| {
        assert_eq!(guest.call("overlapping"), Ok(0), "{}", guest.on);
        assert_eq!((guest.bytes(12, 4).to_vec(), guest.bytes(512, 6)), (vec![4, 0, 0, 0], &b"0123\0\0"[..]));
    });
}

#[test]
fn attack_09_pointers_at_the_end_and_misaligned() {
    on_every_engine(BUFFERS, |mut guest| {
        assert_eq!(guest.call("at_the_end"), Ok(0), "{}", guest.on);
        assert_eq!(guest.stdout.contents(), [4, 0, 0, 0]);
        assert_eq!(guest.call("result_past_the_end"), Ok(FAULT), "{}", guest.on);
        assert_eq!(guest.call("overlapping"), Ok(0), "the read that failed has read nothing");
        assert_eq!(guest.bytes(512, 4), b"0123");
    });
}

/// Call an export that never ends by itself, and stop it soon.
fn interrupted(guest: &mut Guest, name: &str) {
    let interrupt: Interrupt = guest.instance.data().host.interrupt.clone();
    let stopping = std::thread::spawn(move || {
        std::thread::sleep(Duration::from_millis(20));
        interrupt.raise();
    });
    let trap = guest.call(name).unwrap_err();
    assert_eq!(trap.kind, TrapKind::Interrupted, "{name} {}", guest.on);
    stopping.join().unwrap();
}

#[test]
fn attack_10_poll_empty_huge_and_in_a_loop() {
    let wat = r#"(module
        (import "wasi_snapshot_preview1" "poll_oneoff" (func $poll (param i32 i32 i32 i32) (result i32)))
        (import "wasi_snapshot_preview1" "sched_yield" (func $yield (result i32)))
        (memory (export "memory") 1)
        (func (export "empty") (result i32)
            (call $poll (i32.const 0) (i32.const 100) (i32.const 0) (i32.const 200)))
        (func (export "huge") (result i32)
            (call $poll (i32.const 0) (i32.const 100) (i32.const -1) (i32.const 200)))
        (func (export "zero") (result i32)
            (loop $again (br_if $again
                (i32.eqz (call $poll (i32.const 0) (i32.const 100) (i32.const 1) (i32.const 200)))))
            (i32.const 1))
        (func (export "yield") (result i32)
            (loop $again (br_if $again (i32.eqz (call $yield))))
            (i32.const 1)))"#;
    for endless in ["zero", "yield"] {
        on_every_engine(wat, |mut guest| {
            assert_eq!(guest.call("empty"), Ok(INVAL), "{}", guest.on);
            assert_eq!(guest.call("huge"), Ok(INVAL), "{}", guest.on);
            interrupted(&mut guest, endless);
        });
    }
}

#[test]
fn attack_11_random_for_all_of_the_memory_can_be_stopped() {
    let wat = r#"(module
        (import "wasi_snapshot_preview1" "random_get" (func $random (param i32 i32) (result i32)))
        (memory (export "memory") 8192)
        (func (export "too_much") (result i32) (call $random (i32.const 1) (i32.const 0x20000000)))
        (func (export "endless") (result i32)
            (loop $again (br_if $again (i32.eqz (call $random (i32.const 0) (i32.const 0x20000000)))))
            (i32.const 1)))"#;
    on_every_engine(wat, |mut guest| {
        assert_eq!(guest.call("too_much"), Ok(FAULT), "{}", guest.on);
        assert_eq!(guest.bytes(1, 8), [0; 8], "nothing is filled before the length is checked");
        interrupted(&mut guest, "endless");
    });
}

#[test]
fn attack_25_extreme_timestamps() {
    let wat = r#"(module
        (import "wasi_snapshot_preview1" "path_filestat_set_times"
            (func $set (param i32 i32 i32 i32 i64 i64 i32) (result i32)))
        (import "wasi_snapshot_preview1" "path_filestat_get" (func $get (param i32 i32 i32 i32 i32) (result i32)))
        (import "wasi_snapshot_preview1" "poll_oneoff" (func $poll (param i32 i32 i32 i32) (result i32)))
        (memory (export "memory") 1)
        (data (i32.const 0) "file")
        (func (export "set") (result i32)
            (call $set (i32.const 3) (i32.const 0) (i32.const 0) (i32.const 4) (i64.const -1)
                (i64.const 0x7fffffffffffffff) (i32.const 5)))
        (func (export "get") (result i32)
            (call $get (i32.const 3) (i32.const 0) (i32.const 0) (i32.const 4) (i32.const 64)))
        (func (export "wait") (result i32)
            (i32.store (i32.const 272) (i32.const 1))
            (i64.store (i32.const 280) (i64.const -1))
            (call $poll (i32.const 256) (i32.const 512) (i32.const 1) (i32.const 1024))))"#;
    on_every_engine(wat, |mut guest| {
        assert_eq!(guest.call("set"), Ok(0), "{}", guest.on);
        assert_eq!(guest.call("get"), Ok(0), "{}", guest.on);
        let times = [u64::MAX.to_le_bytes(), (i64::MAX as u64).to_le_bytes()].concat();
        assert_eq!(guest.bytes(64 + 40, 16), times);
        // The virtual clock jumps to the end of time instead of sleeping until it comes.
        assert_eq!(guest.call("wait"), Ok(0), "{}", guest.on);
    });
}

#[test]
fn attack_26_a_guest_blocked_in_a_read_is_stopped() {
    let wat = r#"(module
        (import "wasi_snapshot_preview1" "fd_read" (func $read (param i32 i32 i32 i32) (result i32)))
        (memory (export "memory") 1)
        (data (i32.const 0) "\10\00\00\00\04\00\00\00")
        (func (export "read") (result i32)
            (call $read (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 8))))"#;
    let (stdin, writer) = tambo_kernel_virt::pipe(16);
    let stdin: std::rc::Rc<dyn tambo_kernel::stream::Stream> = std::rc::Rc::new(stdin);
    let endless = || {
        let mut grant = grant();
        grant.stdin = stdin.clone();
        grant
    };
    crate::rig::with_grants(wat, endless, |mut guest| interrupted(&mut guest, "read"));
    drop(writer);
}
