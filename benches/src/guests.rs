//! The guests: one loop around one WASI call each, as text.

/// Imports, memory and helpers that all guests share. Addresses: 16 file name, 32 a 1-byte buffer, 40 a 4 KiB one, 48 a
/// 64 KiB one, 56 the greeting, 512 a subscription to the monotonic clock.
const PRELUDE: &str = r#"
 (import "wasi_snapshot_preview1" "clock_time_get" (func $clock (param i32 i64 i32) (result i32)))
 (import "wasi_snapshot_preview1" "random_get" (func $random (param i32 i32) (result i32)))
 (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
 (import "wasi_snapshot_preview1" "fd_read" (func $read (param i32 i32 i32 i32) (result i32)))
 (import "wasi_snapshot_preview1" "fd_pread" (func $pread (param i32 i32 i32 i64 i32) (result i32)))
 (import "wasi_snapshot_preview1" "fd_seek" (func $seek (param i32 i64 i32 i32) (result i32)))
 (import "wasi_snapshot_preview1" "fd_close" (func $close (param i32) (result i32)))
 (import "wasi_snapshot_preview1" "fd_readdir" (func $readdir (param i32 i32 i32 i64 i32) (result i32)))
 (import "wasi_snapshot_preview1" "path_open" (func $path_open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
 (import "wasi_snapshot_preview1" "path_filestat_get" (func $stat (param i32 i32 i32 i32 i32) (result i32)))
 (import "wasi_snapshot_preview1" "poll_oneoff" (func $poll (param i32 i32 i32 i32) (result i32)))
 (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
 (memory (export "memory") 8)
 (data (i32.const 16) "data.binout.bin")
 (data (i32.const 32) "\00\10\00\00\01\00\00\00\00\10\00\00\00\10\00\00\00\00\01\00\00\00\01\00\40\00\00\00\07\00\00\00")
 (data (i32.const 64) "hello!\n")
 (data (i32.const 528) "\01")
 (func $ok (param i32) (if (local.get 0) (then (call $exit (i32.const 77)))))
 ;; name, length, open flags (1 create), rights: 0x200026 reads, 0x40 writes
 (func $open (param i32 i32 i32 i64) (result i32)
   (call $ok (call $path_open (i32.const 3) (i32.const 1) (local.get 0) (local.get 1) (local.get 2) (local.get 3)
     (i64.const 0) (i32.const 0) (i32.const 200)))
   (i32.load (i32.const 200)))
 (func $data (result i32) (call $open (i32.const 16) (i32.const 8) (i32.const 0) (i64.const 0x200026)))
 (func $out (result i32) (call $open (i32.const 24) (i32.const 7) (i32.const 1) (i64.const 0x44)))
"#;

/// What happens before the loop and in it.
fn body(name: &str) -> Option<(&'static str, &'static str)> {
    const DATA: &str = "(local.set $fd (call $data))";
    const OUT: &str = "(local.set $fd (call $out))";
    Some(match name {
        "hello" => ("", "(call $ok (call $write (i32.const 1) (i32.const 56) (i32.const 1) (i32.const 300)))"),
        "clock" => ("", "(call $ok (call $clock (i32.const 1) (i64.const 1) (i32.const 304)))"),
        "random-16b" => ("", "(call $ok (call $random (i32.const 4096) (i32.const 16)))"),
        "write-1b" | "pipe-writes" => {
            ("", "(call $ok (call $write (i32.const 1) (i32.const 32) (i32.const 1) (i32.const 300)))")
        }
        "write-64k-null" => ("", "(call $ok (call $write (i32.const 1) (i32.const 48) (i32.const 1) (i32.const 300)))"),
        "pread-4k" => (
            DATA,
            "(call $ok (call $pread (local.get $fd) (i32.const 40) (i32.const 1) (i64.const 8192) (i32.const 300)))",
        ),
        "read-4k" => (DATA, "(call $ok (call $read (local.get $fd) (i32.const 40) (i32.const 1) (i32.const 300)))"),
        "read-64k" => (DATA, "(call $ok (call $read (local.get $fd) (i32.const 48) (i32.const 1) (i32.const 300)))"),
        // The file stays small, so that the page cache and not the disk is measured: back to the start after 1 MiB.
        "write-4k" => (
            OUT,
            "(call $rewind (local.get $fd) (i32.and (local.get $i) (i32.const 255))) \
             (call $ok (call $write (local.get $fd) (i32.const 40) (i32.const 1) (i32.const 300)))",
        ),
        "write-64k" => (
            OUT,
            "(call $rewind (local.get $fd) (i32.and (local.get $i) (i32.const 15))) \
             (call $ok (call $write (local.get $fd) (i32.const 48) (i32.const 1) (i32.const 300)))",
        ),
        "stat" => {
            ("", "(call $ok (call $stat (i32.const 3) (i32.const 1) (i32.const 16) (i32.const 8) (i32.const 400)))")
        }
        "open-close" => ("", "(call $ok (call $close (call $data)))"),
        "poll-0" => ("", "(call $ok (call $poll (i32.const 512) (i32.const 600) (i32.const 1) (i32.const 700)))"),
        "readdir-10k" => ("", "(call $list)"),
        _ => return None,
    })
}

/// Functions that only some loops need. Listing is done as libcs do it: a buffer at a time, from the cookie of the last
/// whole entry.
const LIBRARY: &str = r#"
 (func $rewind (param $fd i32) (param $unless i32)
   (if (i32.eqz (local.get $unless))
     (then (call $ok (call $seek (local.get $fd) (i64.const 0) (i32.const 0) (i32.const 304))))))
 (func $list (local $cookie i64) (local $at i32) (local $end i32) (local $next i32)
   (loop $fill
     (call $ok (call $readdir (i32.const 3) (i32.const 65536) (i32.const 32768) (local.get $cookie) (i32.const 300)))
     (local.set $at (i32.const 65536))
     (local.set $end (i32.add (i32.const 65536) (i32.load (i32.const 300))))
     (block $done (loop $entry
       (br_if $done (i32.gt_u (i32.add (local.get $at) (i32.const 24)) (local.get $end)))
       (local.set $next (i32.add (i32.add (local.get $at) (i32.const 24)) (i32.load offset=16 (local.get $at))))
       (br_if $done (i32.gt_u (local.get $next) (local.get $end)))
       (local.set $cookie (i64.load (local.get $at)))
       (local.set $at (local.get $next))
       (br $entry)))
     (br_if $fill (i32.eq (i32.load (i32.const 300)) (i32.const 32768)))))
"#;

/// The guest that does a case `count` times, as text.
pub(crate) fn text(name: &str, count: u32) -> Option<String> {
    let (before, work) = body(name)?;
    Some(module(count, before, work))
}

/// The same with the buffers of 4 and 64 KiB `offset` bytes behind the start of a page, and memory that was written to
/// before, as the memory of a program that has something to write was.
pub(crate) fn text_at(name: &str, count: u32, offset: u32) -> Option<String> {
    let (before, work) = body(name)?;
    let (small, big) = (4096 + offset, 65_536 + offset);
    let before = format!(
        "(i32.store (i32.const 40) (i32.const {small}))
         (i32.store (i32.const 48) (i32.const {big}))
         (memory.fill (i32.const 4096) (i32.const 0x5a) (i32.const 131072))
         {before}"
    );
    Some(module(count, &before, work))
}

fn module(count: u32, before: &str, work: &str) -> String {
    format!(
        "(module {PRELUDE} {LIBRARY}
         (func (export \"_start\") (local $i i32) (local $fd i32) {before}
           (local.set $i (i32.const {count}))
           (loop $again {work}
             (br_if $again (local.tee $i (i32.sub (local.get $i) (i32.const 1)))))))"
    )
}

/// A module of 1.5 MB with 20,000 exported functions, of which one runs.
pub(crate) fn large() -> String {
    let mut text = format!("(module {PRELUDE}");
    for number in 0..20_000 {
        text.push_str(&format!(
            "(func (export \"f{number}\") (param i32 i32) (result i32)
               (local.set 0 (i32.add (i32.mul (local.get 0) (i32.const {number})) (local.get 1)))
               (if (i32.gt_u (local.get 0) (i32.const {}))
                 (then (local.set 1 (i32.load offset={} (i32.and (local.get 0) (i32.const 4095)))))
                 (else (local.set 1 (i32.rotl (local.get 0) (local.get 1)))))
               (i32.store (i32.and (local.get 1) (i32.const 4092)) (i32.xor (local.get 0) (local.get 1)))
               (i32.sub (i32.clz (local.get 0)) (i32.popcnt (local.get 1))))",
            number * 7,
            number % 4096,
        ));
    }
    text.push_str(&format!("(func (export \"_start\") {}))", body("hello").map(|(_, work)| work).unwrap_or_default()));
    text
}
