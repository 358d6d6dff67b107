//! `tambo run`, as its user sees it: output, exit codes, options and limits, on both engines.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod common;

use std::process::Stdio;
use std::time::{Duration, Instant};

use common::{Site, eventually, feed, finish};

/// A module around a body for `_start`, with every import that these tests use.
fn program(body: &str) -> String {
    format!(
        r#"(module
        (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
        (import "wasi_snapshot_preview1" "fd_read" (func $read (param i32 i32 i32 i32) (result i32)))
        (import "wasi_snapshot_preview1" "random_get" (func $random (param i32 i32) (result i32)))
        (import "wasi_snapshot_preview1" "clock_time_get" (func $clock (param i32 i64 i32) (result i32)))
        (import "wasi_snapshot_preview1" "poll_oneoff" (func $poll (param i32 i32 i32 i32) (result i32)))
        (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
        (memory (export "memory") 1)
        (data (i32.const 0) "\40\00\00\00\08\00\00\00")
        (data (i32.const 64) "message\n")
        (func $say (drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 32))))
        (func (export "_start") {body}))"#
    )
}

on_both_engines! {
    fn a_program_prints_and_ends_with_zero(site) {
        let ran = site.run(&[], &tambo_guests::wat("hello"), &[]);
        assert_eq!((ran.code, ran.stdout.as_str(), ran.stderr.as_str()), (Some(0), "Hello from a guest!\n", ""));
    }

    fn a_module_may_be_text(site) {
        let path = site.write("m.wat", program("call $say"));
        let ran = site.run(&[], &path, &[]);
        assert_eq!((ran.code, ran.stdout.as_str()), (Some(0), "message\n"));
    }

    fn arguments_and_environment_arrive(site) {
        let guest = tambo_guests::rust("env-args");
        site.write("vars", "FROM_FILE=1\n# comment\nBOTH=file\n");
        let mut command = site.run_command();
        command.env("PASSED", "on").env("HIDDEN", "never");
        command.args(["--env-file", "vars", "--env", "BOTH=line", "--env", "PASSED"]).arg(&guest);
        command.args(["one", "--two", "three four"]);
        let ran = finish(command.output().unwrap());
        assert_eq!(ran.code, Some(0), "{}", ran.stderr);
        for expected in ["one", "--two", "three four", "FROM_FILE=1", "BOTH=line", "PASSED=on"] {
            assert!(ran.stdout.contains(expected), "{expected} is not in {}", ran.stdout);
        }
        assert!(!ran.stdout.contains("HIDDEN"), "{}", ran.stdout);
    }

    fn the_exit_code_is_the_programs(site) {
        for (code, status) in [(0, 0), (1, 1), (33, 33), (255, 255), (256, 1), (257, 1)] {
            let path = site.module("m.wasm", &program(&format!("(call $exit (i32.const {code}))")));
            let ran = site.run(&["--no-cache"], &path, &[]);
            assert_eq!((ran.code, ran.stderr.as_str()), (Some(status), ""), "{code}");
        }
    }

    fn a_trap_is_134_and_says_why(site) {
        let path = site.module("m.wasm", &program("unreachable"));
        let ran = site.run(&[], &path, &[]);
        assert_eq!(ran.code, Some(134));
        assert!(ran.stderr.starts_with("error: ") && ran.stderr.contains("unreachable"), "{}", ran.stderr);
    }

    fn streams_are_redirected_to_files(site) {
        let guest = tambo_guests::rust("cat");
        site.write("in", "some input\n");
        let ran = site.run(&["--stdin", "in", "--stdout", "out"], &guest, &[]);
        assert_eq!((ran.code, ran.stdout.as_str()), (Some(0), ""), "{}", ran.stderr);
        assert_eq!(std::fs::read_to_string(site.path("out")).unwrap(), "some input\n");
        let ran = site.run(&["--stdin", "in", "--stdout", "null"], &guest, &[]);
        assert_eq!((ran.code, ran.stdout.as_str()), (Some(0), ""));
    }

    fn standard_input_comes_through_a_pipe(site) {
        let mut command = site.run_command();
        command.arg(tambo_guests::rust("cat")).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let input = "line\n".repeat(100_000);
        let child = command.spawn().unwrap();
        let ran = std::thread::scope(|scope| scope.spawn(|| feed(child, b"short\n")).join().unwrap());
        assert_eq!((ran.code, ran.stdout.as_str()), (Some(0), "short\n"));
        site.write("long", &input);
        assert_eq!(site.run(&["--stdin", "long"], &tambo_guests::rust("cat"), &[]).stdout, input);
    }

    fn files_are_worked_on_in_a_granted_directory(site) {
        std::fs::create_dir(site.path("work")).unwrap();
        let ran = site.run(&["--dir", "work::/"], &tambo_guests::rust("fs-exercise"), &[]);
        assert_eq!(ran.code, Some(0), "{}{}", ran.stdout, ran.stderr);
    }

    fn a_read_only_directory_is_not_written_to(site) {
        std::fs::create_dir(site.path("work")).unwrap();
        let ran = site.run(&["--dir", "work::/:ro"], &tambo_guests::rust("fs-exercise"), &[]);
        assert_ne!(ran.code, Some(0));
        assert_eq!(std::fs::read_dir(site.path("work")).unwrap().count(), 0);
    }

    fn a_function_is_invoked_with_numbers(site) {
        let path = site.module("m.wasm", r#"(module
            (global $ready (mut i32) (i32.const 0))
            (func (export "_initialize") (global.set $ready (i32.const 100)))
            (func (export "add") (param i32 i64) (result i64 i32)
                (i64.add (i64.extend_i32_s (local.get 0)) (local.get 1)) (global.get $ready)))"#);
        let ran = site.run(&["--invoke", "add"], &path, &["-3", "0x10"]);
        assert_eq!((ran.code, ran.stdout.as_str()), (Some(0), "13\n100\n"), "{}", ran.stderr);
        let ran = site.run(&["--invoke", "add"], &path, &["1"]);
        assert_eq!(ran.code, Some(2));
        assert!(ran.stderr.contains("func(i32, i64) -> i64, i32"), "{}", ran.stderr);
        let ran = site.run(&["--invoke", "sub"], &path, &[]);
        assert!(ran.code == Some(2) && ran.stderr.contains("sub") && ran.stderr.contains("inspect"), "{}", ran.stderr);
    }

    fn a_time_limit_stops_a_loop(site) {
        let path = site.module("m.wasm", &program("(loop $l (br $l))"));
        let begun = Instant::now();
        let ran = site.run(&["--timeout", "200ms"], &path, &[]);
        assert_eq!(ran.code, Some(124), "{}", ran.stderr);
        assert!(begun.elapsed() < Duration::from_secs(20) && ran.stderr.contains("--timeout"), "{}", ran.stderr);
    }

    fn attack_26_a_time_limit_reaches_blocked_host_calls(site) {
        let read = program("(drop (call $read (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 32)))");
        // A subscription (at 512) to the monotonic clock, in 2^62 ns.
        let sleep = program("(i32.store (i32.const 528) (i32.const 1)) (i64.store (i32.const 536) (i64.const 0x4000000000000000))
            (drop (call $poll (i32.const 512) (i32.const 600) (i32.const 1) (i32.const 700)))");
        for text in [read, sleep] {
            let path = site.module("m.wasm", &text);
            let mut command = site.run_command();
            command.args(["--no-cache", "--timeout", "200ms"]).arg(path);
            command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
            let mut child = command.spawn().unwrap();
            let stdin = child.stdin.take();
            let ran = finish(child.wait_with_output().unwrap());
            drop(stdin);
            assert_eq!(ran.code, Some(124), "{}", ran.stderr);
        }
    }

    fn fuel_runs_out(site) {
        let path = site.module("m.wasm", &program("(loop $l (br $l))"));
        let ran = site.run(&["--fuel", "100000"], &path, &[]);
        assert!(ran.code == Some(134) && ran.stderr.contains("--fuel"), "{:?}", ran);
        assert_eq!(site.run(&["--fuel", "100000"], &tambo_guests::wat("hello"), &[]).code, Some(0));
    }

    fn memory_is_bounded(site) {
        let path = site.module("m.wasm", r#"(module (memory (export "memory") 100) (func (export "_start")))"#);
        let ran = site.run(&["--max-memory", "1M"], &path, &[]);
        assert!(ran.code == Some(134) && ran.stderr.contains("--max-memory"), "{:?}", ran);
        assert_eq!(site.run(&["--max-memory", "10M"], &path, &[]).code, Some(0));
        let grows = site.module("g.wasm", &program("(if (i32.ne (memory.grow (i32.const 1000)) (i32.const -1)) (then unreachable))"));
        assert_eq!(site.run(&["--max-memory", "1M"], &grows, &[]).code, Some(0));
    }

    fn runs_with_a_seed_and_a_clock_are_equal(site) {
        let body = "(drop (call $random (i32.const 64) (i32.const 8))) (call $say)
            (drop (call $clock (i32.const 0) (i64.const 1) (i32.const 64))) (call $say)";
        let path = site.module("m.wasm", &program(body));
        let run = |seed: &str| {
            let mut command = site.run_command();
            command.args(["--seed", seed, "--clock", "2026-01-01T00:00:00Z"]).arg(&path);
            command.output().unwrap().stdout
        };
        assert_eq!(run("7"), run("7"));
        assert_ne!(run("7")[..8], run("8")[..8]);
        let time = u64::from_le_bytes(run("7")[8..16].try_into().unwrap());
        assert_eq!(time / 1_000_000_000, 1_767_225_600);
    }

    fn a_virtual_clock_sleeps_at_once(site) {
        let sleep = "(i32.store (i32.const 528) (i32.const 1)) (i64.store (i32.const 536) (i64.const 3600000000000))
            (drop (call $poll (i32.const 512) (i32.const 600) (i32.const 1) (i32.const 700))) (call $say)";
        let path = site.module("m.wasm", &program(sleep));
        let begun = Instant::now();
        let ran = site.run(&["--clock", "0"], &path, &[]);
        assert_eq!((ran.code, ran.stdout.as_str()), (Some(0), "message\n"), "{}", ran.stderr);
        assert!(begun.elapsed() < Duration::from_secs(60));
    }

    fn a_trace_names_calls_and_results(site) {
        std::fs::create_dir(site.path("work")).unwrap();
        let guest = tambo_guests::rust("fs-exercise");
        let ran = site.run(&["--trace=log", "--dir", "work::/"], &guest, &[]);
        assert_eq!((ran.code, ran.stderr.as_str()), (Some(0), ""));
        let log = std::fs::read_to_string(site.path("log")).unwrap();
        for expected in ["path_open(", "fd_write(", "CREAT", "NOENT"] {
            assert!(log.contains(expected), "{expected} is not in\n{log}");
        }
        let hello = site.run(&["--trace"], &tambo_guests::wat("hello"), &[]);
        assert!(hello.stderr.contains("fd_write(1"), "{}", hello.stderr);
    }

    fn signals_end_the_program(site) {
        for signal in ["INT", "TERM"] {
            let path = site.module("m.wasm", &program("call $say (loop $l (br $l))"));
            let mut child = site.run_command().arg("--stdout").arg("out").arg(path).spawn().unwrap();
            let out = site.path("out");
            assert!(eventually(|| std::fs::read(&out).is_ok_and(|bytes| !bytes.is_empty())));
            let kill = std::process::Command::new("sh").args(["-c", &format!("kill -{signal} {}", child.id())]).status();
            assert!(kill.unwrap().success());
            assert!(eventually(|| child.try_wait().unwrap().is_some()), "SIG{signal} did not end it");
            std::fs::remove_file(out).unwrap();
        }
    }

    fn a_closed_reader_ends_the_program_silently(site) {
        let path = site.module("m.wasm", &program("(loop $l (call $say) (br $l))"));
        let mut command = site.run_command();
        command.arg(path).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        drop(child.stdout.take());
        assert!(eventually(|| child.try_wait().unwrap().is_some()), "it goes on");
        assert_eq!(finish(child.wait_with_output().unwrap()).stderr, "");
    }

    fn wasi_unstable_runs(site) {
        let path = site.module("m.wasm", r#"(module
            (import "wasi_unstable" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
            (memory (export "memory") 1)
            (data (i32.const 0) "\08\00\00\00\03\00\00\00old")
            (func (export "_start") (drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 20)))))"#);
        assert_eq!(site.run(&[], &path, &[]).stdout, "old");
    }

    fn a_start_function_may_use_wasi(site) {
        let path = site.module("m.wasm", r#"(module
            (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
            (memory (export "memory") 1)
            (data (i32.const 0) "\08\00\00\00\05\00\00\00start")
            (func $s (drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 20))))
            (start $s)
            (func (export "_start")))"#);
        assert_eq!(site.run(&[], &path, &[]).stdout, "start");
    }
}

#[test]
fn backtraces_name_functions_and_lines() {
    let site = Site::new("wasmtime");
    let ran = site.run(&[], &tambo_guests::c("trap-c"), &[]);
    assert_eq!(ran.code, Some(134));
    assert!(ran.stderr.contains("trap-c.c:"), "{}", ran.stderr);
    assert!(ran.stderr.contains("main"), "{}", ran.stderr);
    let ran = site.run(&["--no-backtrace"], &tambo_guests::c("trap-c"), &[]);
    assert!(ran.code == Some(134) && !ran.stderr.contains("trap-c.c:"), "{}", ran.stderr);
}
