//! Stopping a guest from outside.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Waker};
use std::thread;
use std::time::{Duration, Instant};

use tambo_engine::{EngineConfig, Instance, Interrupter, Limits, Slot, TrapKind};

use crate::rig::{Rig, call, call_i32, lookup, ready};
use crate::{Make, Probe};

const GUEST: &str = r#"(module
    (memory (export "memory") 256)
    (func (export "spin") (loop $l (br $l)))
    (func (export "bulk")
        (loop $l
            (memory.fill (i32.const 0) (i32.const 1) (i32.const 16777216))
            (memory.copy (i32.const 0) (i32.const 8) (i32.const 16000000))
            (br $l)))
    (func (export "count") (param i32) (result i32) (local $n i32)
        (loop $l
            (local.set $n (i32.add (local.get $n) (i32.const 1)))
            (br_if $l (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))
        (local.get $n)))"#;

/// No case waits longer than this for a guest to stop.
const PATIENCE: Duration = Duration::from_secs(20);

fn rig(make: Make<'_>) -> Rig {
    Rig::with(make, &EngineConfig { interrupts: true, ..EngineConfig::default() })
}

fn later(interrupter: Interrupter, delay: Duration) -> thread::JoinHandle<()> {
    thread::spawn(move || {
        thread::sleep(delay);
        interrupter.interrupt();
    })
}

fn expect_stop(instance: &mut dyn Instance<Probe>, name: &str) {
    let begin = Instant::now();
    let stopper = later(instance.interrupter().unwrap(), Duration::from_millis(30));
    assert_eq!(call(instance, name, &[]).unwrap_err().kind, TrapKind::Interrupted);
    assert!(begin.elapsed() < PATIENCE, "{:?}", begin.elapsed());
    stopper.join().unwrap();
}

/// From another thread, more than once, and the instance can still be called.
pub fn it_stops_a_loop(make: Make<'_>) {
    let mut instance = rig(make).instance(GUEST);
    for _ in 0..3 {
        expect_stop(&mut *instance, "spin");
        assert_eq!(call_i32(&mut *instance, "count", &[Slot::from(10)]).unwrap(), 10);
    }
}

/// The same while a future is polled.
pub fn it_stops_an_asynchronous_loop(make: Make<'_>) {
    let mut instance = rig(make).parking(GUEST);
    let stopper = later(instance.interrupter().unwrap(), Duration::from_millis(30));
    let (function, mut slots) = lookup(&mut *instance, "spin", &[]);
    assert_eq!(ready(instance.call_async(function, &mut slots)).unwrap_err().kind, TrapKind::Interrupted);
    stopper.join().unwrap();
}

/// An interrupt that comes too early stops the next call, and only that one; two before a call are one.
pub fn it_stops_the_next_call_only(make: Make<'_>) {
    let mut instance = rig(make).parking(GUEST);
    let interrupter = instance.interrupter().unwrap();
    for round in 0..3 {
        interrupter.interrupt();
        interrupter.clone().interrupt();
        let (function, mut slots) = lookup(&mut *instance, "count", &[Slot::from(5)]);
        let ended = if round == 1 {
            ready(instance.call_async(function, &mut slots))
        } else {
            instance.call(function, &mut slots)
        };
        assert_eq!(ended.unwrap_err().kind, TrapKind::Interrupted);
        assert_eq!(call_i32(&mut *instance, "count", &[Slot::from(5)]).unwrap(), 5);
    }
}

/// Loops of bulk operations stop too (attack case 27).
pub fn it_stops_bulk_operations(make: Make<'_>) {
    expect_stop(&mut *rig(make).instance(GUEST), "bulk");
}

/// An interrupt is for one instance: another one of the same engine finishes its work.
pub fn others_go_on(make: Make<'_>) {
    let rig = rig(make);
    let mut instance = rig.instance(GUEST);
    let interrupter = rig.instance(GUEST).interrupter().unwrap();
    let stop = Arc::new(AtomicBool::new(false));
    let noise = thread::spawn({
        let stop = stop.clone();
        move || {
            while !stop.load(Ordering::Relaxed) {
                interrupter.interrupt();
                thread::sleep(Duration::from_micros(100));
            }
        }
    });
    assert_eq!(call_i32(&mut *instance, "count", &[Slot::from(3_000_000)]).unwrap(), 3_000_000);
    stop.store(true, Ordering::Relaxed);
    noise.join().unwrap();
}

