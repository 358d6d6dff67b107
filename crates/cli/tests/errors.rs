//! Bad input: every message says what, where and what to do; exit code 2; nothing half-written.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod common;

use common::{Ran, Site};

fn assert_refused(ran: &Ran, words: &[&str]) {
    assert_eq!(ran.code, Some(2), "{ran:?}");
    assert_eq!(ran.stdout, "", "{ran:?}");
    for word in words {
        assert!(ran.stderr.contains(word), "{word:?} is not in: {}", ran.stderr);
    }
    assert!(!ran.stderr.contains("panicked"), "{}", ran.stderr);
}

on_both_engines! {
    fn a_missing_file_is_named(site) {
        assert_refused(&site.run(&[], &site.path("none.wasm"), &[]), &["none.wasm", "No such file"]);
    }

    fn bytes_that_are_no_module_are_refused(site) {
        for bytes in [&b""[..], b"\0asm", b"\x7fELF....", b"\0asm\x01\0\0\0\xff\xff\xff\xff\xff", b"\0asm\x02\0\0\0"] {
            let path = site.write("bad.wasm", bytes);
            assert_refused(&site.run(&[], &path, &[]), &["error:", "bad.wasm"]);
        }
    }

    fn a_file_without_end_is_not_read(site) {
        let ran = site.run(&[], std::path::Path::new("/dev/zero"), &[]);
        assert_refused(&ran, &["/dev/zero", "more than"]);
    }

    fn malformed_text_shows_where(site) {
        let path = site.write("bad.wat", "(module\n  (func (wrong)))");
        assert_refused(&site.run(&[], &path, &[]), &["bad.wat", "2:"]);
    }

    fn an_invalid_module_shows_the_offset(site) {
        let path = site.write("bad.wasm", wat::parse_str("(module (func (result i32)))").unwrap());
        assert_refused(&site.run(&[], &path, &[]), &["bad.wasm", "0x"]);
    }

    fn a_component_is_named_as_such(site) {
        let path = site.write("c.wasm", b"\0asm\x0d\0\x01\0");
        assert_refused(&site.run(&[], &path, &[]), &["component", "hint:"]);
    }

    fn all_missing_imports_are_listed(site) {
        let path = site.module("m.wasm", r#"(module
            (import "env" "one" (func (param i32) (result i64)))
            (import "wasi_snapshot_preview1" "two" (func))
            (import "wasi_snapshot_preview1" "fd_close" (func (param i64) (result i32)))
            (func (export "_start")))"#);
        let words = ["env::one: func(i32) -> i64", "wasi_snapshot_preview1::two", "fd_close", "func(i64) -> i32", "hint:"];
        assert_refused(&site.run(&[], &path, &[]), &words);
    }

    fn a_library_is_not_run(site) {
        let path = site.module("m.wasm", r#"(module (func (export "f")))"#);
        assert_refused(&site.run(&[], &path, &[]), &["_start", "--invoke"]);
    }

    fn a_function_that_returns_no_number_is_not_invoked(site) {
        let path = site.module("m.wasm", r#"(module
            (func (export "v") (result v128) (v128.const i64x2 1 2))
            (func (export "r") (result i32 funcref) (i32.const 1) (ref.null func)))"#);
        assert_refused(&site.run(&["--invoke", "v"], &path, &[]), &["\"v\"", "v128"]);
        assert_refused(&site.run(&["--invoke", "r"], &path, &[]), &["\"r\"", "ref"]);
    }

    fn a_start_that_takes_arguments_is_refused(site) {
        let path = site.module("m.wasm", r#"(module (func (export "_start") (param i32)))"#);
        assert_refused(&site.run(&[], &path, &[]), &["_start", "func(i32)"]);
    }

    fn what_cannot_be_granted_is_named(site) {
        let hello = tambo_guests::wat("hello");
        assert_refused(&site.run(&["--dir", "absent"], &hello, &[]), &["absent"]);
        assert_refused(&site.run(&["--env", "UNSET"], &hello, &[]), &["UNSET", "hint:"]);
        assert_refused(&site.run(&["--stdin", "absent"], &hello, &[]), &["absent"]);
        assert_refused(&site.run(&["--stdout", "absent/out"], &hello, &[]), &["absent/out"]);
        assert_refused(&site.run(&["--env-file", "absent"], &hello, &[]), &["absent"]);
        site.write("vars", "no assignment");
        assert_refused(&site.run(&["--env-file", "vars"], &hello, &[]), &["vars", "line 1"]);
        site.write("vars", "A=1\nB=x\0y");
        assert_refused(&site.run(&["--env-file", "vars"], &hello, &[]), &["vars", "line 2", "NUL"]);
        let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let address = taken.local_addr().unwrap().to_string();
        assert_refused(&site.run(&["--listen", &address], &hello, &[]), &[&address, "in use"]);
    }

    fn an_environment_file_may_begin_with_a_byte_order_mark(site) {
        site.write("vars", "\u{feff}A=1\r\nB=2\r\n");
        let ran = site.run(&["--env-file", "vars"], &tambo_guests::rust("env-args"), &[]);
        assert!(ran.stdout.contains("A=1") && ran.stdout.contains("B=2"), "{ran:?}");
        assert!(!ran.stdout.contains('\u{feff}'), "{ran:?}");
    }

    fn options_are_checked(site) {
        let hello = tambo_guests::wat("hello");
        for options in [["--timeout", "soon"], ["--max-memory", "lots"], ["--listen", "here"], ["--clock", "now"], ["--fuel", "x"], ["--allow-net", "*"]] {
            assert_refused(&site.run(&options, &hello, &[]), &["error:", options[0], options[1]]);
        }
        assert_refused(&site.run(&["--unknown"], &hello, &[]), &["--unknown"]);
    }

    fn attack_29_a_huge_declared_module_is_refused_quickly(site) {
        // 2^32-1 functions declared in a section of a few bytes.
        let mut bytes = b"\0asm\x01\0\0\0".to_vec();
        bytes.extend([1, 4, 1, 0x60, 0, 0, 3, 6, 0xff, 0xff, 0xff, 0xff, 0x0f, 0]);
        let path = site.write("bomb.wasm", bytes);
        assert_refused(&site.run(&[], &path, &[]), &["bomb.wasm"]);
    }
}

#[test]
fn an_unknown_engine_lists_the_known() {
    let site = Site::new("wasmtime");
    assert_refused(&site.command(&["run", "--engine", "v8", "m.wasm"]), &["v8", "wasmtime", "wasmi"]);
}

#[test]
fn no_arguments_show_help() {
    let site = Site::new("wasmtime");
    let ran = site.command(&[]);
    assert_eq!(ran.code, Some(2));
    assert!(ran.stderr.contains("Usage:"), "{}", ran.stderr);
}

#[test]
fn a_failed_compilation_writes_nothing() {
    let site = Site::new("wasmtime");
    let path = site.write("bad.wasm", "(module (func (result i32)))");
    let ran = site.command(&["compile", path.to_str().unwrap(), "-o", "out.cwasm"]);
    assert_refused(&ran, &["bad.wasm"]);
    assert!(!site.path("out.cwasm").exists());
    let ran = site.command(&["compile", tambo_guests::wat("hello").to_str().unwrap(), "-o", "absent/out.cwasm"]);
    assert_refused(&ran, &["absent/out.cwasm"]);
}
