//! The guests of [`crate::transfers`] that speak WASI 0.2 themselves: commands as text, one loop around one call each.

/// What the interfaces are, as far as it is used.
const IMPORTS: &str = r#"
 (import "wasi:io/error@0.2.0" (instance $errors (export "error" (type (sub resource)))))
 (alias export $errors "error" (type $error))
 (import "wasi:io/streams@0.2.0" (instance $streams
   (export "input-stream" (type $input (sub resource)))
   (alias outer 1 $error (type $outer)) (export "error" (type $e (eq $outer)))
   (type $failure' (variant (case "last-operation-failed" (own $e)) (case "closed")))
   (export "stream-error" (type $failure (eq $failure')))
   (type $bytes (list u8))
   (export "[method]input-stream.blocking-read"
     (func (param "self" (borrow $input)) (param "len" u64) (result (result $bytes (error $failure)))))))
 (alias export $streams "input-stream" (type $input-stream))
 (import "wasi:filesystem/types@0.2.0" (instance $types
   (export "descriptor" (type $descriptor (sub resource)))
   (alias outer 1 $input-stream (type $outer)) (export "input-stream" (type $input (eq $outer)))
   (type $code' (enum "access" "would-block" "already" "bad-descriptor" "busy" "deadlock" "quota" "exist" "file-too-large"
     "illegal-byte-sequence" "in-progress" "interrupted" "invalid" "io" "is-directory" "loop" "too-many-links"
     "message-size" "name-too-long" "no-device" "no-entry" "no-lock" "insufficient-memory" "insufficient-space"
     "not-directory" "not-empty" "not-recoverable" "unsupported" "no-tty" "no-such-device" "overflow" "not-permitted"
     "pipe" "read-only" "invalid-seek" "text-file-busy" "cross-device"))
   (export "error-code" (type $code (eq $code')))
   (type $path-flags' (flags "symlink-follow")) (export "path-flags" (type $path-flags (eq $path-flags')))
   (type $open-flags' (flags "create" "directory" "exclusive" "truncate"))
   (export "open-flags" (type $open-flags (eq $open-flags')))
   (type $flags' (flags "read" "write" "file-integrity-sync" "data-integrity-sync" "requested-write-sync"
     "mutate-directory"))
   (export "descriptor-flags" (type $flags (eq $flags')))
   (type $bytes (list u8))
   (type $read (tuple $bytes bool))
   (export "[method]descriptor.read" (func (param "self" (borrow $descriptor)) (param "length" u64) (param "offset" u64)
     (result (result $read (error $code)))))
   (export "[method]descriptor.write" (func (param "self" (borrow $descriptor)) (param "buffer" $bytes)
     (param "offset" u64) (result (result u64 (error $code)))))
   (export "[method]descriptor.read-via-stream" (func (param "self" (borrow $descriptor)) (param "offset" u64)
     (result (result (own $input) (error $code)))))
   (export "[method]descriptor.open-at" (func (param "self" (borrow $descriptor)) (param "path-flags" $path-flags)
     (param "path" string) (param "open-flags" $open-flags) (param "flags" $flags)
     (result (result (own $descriptor) (error $code)))))))
 (alias export $types "descriptor" (type $descriptor))
 (import "wasi:filesystem/preopens@0.2.0" (instance $preopens
   (alias outer 1 $descriptor (type $outer)) (export "descriptor" (type $d (eq $outer)))
   (type $directory (tuple (own $d) string)) (type $directories (list $directory))
   (export "get-directories" (func (result $directories)))))
"#;

/// The core functions, and what they are made of. Addresses: 16 file names, 64 results; small lists from 1024 on, others
/// where the buffer is.
const LIBRARY: &str = r#"
 (core instance $libc (instantiate $memory))
 (alias core export $libc "memory" (core memory $mem))
 (core func $read (canon lower (func $types "[method]descriptor.read") (memory $mem) (realloc (core func $libc "realloc"))))
 (core func $write (canon lower (func $types "[method]descriptor.write") (memory $mem)))
 (core func $via (canon lower (func $types "[method]descriptor.read-via-stream") (memory $mem)))
 (core func $open (canon lower (func $types "[method]descriptor.open-at") (memory $mem)))
 (core func $next (canon lower (func $streams "[method]input-stream.blocking-read") (memory $mem)
   (realloc (core func $libc "realloc"))))
 (core func $directories (canon lower (func $preopens "get-directories") (memory $mem)
   (realloc (core func $libc "realloc"))))
 (core instance $wasi
   (export "read" (func $read)) (export "write" (func $write)) (export "via" (func $via)) (export "open" (func $open))
   (export "next" (func $next)) (export "directories" (func $directories)))
"#;

const CORE: &str = r#"
   (import "libc" "memory" (memory 1))
   (import "wasi" "read" (func $read (param i32 i64 i64 i32)))
   (import "wasi" "write" (func $write (param i32 i32 i32 i64 i32)))
   (import "wasi" "via" (func $via (param i32 i64 i32)))
   (import "wasi" "open" (func $open (param i32 i32 i32 i32 i32 i32 i32)))
   (import "wasi" "next" (func $next (param i32 i64 i32)))
   (import "wasi" "directories" (func $directories (param i32)))
   (data (i32.const 16) "data.binout.bin")
   (func $ok (if (i32.load8_u (i32.const 64)) (then (unreachable))))
   (func $all (param i32) (call $ok) (if (i32.ne (i32.load (i32.const 72)) (local.get 0)) (then (unreachable))))
   ;; name, length, open flags, descriptor flags
   (func $file (param i32 i32 i32 i32) (result i32)
     (call $directories (i32.const 64))
     (call $open (i32.load (i32.load (i32.const 64))) (i32.const 1) (local.get 0) (local.get 1) (local.get 2)
       (local.get 3) (i32.const 64))
     (call $ok) (i32.load (i32.const 68)))
"#;

/// What happens before the loop and in it: `$fd` is the file or stream, `$at` the offset.
fn body(name: &str, size: usize, buffer: u32) -> Option<(&'static str, String)> {
    const DATA: &str = "(local.set $fd (call $file (i32.const 16) (i32.const 8) (i32.const 0) (i32.const 1)))";
    const STREAM: &str = "(local.set $fd (call $file (i32.const 16) (i32.const 8) (i32.const 0) (i32.const 1)))
         (call $via (local.get $fd) (i64.const 0) (i32.const 64)) (call $ok)
         (local.set $fd (i32.load (i32.const 68)))";
    const OUT: &str = "(local.set $fd (call $file (i32.const 24) (i32.const 7) (i32.const 1) (i32.const 2)))";
    let (kind, _) = name.split_once('-')?;
    Some(match kind {
        "read" => (
            DATA,
            format!(
                "(call $read (local.get $fd) (i64.const {size}) (local.get $at) (i32.const 64)) (call $all (i32.const {size}))
                 (local.set $at (i64.add (local.get $at) (i64.const {size})))"
            ),
        ),
        "stream" => (
            STREAM,
            format!("(call $next (local.get $fd) (i64.const {size}) (i32.const 64)) (call $all (i32.const {size}))"),
        ),
        "write" => (
            OUT,
            format!(
                "(call $write (local.get $fd) (i32.const {buffer}) (i32.const {size}) (local.get $at) (i32.const 64))
                 (call $all (i32.const {size}))
                 (local.set $at (i64.and (i64.add (local.get $at) (i64.const {size})) (i64.const 0xfffff)))"
            ),
        ),
        _ => return None,
    })
}

/// The guest that moves `size` bytes `count` times, with its buffer where the guests of 0.1 have theirs.
pub(crate) fn text_at(name: &str, size: usize, count: u32, distance: u32) -> Option<String> {
    let buffer = if size > 4096 { 65_536 } else { 4096 } + distance;
    let (before, work) = body(name, size, buffer)?;
    Some(format!(
        r#"(component {IMPORTS}
         (core module $memory
           (memory (export "memory") 8)
           (global $next (mut i32) (i32.const 1024))
           (func (export "realloc") (param i32 i32 i32 i32) (result i32)
             (if (i32.ge_u (local.get 3) (i32.const 1024)) (then (return (i32.const {buffer}))))
             (global.set $next (i32.and (i32.add (global.get $next) (i32.const 7)) (i32.const -8)))
             (global.get $next)
             (global.set $next (i32.add (global.get $next) (local.get 3)))))
         {LIBRARY}
         (core module $main {CORE}
           (func (export "run") (result i32) (local $i i32) (local $fd i32) (local $at i64)
             (memory.fill (i32.const 4096) (i32.const 0x5a) (i32.const 131072))
             {before}
             (local.set $i (i32.const {count}))
             (loop $again {work}
               (br_if $again (local.tee $i (i32.sub (local.get $i) (i32.const 1)))))
             (i32.const 0)))
         (core instance $run (instantiate $main
           (with "libc" (instance $libc)) (with "wasi" (instance $wasi))))
         (func $lifted (result (result)) (canon lift (core func $run "run")))
         (instance $command (export "run" (func $lifted)))
         (export "wasi:cli/run@0.2.0" (instance $command)))"#
    ))
}
