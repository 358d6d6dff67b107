//! The guests: each exports functions that do one thing `n` times, so that a host can subtract what calling costs.

/// An allocator that hands out the same block over and over: what is measured is the call, not an allocator.
const LIBC: &str = r#"
    (core module $libc
        (memory (export "memory") 4)
        (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 65536)))
    (core instance $libc (instantiate $libc))"#;

const HOST: &str = r#"
    (import "test:bench/host" (instance $host
        (export "num" (func (param "x" u32) (result u32)))
        (export "text" (func (param "s" string) (result u32)))
        (export "bytes-in" (func (param "b" (list u8)) (result u32)))
        (export "bytes-out" (func (result (list u8))))
        (export "bytes-shared" (func (result (list u8))))
        (export "file" (func (param "len" u32) (result (result (list u8) (error u32)))))
        (export "thing" (type $thing (sub resource)))
        (export "make" (func (result (own $thing))))
        (export "[method]thing.get" (func (param "self" (borrow $thing)) (result u32)))))
    (alias export $host "thing" (type $thing))"#;

/// A loop of `n` rounds around `body`.
fn repeat(name: &str, body: &str) -> String {
    format!(
        r#"(func (export "{name}") (param $n i32)
            (loop $again
                {body}
                (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1))))))"#
    )
}

