//! Ordinary guests.

use std::cell::RefCell;
use std::io::Write;
use std::time::Duration;

use tambo_kernel_virt::{PipeWriter, pipe};

use crate::rig::{grant, on_every_engine, with_grants};

#[test]
fn hello_is_written_and_the_exit_code_told() {
    let wat = r#"(module
        (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
        (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
        (memory (export "memory") 1)
        (data (i32.const 0) "\10\00\00\00\06\00\00\00")
        (data (i32.const 16) "hello\n")
        (func (export "_start") (result i32)
            (call $exit (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8)))
            (unreachable)))"#;
    on_every_engine(wat, |mut guest| {
        let trap = guest.call("_start").unwrap_err();
        assert_eq!((trap.exit_code(), trap.backtrace.len()), (Some(0), 0), "{}", guest.on);
        assert_eq!(guest.stdout.contents(), b"hello\n");
    });
}

/// The memory is grown between two calls that use what was grown.
#[test]
fn memory_that_grew_is_reached() {
    let wat = r#"(module
        (import "wasi_snapshot_preview1" "random_get" (func $random (param i32 i32) (result i32)))
        (memory (export "memory") 1)
        (func (export "run") (result i32)
            (if (i32.ne (call $random (i32.const 65536) (i32.const 8)) (i32.const 21)) (then (return (i32.const 1))))
            (drop (memory.grow (i32.const 1)))
            (call $random (i32.const 131064) (i32.const 8))))"#;
    on_every_engine(wat, |mut guest| {
        assert_eq!(guest.call("run"), Ok(0), "{}", guest.on);
        assert_ne!(guest.bytes(131_064, 8), [0; 8]);
    });
}

/// One guest may import both modules: seeking to 2 from the start is whence 0 in one and 2 in the other.
#[test]
fn both_modules_link_together() {
    let wat = r#"(module
        (import "wasi_snapshot_preview1" "path_open"
            (func $open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
        (import "wasi_snapshot_preview1" "fd_seek" (func $seek (param i32 i64 i32 i32) (result i32)))
        (import "wasi_unstable" "fd_seek" (func $old_seek (param i32 i64 i32 i32) (result i32)))
        (memory (export "memory") 1)
        (data (i32.const 0) "file")
        (func (export "run") (result i32)
            (drop (call $open (i32.const 3) (i32.const 0) (i32.const 0) (i32.const 4) (i32.const 0) (i64.const 2)
                (i64.const 0) (i32.const 0) (i32.const 8)))
            (drop (call $seek (i32.load (i32.const 8)) (i64.const 4) (i32.const 0) (i32.const 16)))
            (drop (call $old_seek (i32.load (i32.const 8)) (i64.const 3) (i32.const 0) (i32.const 24)))
            (call $old_seek (i32.load (i32.const 8)) (i64.const 2) (i32.const 2) (i32.const 32))))"#;
    on_every_engine(wat, |mut guest| {
        assert_eq!(guest.call("run"), Ok(0), "{}", guest.on);
        let positions: Vec<_> = [16, 24, 32].map(|at| guest.bytes(at, 1)[0]).to_vec();
        assert_eq!(positions, [4, 7, 2]);
    });
}

const READER: &str = r#"(module
    (import "wasi_snapshot_preview1" "fd_read" (func $read (param i32 i32 i32 i32) (result i32)))
    (memory (export "memory") 1)
    (data (i32.const 0) "\10\00\00\00\40\00\00\00")
    (func (export "run") (result i32)
        (local $sum i32)
        (loop $more
            (if (call $read (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 8)) (then (return (i32.const -1))))
            (local.set $sum (i32.add (local.get $sum) (i32.load (i32.const 8))))
            (br_if $more (i32.load (i32.const 8))))
        (local.get $sum)))"#;

/// Writes ten times four bytes, with time in between for the guest to park.
fn feed(mut writer: PipeWriter) -> std::thread::JoinHandle<()> {
    std::thread::spawn(move || {
        for _ in 0..10 {
            std::thread::sleep(Duration::from_millis(1));
            writer.write_all(b"abcd").unwrap();
        }
    })
}

#[test]
fn a_guest_that_reads_waits_for_data_blocking_or_parked() {
    for parked in [false, true] {
        let writer = RefCell::new(None);
        let piped = || {
            let (stdin, feed) = pipe(16);
            *writer.borrow_mut() = Some(feed);
            let mut grant = grant();
            grant.stdin = std::rc::Rc::new(stdin);
            grant
        };
        with_grants(READER, piped, |mut guest| {
            let feeding = feed(writer.borrow_mut().take().unwrap());
            let read = if parked && guest.on.ends_with("true") { guest.call_async("run") } else { guest.call("run") };
            assert_eq!(read, Ok(40), "{}", guest.on);
            feeding.join().unwrap();
        });
    }
}