/// Two instances are interrupted at the same moment, again and again: each stops each time.
pub fn none_is_lost_among_many(make: Make<'_>) {
    let engine = rig(make).engine;
    let workers: Vec<_> = (0..2)
        .map(|_| {
            let engine = engine.clone();
            thread::spawn(move || {
                let mut instance = Rig { engine }.instance(GUEST);
                for _ in 0..100 {
                    let stopper = later(instance.interrupter().unwrap(), Duration::from_micros(300));
                    assert_eq!(call(&mut *instance, "spin", &[]).unwrap_err().kind, TrapKind::Interrupted);
                    stopper.join().unwrap();
                }
            })
        })
        .collect();
    workers.into_iter().for_each(|worker| worker.join().unwrap());
}

/// Without the option there is no handle.
pub fn it_needs_the_option(make: Make<'_>) {
    assert!(Rig::new(make).instance(GUEST).interrupter().is_none());
}

/// Where both are on, an interrupt is told from the end of the fuel, and takes none.
pub fn a_stopped_guest_keeps_its_fuel(make: Make<'_>) {
    let config = EngineConfig { interrupts: true, fuel: true, ..EngineConfig::default() };
    let limits = Limits { fuel: Some(u64::MAX / 2), ..Limits::default() };
    let mut instance = Rig::with(make, &config).limited(GUEST, &limits).unwrap();
    expect_stop(&mut *instance, "spin");
    let left = instance.fuel().unwrap();
    assert!(left > u64::MAX / 4, "{left}");
    assert_eq!(call_i32(&mut *instance, "count", &[Slot::from(10)]).unwrap(), 10);
}

/// Two endless computations and a finite one share a thread; with ticks, all get their turns.
pub fn a_tick_makes_computing_guests_take_turns(make: Make<'_>) {
    let rig = rig(make);
    let mut instances: Vec<_> = ["spin", "spin", "count"].map(|name| (name, rig.parking(GUEST))).into();
    let stoppers: Vec<_> = instances.iter().map(|(_, instance)| instance.interrupter().unwrap()).collect();
    let over = Arc::new(AtomicBool::new(false));
    let (engine, ended) = (rig.engine.clone(), over.clone());
    let clock = thread::spawn(move || {
        while !ended.load(Ordering::Relaxed) {
            thread::sleep(Duration::from_millis(1));
            engine.tick();
        }
    });
    let mut calls: Vec<_> = Vec::new();
    for (name, instance) in &mut instances {
        let (function, mut slots) = lookup(&mut **instance, name, &[]);
        if let Some(slot) = slots.first_mut() {
            *slot = Slot::from(20_000_000);
        }
        calls.push(Box::pin(async move { instance.call_async(function, &mut slots).await.map(|()| slots) }));
    }
    let begin = Instant::now();
    let mut finite = None;
    let mut context = Context::from_waker(Waker::noop());
    while finite.is_none() {
        assert!(calls[0].as_mut().poll(&mut context).is_pending() && calls[1].as_mut().poll(&mut context).is_pending());
        if let Poll::Ready(result) = calls[2].as_mut().poll(&mut context) {
            finite = Some(result);
        }
        assert!(begin.elapsed() < PATIENCE * 5);
    }
    assert_eq!(finite.unwrap().unwrap()[0], Slot::from(20_000_000));
    for (call, stopper) in calls.iter_mut().zip(&stoppers).take(2) {
        stopper.interrupt();
        let stopped = loop {
            if let Poll::Ready(result) = call.as_mut().poll(&mut context) {
                break result;
            }
        };
        assert_eq!(stopped.unwrap_err().kind, TrapKind::Interrupted);
    }
    over.store(true, Ordering::Relaxed);
    clock.join().unwrap();
}

/// A blocking call has nobody to give way to, and goes on.
pub fn a_tick_spares_blocking_calls(make: Make<'_>) {
    let rig = rig(make);
    let mut instance = rig.instance(GUEST);
    for _ in 0..3 {
        rig.engine.tick();
        assert_eq!(call_i32(&mut *instance, "count", &[Slot::from(1000)]).unwrap(), 1000);
    }
}
