//! Embedding as a user does it: grants, output, stopping, asynchronous hosts; each on both engines.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::cell::Cell;
use std::future::Future;
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, Wake, Waker};
use std::thread::Thread;
use std::time::Duration;

use tambo::kernel::clock::Timestamp;
use tambo::value::Value;
use tambo::virt::{MemoryFs, VirtualClock, pipe};
use tambo::{Config, EngineConfig, EngineKind, ErrorKind, Grant, Limits, Outcome, PoolConfig, Runtime, TrapKind};

const IMPORTS: &str = r#"
    (import "wasi_snapshot_preview1" "fd_read" (func $read (param i32 i32 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "path_open" (func $open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "poll_oneoff" (func $poll (param i32 i32 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "sched_yield" (func $yield (result i32)))
    (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
    (memory (export "memory") 2)"#;

/// Copies standard input to standard output, a read at a time.
const CAT: &str = r#"
    (func (export "_start")
      (loop $more
        (i32.store (i32.const 0) (i32.const 1024)) (i32.store (i32.const 4) (i32.const 64))
        (if (call $read (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 8)) (then (call $exit (i32.const 1))))
        (i32.store (i32.const 4) (i32.load (i32.const 8)))
        (if (i32.load (i32.const 8)) (then
          (if (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 12)) (then (call $exit (i32.const 2))))
          (br $more)))))"#;

const SPIN: &str = r#"(func (export "_start") (loop $l (br $l)))"#;
const YIELDS: &str = r#"(func (export "_start") (loop $l (drop (call $yield)) (br $l)))"#;
/// Sleeps for a very long time.
const SLEEP: &str = r#"(func (export "_start")
    (i32.store (i32.const 16) (i32.const 1)) (i64.store (i32.const 24) (i64.const 0x4000000000000000))
    (call $exit (call $poll (i32.const 0) (i32.const 64) (i32.const 1) (i32.const 100))))"#;

fn module(body: &str) -> String {
    format!("(module {IMPORTS} {body})")
}

fn runtime(engine: EngineKind, interrupts: bool) -> Runtime {
    let engine_config = EngineConfig { interrupts, ..EngineConfig::default() };
    Runtime::with_config(Config { engine, engine_config, ..Config::default() }).unwrap()
}

struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

/// The smallest executor: no `Send`, no threads of its own.
fn block_on<T>(future: impl Future<Output = T>) -> T {
    let waker = Waker::from(Arc::new(Unpark(std::thread::current())));
    let mut context = Context::from_waker(&waker);
    let mut future = pin!(future);
    loop {
        match future.as_mut().poll(&mut context) {
            Poll::Ready(value) => return value,
            Poll::Pending => std::thread::park(),
        }
    }
}

/// Drives futures on this thread until all are done.
async fn all<T>(futures: Vec<Pin<Box<dyn Future<Output = T> + '_>>>) -> Vec<T> {
    let mut pending: Vec<_> = futures.into_iter().map(|future| (future, None)).collect();
    std::future::poll_fn(move |context| {
        for (future, value) in pending.iter_mut().filter(|(_, value)| value.is_none()) {
            if let Poll::Ready(done) = future.as_mut().poll(context) {
                *value = Some(done);
            }
        }
        if pending.iter().any(|(_, value)| value.is_none()) {
            return Poll::Pending;
        }
        Poll::Ready(pending.iter_mut().filter_map(|(_, value)| value.take()).collect())
    })
    .await
}

macro_rules! on_both_engines {
    ($($(#[$meta:meta])* fn $name:ident($engine:ident) $body:block)*) => {
        mod wasmtime {
            use super::*;
            $($(#[$meta])* #[test] fn $name() { let $engine = EngineKind::Wasmtime; $body })*
        }
        mod wasmi {
            use super::*;
            $($(#[$meta])* #[test] fn $name() { let $engine = EngineKind::Wasmi; $body })*
        }
    };
}

on_both_engines! {
    fn input_goes_in_and_output_comes_out(engine) {
        let program = runtime(engine, false).load(module(CAT).as_bytes()).unwrap();
        for parks in [false, true] {
            let mut grant = Grant::new();
            let output = grant.stdin(vec![b'x'; 1000]).capture_stdout(1 << 16);
            let outcome = if parks { block_on(program.run_async(grant)) } else { program.run(grant) };
            assert!(outcome.unwrap().success());
            assert_eq!(output.contents(), vec![b'x'; 1000]);
        }
    }

    fn a_grant_gives_nothing_by_itself(engine) {
        let body = r#"(func (export "_start")
            (call $exit (call $open (i32.const 3) (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 0) (i64.const 2)
              (i64.const 0) (i32.const 0) (i32.const 100))))"#;
        let program = runtime(engine, false).load(module(body).as_bytes()).unwrap();
        const BADF: u32 = 8;
        assert_eq!(program.run(Grant::new()).unwrap(), Outcome::Exit(BADF));
    }

    fn a_stopper_ends_a_guest_from_another_thread(engine) {
        let runtime = runtime(engine, true);
        for body in [SPIN, YIELDS, SLEEP, CAT] {
            let program = runtime.load(module(body).as_bytes()).unwrap();
            let mut grant = Grant::new();
            let (reader, writer) = pipe(16);
            grant.kernel_mut().stdin = Rc::new(reader);
            let mut instance = program.instantiate(grant).unwrap().ok().unwrap();
            let stopper = instance.stopper();
            let thread = std::thread::spawn(move || {
                std::thread::sleep(Duration::from_millis(50));
                stopper.stop();
            });
            let outcome = instance.run().unwrap();
            assert!(matches!(&outcome, Outcome::Trap(trap) if trap.kind == TrapKind::Interrupted), "{body}: {outcome:?}");
            thread.join().unwrap();
            drop(writer);
        }
    }

    fn a_guest_that_was_stopped_stays_so(engine) {
        let runtime = runtime(engine, true);
        for body in [SPIN, SLEEP] {
            let program = runtime.load(module(body).as_bytes()).unwrap();
            let mut instance = program.instantiate(Grant::new()).unwrap().ok().unwrap();
            instance.stopper().stop();
            let interrupted = |outcome: Outcome| matches!(outcome, Outcome::Trap(trap) if trap.kind == TrapKind::Interrupted);
            assert!(interrupted(instance.run().unwrap()), "before the first call");
            assert!(interrupted(instance.run().unwrap()), "again");
            assert_eq!(instance.invoke("_start", &[]).unwrap().unwrap_err().kind, TrapKind::Interrupted);
        }
    }

    fn attack_26_a_timeout_ends_every_kind_of_wait(engine) {
        let runtime = runtime(engine, true);
        for body in [SPIN, YIELDS, SLEEP, CAT] {
            let program = runtime.load(module(body).as_bytes()).unwrap();
            for parks in [false, true] {
                let (reader, writer) = pipe(16);
                let mut grant = Grant::new();
                grant.timeout(Duration::from_millis(50));
                grant.kernel_mut().stdin = Rc::new(reader);
                let outcome = if parks { block_on(program.run_async(grant)) } else { program.run(grant) }.unwrap();
                assert!(matches!(&outcome, Outcome::Trap(trap) if trap.kind == TrapKind::Interrupted), "{body}: {outcome:?}");
                drop(writer);
            }
        }
    }

    fn a_clone_of_a_grant_is_stopped_on_its_own(engine) {
        let runtime = runtime(engine, true);
        let mut grant = Grant::new();
        grant.timeout(Duration::from_millis(10));
        let sleep = runtime.load(module(SLEEP).as_bytes()).unwrap();
        for _ in 0..2 {
            let outcome = sleep.run(grant.clone()).unwrap();
            assert!(matches!(&outcome, Outcome::Trap(trap) if trap.kind == TrapKind::Interrupted), "{outcome:?}");
        }
        let cat = runtime.load(module(CAT).as_bytes()).unwrap();
        grant.timeout(Duration::from_secs(60));
        assert!(cat.run(grant).unwrap().success());
    }

    fn guests_on_one_thread_take_turns(engine) {
        let program = runtime(engine, false).load(module(CAT).as_bytes()).unwrap();
        let (mut writers, mut grants, mut outputs) = (Vec::new(), Vec::new(), Vec::new());
        for _ in 0..20 {
            let (reader, writer) = pipe(8);
            let mut grant = Grant::new();
            outputs.push(grant.capture_stdout(1 << 16));
            grant.kernel_mut().stdin = Rc::new(reader);
            grants.push(grant);
            writers.push(writer);
        }
        let feeder = std::thread::spawn(move || {
            for round in 0..50u8 {
                for (number, writer) in writers.iter_mut().enumerate() {
                    std::io::Write::write_all(writer, &[round, number as u8]).unwrap();
                }
            }
        });
        let runs = grants.into_iter().map(|grant| Box::pin(program.run_async(grant)) as Pin<Box<dyn Future<Output = Result<Outcome, tambo::Error>>>>);
        let outcomes = block_on(all(runs.collect()));
        assert!(outcomes.into_iter().all(|outcome| outcome.unwrap().success()));
        feeder.join().unwrap();
        for (number, output) in outputs.iter().enumerate() {
            let expected: Vec<u8> = (0..50).flat_map(|round| [round, number as u8]).collect();
            assert_eq!(output.contents(), expected);
        }
    }

    fn attack_22_a_dropped_run_takes_its_guest_with_it(engine) {
        let program = runtime(engine, false).load(module(CAT).as_bytes()).unwrap();
        struct Count(AtomicUsize);
        impl Wake for Count {
            fn wake(self: Arc<Self>) {
                self.0.fetch_add(1, Ordering::SeqCst);
            }
        }
        let waker = Waker::from(Arc::new(Count(AtomicUsize::new(0))));
        for _ in 0..200 {
            let (reader, writer) = pipe(8);
            let mut grant = Grant::new();
            grant.kernel_mut().stdin = Rc::new(reader);
            let mut run = Box::pin(program.run_async(grant));
            assert!(run.as_mut().poll(&mut Context::from_waker(&waker)).is_pending());
            drop(run);
            // The guest's end of the pipe is gone: nobody reads any more.
            let mut writer = writer;
            let error = std::io::Write::write_all(&mut writer, b"x").unwrap_err();
            assert_eq!(error.kind(), std::io::ErrorKind::BrokenPipe);
        }
    }

    fn a_guest_works_on_a_file_system_in_memory(engine) {
        let body = r#"(data (i32.const 0) "out.txt") (data (i32.const 16) "\20\00\00\00\05\00\00\00") (data (i32.const 32) "bytes")
          (func (export "_start")
            (if (call $open (i32.const 3) (i32.const 0) (i32.const 0) (i32.const 7) (i32.const 1) (i64.const 0x40)
              (i64.const 0) (i32.const 0) (i32.const 100)) (then unreachable))
            (call $exit (call $write (i32.load (i32.const 100)) (i32.const 16) (i32.const 1) (i32.const 104))))"#;
        let program = runtime(engine, false).load(module(body).as_bytes()).unwrap();
        let clock = Rc::new(VirtualClock::new(Timestamp { seconds: 1_700_000_000, nanoseconds: 0 }, 0));
        let files = MemoryFs::new(clock, 1 << 20, 100);
        let mut grant = Grant::new();
        grant.kernel_mut().preopen("/", files.root());
        assert!(program.run(grant.clone()).unwrap().success());
        assert_eq!(files.read_file("out.txt").unwrap(), b"bytes");

        let mut read_only = Grant::new();
        read_only.kernel_mut().preopen_read_only("/", files.root());
        assert!(!program.run(read_only).unwrap().success());
    }

    fn runs_with_the_same_clock_and_seed_are_equal(engine) {
        let body = r#"
          (import "wasi_snapshot_preview1" "random_get" (func $random (param i32 i32) (result i32)))
          (import "wasi_snapshot_preview1" "clock_time_get" (func $clock (param i32 i64 i32) (result i32)))"#;
        let text = module(r#"(data (i32.const 0) "\40\00\00\00\10\00\00\00")
          (func (export "_start") (drop (call $random (i32.const 64) (i32.const 8)))
            (drop (call $clock (i32.const 0) (i64.const 1) (i32.const 72)))
            (drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 100))))"#);
        let text = text.replacen("(module", &format!("(module {body}"), 1);
        let program = runtime(engine, false).load(text.as_bytes()).unwrap();
        let mut grant = Grant::new();
        grant.seed(42).clock(Timestamp { seconds: 7, nanoseconds: 0 });
        let mut run = || {
            let output = grant.capture_stdout(100);
            assert!(program.run(grant.clone()).unwrap().success());
            output.contents()
        };
        let first = run();
        assert_eq!(first.len(), 16);
        assert_eq!(run(), first);
    }

    fn limits_hold(engine) {
        let program = runtime(engine, false).load(module("(func (export \"_start\"))").as_bytes()).unwrap();
        let mut grant = Grant::new();
        grant.limits(Limits { memory: 65_536, ..Limits::default() });
        let outcome = program.run(grant).unwrap();
        assert!(matches!(&outcome, Outcome::Trap(trap) if matches!(trap.kind, TrapKind::Limit(_))), "{outcome:?}");

        let engine_config = EngineConfig { fuel: true, ..EngineConfig::default() };
        let metered = Runtime::with_config(Config { engine, engine_config, ..Config::default() }).unwrap();
        let program = metered.load(module(SPIN).as_bytes()).unwrap();
        for parks in [false, true] {
            let mut grant = Grant::new();
            grant.limits(Limits { fuel: Some(10_000), ..Limits::default() });
            let outcome = if parks { block_on(program.run_async(grant)) } else { program.run(grant) }.unwrap();
            assert!(matches!(&outcome, Outcome::Trap(trap) if trap.kind == TrapKind::OutOfFuel), "{outcome:?}");
        }
    }

    fn functions_are_called_with_numbers(engine) {
        let text = r#"(module (func (export "sum") (param i32 i64 f32 f64) (result f64)
            (f64.add (f64.add (f64.convert_i32_s (local.get 0)) (f64.convert_i64_s (local.get 1)))
                     (f64.add (f64.promote_f32 (local.get 2)) (local.get 3)))))"#;
        let program = runtime(engine, false).load(text.as_bytes()).unwrap();
        let mut instance = program.instantiate(Grant::new()).unwrap().ok().unwrap();
        let arguments = [Value::I32(-1), Value::I64(10), Value::F32(0.5), Value::F64(0.25)];
        assert_eq!(instance.invoke("sum", &arguments).unwrap().unwrap(), [Value::F64(9.75)]);
        let error = instance.invoke("sum", &[]).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Call);
        assert!(instance.invoke("absent", &[]).unwrap_err().hint().is_some());
    }

    fn attack_28_nothing_is_left_for_the_next_instance(engine) {
        let pool = PoolConfig { instances: 1, max_memory: 1 << 20, ..PoolConfig::default() };
        let engine_config = EngineConfig { pool: Some(pool), ..EngineConfig::default() };
        let runtime = Runtime::with_config(Config { engine, engine_config, ..Config::default() }).unwrap();
        let body = r#"(global $g (mut i32) (i32.const 0))
          (func (export "_start")
            (if (i32.or (global.get $g) (i32.or (i32.load (i32.const 4096)) (i32.load (i32.const 100000)))) (then unreachable))
            (global.set $g (i32.const 1))
            (memory.fill (i32.const 0) (i32.const 0xff) (i32.const 131072)))"#;
        let program = runtime.load(module(body).as_bytes()).unwrap();
        for _ in 0..100 {
            assert!(program.run(Grant::new()).unwrap().success());
        }
    }

    fn attack_07_strings_with_nul_are_not_granted(engine) {
        let program = runtime(engine, false).load(module("(func (export \"_start\"))").as_bytes()).unwrap();
        let mut argument = Grant::new();
        argument.args(["a\0b"]);
        let mut variable = Grant::new();
        variable.env("NAME", "a\0b");
        for grant in [argument, variable] {
            assert_eq!(program.run(grant).unwrap_err().kind(), ErrorKind::Grant);
        }
    }

    fn attack_29_modules_beyond_the_limit_are_not_compiled(engine) {
        let config = Config { engine, max_module_size: 1000, ..Config::default() };
        let runtime = Runtime::with_config(config).unwrap();
        let text = format!("(module (memory 1) (data (i32.const 0) \"{}\"))", "x".repeat(1000));
        assert_eq!(runtime.load(text.as_bytes()).err().unwrap().kind(), ErrorKind::Module);
        let small = runtime.load(b"(module (func (export \"_start\")))").unwrap();
        assert!(small.run(Grant::new()).unwrap().success());
    }

    fn attack_29_compilations_at_once_are_bounded(engine) {
        let runtime = Runtime::with_config(Config { engine, max_compilations: 1, ..Config::default() }).unwrap();
        let threads: Vec<_> = (0..8).map(|number| {
            let runtime = runtime.clone();
            std::thread::spawn(move || {
                let text = format!("(module (func (export \"_start\")) (func (export \"f{number}\")))");
                let program = runtime.load(text.as_bytes()).unwrap();
                assert!(program.run(Grant::new()).unwrap().success());
            })
        }).collect();
        threads.into_iter().for_each(|thread| thread.join().unwrap());
    }
}

#[test]
fn a_host_may_use_what_is_not_send() {
    let ran = Rc::new(Cell::new(0));
    let program = runtime(EngineKind::default(), false).load(module(CAT).as_bytes()).unwrap();
    let counted = ran.clone();
    block_on(async move {
        for _ in 0..3 {
            assert!(program.run_async(Grant::new()).await.unwrap().success());
            counted.set(counted.get() + 1);
        }
    });
    assert_eq!(ran.get(), 3);
}