/// Calls from the guest to the host, and from the host to the guest.
pub fn host_calls() -> String {
    let loops = [
        ("num", "(drop (call $num (local.get $n)))"),
        ("text", "(drop (call $text (i32.const 16) (i32.const 16)))"),
        ("bytes-in", "(drop (call $bytes-in (i32.const 1024) (i32.const 4096)))"),
        ("bytes-out", "(call $bytes-out (i32.const 8))"),
        ("bytes-shared", "(call $bytes-shared (i32.const 8))"),
        ("file-4k", "(call $file (i32.const 4096) (i32.const 8))"),
        ("file-64k", "(call $file (i32.const 65536) (i32.const 8))"),
        ("method", "(drop (call $get (global.get $thing)))"),
        ("nothing", ""),
    ];
    let bodies: String = loops.iter().map(|(name, body)| repeat(name, body)).collect();
    let lifts: String = loops
        .iter()
        .map(|(name, _)| format!(r#"(func (export "{name}") (param "n" u32) (canon lift (core func $main "{name}")))"#))
        .collect();
    format!(
        r#"(component {HOST} {LIBC}
        (core func $num (canon lower (func $host "num")))
        (core func $text (canon lower (func $host "text") (memory (core memory $libc "memory"))))
        (core func $bytes-in (canon lower (func $host "bytes-in") (memory (core memory $libc "memory"))))
        (core func $bytes-out (canon lower (func $host "bytes-out") (memory (core memory $libc "memory"))
            (realloc (core func $libc "realloc"))))
        (core func $bytes-shared (canon lower (func $host "bytes-shared") (memory (core memory $libc "memory"))
            (realloc (core func $libc "realloc"))))
        (core func $file (canon lower (func $host "file") (memory (core memory $libc "memory"))
            (realloc (core func $libc "realloc"))))
        (core func $make (canon lower (func $host "make")))
        (core func $get (canon lower (func $host "[method]thing.get")))
        (core module $main
            (import "libc" "memory" (memory 4))
            (import "host" "num" (func $num (param i32) (result i32)))
            (import "host" "text" (func $text (param i32 i32) (result i32)))
            (import "host" "bytes-in" (func $bytes-in (param i32 i32) (result i32)))
            (import "host" "bytes-out" (func $bytes-out (param i32)))
            (import "host" "bytes-shared" (func $bytes-shared (param i32)))
            (import "host" "file" (func $file (param i32 i32)))
            (import "host" "make" (func $make (result i32)))
            (import "host" "get" (func $get (param i32) (result i32)))
            (global $thing (mut i32) (i32.const 0))
            (data (i32.const 16) "sixteen bytes ok")
            (func (export "set-up") (global.set $thing (call $make)))
            (func (export "empty"))
            (func (export "echo") (param i32 i32) (result i32)
                (i32.store (i32.const 0) (local.get 0))
                (i32.store (i32.const 4) (local.get 1))
                (i32.const 0))
            {bodies})
        (core instance $main (instantiate $main
            (with "libc" (instance $libc))
            (with "host" (instance
                (export "num" (func $num)) (export "text" (func $text)) (export "bytes-in" (func $bytes-in))
                (export "bytes-out" (func $bytes-out)) (export "bytes-shared" (func $bytes-shared))
                (export "file" (func $file))
                (export "make" (func $make)) (export "get" (func $get))))))
        (func (export "set-up") (canon lift (core func $main "set-up")))
        (func (export "empty") (canon lift (core func $main "empty")))
        (func (export "echo") (param "s" string) (result string)
            (canon lift (core func $main "echo") (memory (core memory $libc "memory")) (realloc (core func $libc "realloc"))))
        {lifts})"#
    )
}

/// Calls from one component to another inside of a third.
pub fn guest_calls() -> String {
    let loops = [
        ("num", "(drop (call $num (local.get $n)))"),
        ("list-64", "(drop (call $list (i32.const 1024) (i32.const 64)))"),
        ("list-4k", "(drop (call $list (i32.const 1024) (i32.const 4096)))"),
        ("text-64", "(drop (call $text (i32.const 16) (i32.const 64)))"),
        ("nothing", ""),
    ];
    let bodies: String = loops.iter().map(|(name, body)| repeat(name, body)).collect();
    let lifts = |instance: &str| -> String {
        let lift = |(name, _): &(&str, &str)| match instance {
            "main" => format!(r#"(func (export "{name}") (param "n" u32) (canon lift (core func $main "{name}")))"#),
            _ => format!(r#"(func (export "{name}") (alias export ${instance} "{name}"))"#),
        };
        loops.iter().map(lift).collect()
    };
    let text = "sixty-four bytes of plain text, which any encoding of it can do.";
    format!(
        r#"(component
        (component $server {LIBC}
            (core module $main
                (func (export "num") (param i32) (result i32) (local.get 0))
                (func (export "bytes") (param i32 i32) (result i32) (local.get 1)))
            (core instance $main (instantiate $main))
            (func (export "num") (param "x" u32) (result u32) (canon lift (core func $main "num")))
            (func (export "list") (param "b" (list u8)) (result u32)
                (canon lift (core func $main "bytes") (memory (core memory $libc "memory")) (realloc (core func $libc "realloc"))))
            (func (export "text") (param "s" string) (result u32)
                (canon lift (core func $main "bytes") (memory (core memory $libc "memory")) (realloc (core func $libc "realloc")))))
        (component $client
            (import "server" (instance $server
                (export "num" (func (param "x" u32) (result u32)))
                (export "list" (func (param "b" (list u8)) (result u32)))
                (export "text" (func (param "s" string) (result u32)))))
            {LIBC}
            (core func $num (canon lower (func $server "num")))
            (core func $list (canon lower (func $server "list") (memory (core memory $libc "memory"))))
            (core func $text (canon lower (func $server "text") (memory (core memory $libc "memory"))))
            (core module $main
                (import "libc" "memory" (memory 4))
                (import "server" "num" (func $num (param i32) (result i32)))
                (import "server" "list" (func $list (param i32 i32) (result i32)))
                (import "server" "text" (func $text (param i32 i32) (result i32)))
                (data (i32.const 16) "{text}")
                {bodies})
            (core instance $main (instantiate $main
                (with "libc" (instance $libc))
                (with "server" (instance
                    (export "num" (func $num)) (export "list" (func $list)) (export "text" (func $text))))))
            {main_lifts})
        (instance $server (instantiate $server))
        (instance $client (instantiate $client (with "server" (instance $server))))
        {client_lifts})"#,
        main_lifts = lifts("main"),
        client_lifts = lifts("client"),
    )
}

/// The shape of a small command: 33 imports, 18 of them through the shim and fixup modules that tools insert because
/// those functions need a memory that is not there yet.
pub fn hello() -> String {
    const ALL: usize = 33;
    const THROUGH_SHIM: usize = 18;
    let each = |from: usize, to: usize, form: &dyn Fn(usize) -> String| -> String { (from..to).map(form).collect() };
    let shimmed = |form: &dyn Fn(usize) -> String| each(0, THROUGH_SHIM, form);
    let plain = |form: &dyn Fn(usize) -> String| each(THROUGH_SHIM, ALL, form);
    format!(
        r#"(component
        (import "test:bench/many" (instance $many {declared} {declared_plain}))
        (core module $shim
            (type $f (func (param i32 i32) (result i32)))
            (table $t (export "$imports") {THROUGH_SHIM} {THROUGH_SHIM} funcref)
            {shim_functions})
        (core instance $shim (instantiate $shim))
        {plain_lowers}
        (core module $main
            {main_imports} {main_plain_imports}
            (memory (export "memory") 2)
            (data (i32.const 16) "hello, world")
            (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) (i32.const 65536))
            (func (export "run") (result i32) (call $f0 (i32.const 16) (i32.const 12))))
        (core instance $main (instantiate $main
            (with "shim" (instance {shim_arguments}))
            (with "plain" (instance {plain_arguments}))))
        {shimmed_lowers}
        (core module $fixup
            (type $f (func (param i32 i32) (result i32)))
            {fixup_imports}
            (import "" "$imports" (table {THROUGH_SHIM} {THROUGH_SHIM} funcref))
            (elem (i32.const 0) func {fixup_elements}))
        (core instance (instantiate $fixup (with "" (instance
            (export "$imports" (table $shim "$imports")) {fixup_arguments}))))
        (func (export "run") (result u32) (canon lift (core func $main "run"))))"#,
        declared = shimmed(&|i| format!(r#"(export "f{i}" (func (param "s" string) (result u32)))"#)),
        declared_plain = plain(&|i| format!(r#"(export "f{i}" (func (param "x" u32) (result u32)))"#)),
        shim_functions = shimmed(&|i| format!(
            r#"(func (export "{i}") (type $f)
                (call_indirect $t (type $f) (local.get 0) (local.get 1) (i32.const {i})))"#
        )),
        plain_lowers = plain(&|i| format!(r#"(core func $f{i} (canon lower (func $many "f{i}")))"#)),
        main_imports = shimmed(&|i| format!(r#"(import "shim" "{i}" (func $f{i} (param i32 i32) (result i32)))"#)),
        main_plain_imports = plain(&|i| format!(r#"(import "plain" "f{i}" (func $f{i} (param i32) (result i32)))"#)),
        shim_arguments = shimmed(&|i| format!(r#"(export "{i}" (func $shim "{i}"))"#)),
        plain_arguments = plain(&|i| format!(r#"(export "f{i}" (func $f{i}))"#)),
        shimmed_lowers = shimmed(&|i| format!(
            r#"(core func $f{i} (canon lower (func $many "f{i}") (memory (core memory $main "memory"))))"#
        )),
        fixup_imports = shimmed(&|i| format!(r#"(import "" "{i}" (func $f{i} (type $f)))"#)),
        fixup_elements = shimmed(&|i| format!("$f{i} ")),
        fixup_arguments = shimmed(&|i| format!(r#"(export "{i}" (func $f{i}))"#)),
    )
}

/// Two components, one of which calls the other, with a memory and an import each.
pub fn composed() -> String {
    format!(
        r#"(component
        (import "test:bench/many" (instance $many (export "f0" (func (param "s" string) (result u32)))))
        (component $inner
            (import "f0" (func $f0 (param "s" string) (result u32)))
            {LIBC}
            (core func $f0 (canon lower (func $f0) (memory (core memory $libc "memory"))))
            (core module $main
                (import "libc" "memory" (memory 4))
                (import "host" "f0" (func $f0 (param i32 i32) (result i32)))
                (func (export "say") (param i32 i32) (result i32) (call $f0 (local.get 0) (local.get 1))))
            (core instance $main (instantiate $main
                (with "libc" (instance $libc)) (with "host" (instance (export "f0" (func $f0))))))
            (func (export "say") (param "s" string) (result u32)
                (canon lift (core func $main "say") (memory (core memory $libc "memory")) (realloc (core func $libc "realloc")))))
        (component $outer
            (import "say" (func $say (param "s" string) (result u32)))
            {LIBC}
            (core func $say (canon lower (func $say) (memory (core memory $libc "memory"))))
            (core module $main
                (import "libc" "memory" (memory 4))
                (import "inner" "say" (func $say (param i32 i32) (result i32)))
                (data (i32.const 16) "hello, world")
                (func (export "run") (result i32) (call $say (i32.const 16) (i32.const 12))))
            (core instance $main (instantiate $main
                (with "libc" (instance $libc)) (with "inner" (instance (export "say" (func $say))))))
            (func (export "run") (result u32) (canon lift (core func $main "run"))))
        (alias export $many "f0" (func $f0))
        (instance $inner (instantiate $inner (with "f0" (func $f0))))
        (instance $outer (instantiate $outer (with "say" (func $inner "say"))))
        (func (export "run") (alias export $outer "run")))"#
    )
}

/// What `hello` and `composed` import.
pub const IMPORTS: std::ops::Range<usize> = 0..33;
/// Those of them that take a string.
pub const TEXTUAL: usize = 18;
