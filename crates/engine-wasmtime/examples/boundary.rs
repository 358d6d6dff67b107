//! What the boundary costs: host calls, guest calls, parking, instances and start-up, on this backend.
//!
//! ```sh
//! cargo run --release -p tambo-engine-wasmtime --example boundary
//! ```
//!
//! # Safety
//!
//! Native code is loaded from a file that this program has just written and nobody else knows.
#![expect(clippy::print_stdout, clippy::unwrap_used, reason = "a program for people who measure")]
#![expect(unsafe_code, reason = "loads what it has compiled itself")]

use std::hint::black_box;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

use tambo_engine::{
    Call, Engine, EngineConfig, Flow, FuncType, HostData, Import, Instance, Limits, PoolConfig, Prepared, Slot, Trap,
    TrapKind, ValueType,
};
use tambo_engine_wasmtime::WasmtimeEngine;

use ValueType::I32;

const LOOP: u32 = 1_000_000;
const INSTANCES: u32 = 20_000;

const GUEST: &str = r#"(module
    (import "host" "inc" (func $inc (param i32) (result i32)))
    (import "host" "read" (func $read (param i32 i32 i32 i32) (result i32)))
    (import "host" "wait" (func $wait (param i32) (result i32)))
    (import "host" "exit" (func $exit (param i32)))
    MEMORY
    (func (export "noop"))
    (func (export "exit") (call $exit (i32.const 0)))
    (func (export "inc") (param i32) (result i32) (local $n i32)
        (loop $l (local.set $n (call $inc (local.get $n)))
            (br_if $l (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))
        (local.get $n))
    (func (export "read") (param i32) (result i32) (local $n i32)
        (loop $l (local.set $n (call $read (i32.const 3) (i32.const 64) (i32.const 1) (i32.const 16)))
            (br_if $l (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))
        (local.get $n))
    (func (export "wait") (param i32) (result i32) (local $n i32)
        (loop $l (local.set $n (call $wait (local.get $n)))
            (br_if $l (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))
        (local.get $n)))"#;

/// Host data whose waits are over at the second look.
#[derive(Default)]
struct Data {
    suspend: bool,
    tried: bool,
    looked: bool,
}

impl HostData for Data {
    fn block(&mut self) -> Result<(), Trap> {
        Ok(())
    }

    fn poll_wait(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Trap>> {
        self.looked = !self.looked;
        if self.looked { Poll::Pending } else { Poll::Ready(Ok(())) }
    }
}

fn import(
    name: &'static str,
    ty: FuncType,
    suspends: bool,
    call: fn(&mut Call<'_, Data>, &mut [Slot]) -> Flow,
) -> Import<Data> {
    Import {
        module: "host".into(),
        name: name.into(),
        ty,
        suspends: suspends.into(),
        memory: None,
        call: Arc::new(call),
    }
}

fn imports() -> Vec<Import<Data>> {
    vec![
        import("inc", FuncType::new([I32], [I32]), false, |_, slots| {
            slots[0] = Slot::from(u32::from(slots[0]).wrapping_add(1));
            Flow::Done
        }),
        import("read", FuncType::new([I32; 4], [I32]), false, |call, slots| {
            let at = u32::from(slots[1]) as usize;
            slots[0] = Slot::from(call.memory.get(at).map_or(0, |&byte| u32::from(byte)));
            Flow::Done
        }),
        import("wait", FuncType::new([I32], [I32]), true, |call, slots| {
            if call.data.suspend && !std::mem::replace(&mut call.data.tried, true) {
                return Flow::Pending;
            }
            call.data.tried = false;
            slots[0] = Slot::from(u32::from(slots[0]).wrapping_add(1));
            Flow::Done
        }),
        import("exit", FuncType::new([I32], []), false, |_, slots| {
            Flow::from(Trap::new(TrapKind::Exit(slots[0].into())))
        }),
    ]
}

fn engine(config: &EngineConfig) -> Arc<dyn Engine<Data>> {
    Arc::new(WasmtimeEngine::new(config).unwrap())
}

fn guest(memory: bool) -> Vec<u8> {
    wat::parse_str(GUEST.replace("MEMORY", if memory { "(memory (export \"memory\") 1)" } else { "" })).unwrap()
}

fn prepare(engine: &dyn Engine<Data>, memory: bool, parks: bool) -> Arc<dyn Prepared<Data>> {
    engine.compile(&guest(memory)).unwrap().prepare(&imports(), "memory", parks).unwrap()
}

fn instance(prepared: &dyn Prepared<Data>) -> Box<dyn Instance<Data>> {
    prepared.instantiate(Data::default(), &Limits::default()).unwrap()
}

fn block_on<F: Future>(future: F) -> F::Output {
    let mut future = std::pin::pin!(future);
    loop {
        if let Poll::Ready(output) = future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            return output;
        }
    }
}

/// The best of several rounds, for each of `count`.
fn best(count: u32, mut work: impl FnMut()) -> f64 {
    let round = |work: &mut dyn FnMut()| {
        let begin = Instant::now();
        work();
        begin.elapsed()
    };
    let fastest = (0..9).map(|_| round(&mut work)).min().unwrap_or(Duration::ZERO);
    fastest.as_nanos() as f64 / f64::from(count)
}

fn host_calls() {
    for (label, config) in [
        ("", EngineConfig::default()),
        (", interrupts", EngineConfig { interrupts: true, ..EngineConfig::default() }),
        (", fuel and interrupts", EngineConfig { fuel: true, interrupts: true, ..EngineConfig::default() }),
    ] {
        let engine = engine(&config);
        for (name, memory) in [("inc", false), ("inc", true), ("read", true)] {
            let mut instance = instance(&*prepare(&*engine, memory, false));
            let (function, _) = instance.function(name).unwrap();
            let ns = best(LOOP, || instance.call(function, &mut [Slot::from(LOOP)]).unwrap());
            println!("host call `{name}`, memory {memory}{label}: {ns:.1} ns");
        }
    }
}

fn parking() {
    let engine = engine(&EngineConfig::default());
    let mut direct = instance(&*prepare(&*engine, true, false));
    let mut adapted = instance(&*prepare(&*engine, true, true));
    let (function, _) = direct.function("wait").unwrap();
    let ns = best(LOOP, || direct.call(function, &mut [Slot::from(LOOP)]).unwrap());
    println!("suspending import, ready, linked directly: {ns:.1} ns");
    let (function, _) = adapted.function("wait").unwrap();
    let ns = best(LOOP, || adapted.call(function, &mut [Slot::from(LOOP)]).unwrap());
    println!("suspending import, ready, through the adapter: {ns:.1} ns");
    let ns = best(LOOP, || block_on(adapted.call_async(function, &mut [Slot::from(LOOP)])).unwrap());
    println!("suspending import, ready, through the adapter, asynchronous: {ns:.1} ns");
    adapted.data_mut().suspend = true;
    let few = LOOP / 10;
    let ns = best(few, || block_on(adapted.call_async(function, &mut [Slot::from(few)])).unwrap());
    println!("suspending import, parks each time: {ns:.1} ns");
}

fn guest_calls() {
    for backtraces in [true, false] {
        let engine = engine(&EngineConfig { backtraces, ..EngineConfig::default() });
        let mut instance = instance(&*prepare(&*engine, true, true));
        let (noop, _) = instance.function("noop").unwrap();
        let (exit, _) = instance.function("exit").unwrap();
        let count = LOOP / 10;
        let ns = best(count, || (0..count).for_each(|_| instance.call(noop, &mut []).unwrap()));
        println!("guest call, backtraces {backtraces}: {ns:.1} ns");
        let ns = best(count, || (0..count).for_each(|_| block_on(instance.call_async(noop, &mut [])).unwrap()));
        println!("guest call, asynchronous, backtraces {backtraces}: {ns:.1} ns");
        let ns = best(count, || (0..count).for_each(|_| drop(black_box(instance.call(exit, &mut [Slot(0)])))));
        println!("exit, backtraces {backtraces}: {ns:.1} ns");
    }
}

fn instances() {
    let pool = |keep_resident| PoolConfig { instances: 16, keep_resident, ..PoolConfig::default() };
    for (label, pool) in [
        ("on demand", None),
        ("pooled, nothing resident", Some(pool(0))),
        ("pooled, 128 KiB resident", Some(pool(128 << 10))),
    ] {
        let engine = engine(&EngineConfig { pool, ..EngineConfig::default() });
        for parks in [false, true] {
            let prepared = prepare(&*engine, true, parks);
            let once = |asynchronous: bool| {
                let mut instance = instance(&*prepared);
                let (function, _) = instance.function("inc").unwrap();
                let mut slots = [Slot::from(1)];
                if asynchronous {
                    block_on(instance.call_async(function, &mut slots)).unwrap();
                } else {
                    instance.call(function, &mut slots).unwrap();
                }
            };
            let us = best(INSTANCES, || (0..INSTANCES).for_each(|_| once(false))) / 1000.0;
            println!("instantiate, call, drop, {label}, parks {parks}: {us:.2} µs");
            if parks {
                let us = best(INSTANCES, || (0..INSTANCES).for_each(|_| once(true))) / 1000.0;
                println!("instantiate, call asynchronously, drop, {label}: {us:.2} µs");
            }
        }
    }
}

/// Every step once, as a short process would; the engine of the previous step is gone.
fn start_up() {
    let artifact = engine(&EngineConfig::default()).compile(&guest(true)).unwrap().serialize().unwrap();
    let path = std::env::temp_dir().join(format!("tambo-boundary-{}.bin", std::process::id()));
    std::fs::write(&path, &artifact).unwrap();
    for round in 0..3 {
        let mut last = Instant::now();
        let mut step = |label: &str| {
            println!("start-up {round}, {label}: {} µs", last.elapsed().as_nanos() as f64 / 1000.0);
            last = Instant::now();
        };
        let engine = engine(&EngineConfig::default());
        step("engine");
        black_box(engine.fingerprint());
        step("fingerprint");
        // SAFETY: written above by an engine of the same configuration.
        let module = unsafe { engine.load_file(&path) }.unwrap();
        step("load");
        let prepared = module.prepare(&imports(), "memory", false).unwrap();
        step("prepare");
        let mut instance = instance(&*prepared);
        step("instantiate");
        let (function, _) = instance.function("noop").unwrap();
        instance.call(function, &mut []).unwrap();
        step("call");
    }
    std::fs::remove_file(&path).ok();
}

fn main() {
    start_up();
    host_calls();
    parking();
    guest_calls();
    instances();
}
