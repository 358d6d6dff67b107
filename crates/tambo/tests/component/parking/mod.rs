//! Calls from an asynchronous host: guests that wait share a thread.

pub(crate) mod executor;
mod resources;

use std::cell::RefCell;
use std::rc::Rc;
use std::task::Poll;

use tambo::component::{CallError, Component, Instance, Limits, Linker, Val};
use tambo::{Runtime, TrapKind};

use crate::{load, on_each_engine, start};
use executor::{Executor, Gate, open_until_done, poll, wait_at};

/// `run` has `step` change a text twice.
const STEPS: &str = r#"
    (core module $libc
        (memory (export "memory") 1)
        (global $next (mut i32) (i32.const 64))
        (func (export "realloc") (param i32 i32 i32 i32) (result i32)
            (global.get $next) (global.set $next (i32.add (global.get $next) (local.get 3)))))
    (core instance $libc (instantiate $libc))
    (core func $step (canon lower (func $step)
        (memory (core memory $libc "memory")) (realloc (core func $libc "realloc"))))
    (core module $m
        (import "" "step" (func $step (param i32 i32 i32)))
        (import "" "memory" (memory 1))
        (func (export "run") (param i32 i32) (result i32)
            (call $step (local.get 0) (local.get 1) (i32.const 16))
            (call $step (i32.load (i32.const 16)) (i32.load (i32.const 20)) (i32.const 16))
            (i32.const 16)))
    (core instance $i (instantiate $m (with "" (instance
        (export "step" (func $step)) (export "memory" (memory $libc "memory"))))))
    (func (export "run") (param "text" string) (result string) (canon lift (core func $i "run")
        (memory (core memory $libc "memory")) (realloc (core func $libc "realloc"))))"#;

fn flat() -> String {
    format!(r#"(component (import "step" (func $step (param "text" string) (result string))) {STEPS})"#)
}

fn nested() -> String {
    let inner = flat().replacen("(component", "(component $inner", 1);
    format!(
        r#"(component
            (import "step" (func $step (param "text" string) (result string)))
            {inner}
            (instance $inner (instantiate $inner (with "step" (func $step))))
            (export "run" (func $inner "run")))"#
    )
}

/// An import that waits is called when the component starts.
const STARTS: &str = r#"(component
    (import "wait" (func $wait (param "n" u32) (result u32)))
    (core func $wait (canon lower (func $wait)))
    (core module $m
        (import "" "wait" (func $wait (param i32) (result i32)))
        (global $found (mut i32) (i32.const 0))
        (func $start (global.set $found (call $wait (i32.const 41))))
        (start $start)
        (func (export "found") (result i32) (global.get $found)))
    (core instance $i (instantiate $m (with "" (instance (export "wait" (func $wait))))))
    (func (export "found") (result u32) (canon lift (core func $i "found"))))"#;

type Log = Rc<RefCell<Vec<String>>>;

#[derive(Clone, Default)]
struct State {
    gate: Rc<Gate>,
    log: Log,
}

fn linker() -> Linker<State> {
    let mut linker = Linker::new();
    linker
        .func_waiting::<(&'static str,), (String,), _>("step", |state: &mut State, (text,)| {
            Ok(state.gate.pass(|| {
                state.log.borrow_mut().push(text.to_owned());
                (format!("{text}+"),)
            }))
        })
        .func_waiting::<(u32,), (u32,), _>("wait", |state, (n,)| Ok(state.gate.pass(|| (n + 1,))));
    wait_at(&mut linker, |state: &State| &state.gate);
    linker
}

fn parking<S: 'static>(component: &Component, linker: &Linker<S>, state: S) -> Instance<S> {
    let linked = component.link(linker).unwrap();
    let limits = Limits::default();
    let mut start = Box::pin(linked.instantiate_async(state, &limits));
    match poll(&mut start) {
        Poll::Ready(instance) => instance.unwrap(),
        Poll::Pending => panic!("it has no start function that waits"),
    }
}

fn message(result: Result<impl std::fmt::Debug, CallError>) -> String {
    result.unwrap_err().to_string()
}

fn run_many(runtime: &Runtime, text: &str, count: usize) {
    let linked = load(runtime, text).link(&linker()).unwrap();
    let log = Log::default();
    let gates: Vec<Rc<Gate>> = (0..count).map(|_| Rc::default()).collect();
    let mut executor = Executor::default();
    for (gate, number) in gates.iter().cloned().zip(0..) {
        let (linked, log) = (linked.clone(), log.clone());
        executor.spawn(async move {
            let state = State { gate, log };
            let mut instance = linked.instantiate_async(state, &Limits::default()).await.unwrap();
            let run = instance.func::<(String,), (String,)>("run").unwrap();
            for round in 0..2 {
                let text = format!("{number}.{round} 🌽");
                let (answer,) = run.call_async(&mut instance, (text.clone(),)).await.unwrap();
                assert_eq!(answer, format!("{text}++"));
            }
            assert_eq!(instance.state().gate.blocked.get(), 0);
        });
    }
    for step in 0..4 {
        assert_eq!(executor.run(), count);
        assert!(gates.iter().all(|gate| gate.is_waited_for()), "all wait at once");
        // Forwards and backwards, so that nobody waits for its predecessor.
        for number in 0..count {
            gates[if step % 2 == 0 { number } else { count - 1 - number }].open();
        }
    }
    assert_eq!(executor.run(), 0);
    let log = log.borrow();
    assert_eq!(log.len(), 4 * count);
    assert_eq!(log[0], "0.0 🌽");
    assert_eq!(log[count], format!("{}.0 🌽+", count - 1), "each step of all comes before the next of any");
}

#[test]
fn many_instances_wait_on_one_thread() {
    on_each_engine(|runtime| run_many(runtime, &flat(), 40));
}

#[test]
fn an_import_of_a_nested_component_waits() {
    on_each_engine(|runtime| run_many(runtime, &nested(), 3));
}

#[test]
fn values_of_run_time_types_go_through() {
    on_each_engine(|runtime| {
        let state = State::default();
        let mut instance = parking(&load(runtime, &flat()), &linker(), state.clone());
        let args = [Val::String("a".repeat(10_000))];
        let (opened, answer) = open_until_done(&state.gate, instance.call_async("run", &args));
        assert_eq!((opened, answer.unwrap()), (2, Some(Val::String("a".repeat(10_000) + "++"))));
        let missing = open_until_done(&state.gate, instance.call_async("runs", &[])).1;
        assert!(message(missing).contains("exports no \"runs\""));
        let wrong = open_until_done(&state.gate, instance.call_async("run", &[Val::U32(1)])).1;
        assert!(matches!(wrong, Err(CallError::Misuse(_))), "{wrong:?}");
        assert!(!instance.has_trapped());
    });
}

#[test]
fn a_cancelled_call_ends_the_instance() {
    on_each_engine(|runtime| {
        let state = State::default();
        let mut instance = parking(&load(runtime, &flat()), &linker(), state.clone());
        drop(instance.call_async("run", &[Val::String(String::new())]));
        assert!(!instance.has_trapped(), "what was not polled has not begun");
        let args = [Val::String("x".to_owned())];
        let mut call = Box::pin(instance.call_async("run", &args));
        assert!(poll(&mut call).is_pending());
        drop(call);
        assert!(instance.has_trapped());
        state.gate.open();
        let cancelled = "cannot enter component instance: an earlier call of it was cancelled";
        assert_eq!(message(instance.call("run", &args)), cancelled);
        assert_eq!(message(open_until_done(&state.gate, instance.call_async("run", &args)).1), cancelled);
        assert!(state.log.borrow().is_empty());
    });
}

#[test]
fn a_start_function_waits() {
    on_each_engine(|runtime| {
        let linked = load(runtime, STARTS).link(&linker()).unwrap();
        let (state, limits) = (State::default(), Limits::default());
        let start = linked.instantiate_async(state.clone(), &limits);
        let (opened, instance) = open_until_done(&state.gate, start);
        assert_eq!(opened, 1);
        assert_eq!(instance.unwrap().call("found", &[]).unwrap(), Some(Val::U32(42)));

        let mut start = Box::pin(linked.instantiate_async(State::default(), &limits));
        assert!(poll(&mut start).is_pending());
        drop(start);

        let stopped = linked.instantiate_async_with(state.clone(), &limits, |stopper| stopper.stop());
        let stopped = open_until_done(&state.gate, stopped).1;
        assert!(stopped.is_ok() || stopped.is_err_and(|trap| trap.kind == TrapKind::Interrupted));
    });
}

#[test]
fn both_kinds_of_calls_are_possible_where_calls_park() {
    on_each_engine(|runtime| {
        let component = load(runtime, &flat());
        let state = State::default();
        let args = [Val::String(String::new())];
        let mut instance = parking(&component, &linker(), state.clone());
        assert_eq!(instance.call("run", &args).unwrap(), Some(Val::String("++".to_owned())));
        assert_eq!(state.gate.blocked.get(), 2);
        let (opened, _) = open_until_done(&state.gate, instance.call_async("run", &args));
        assert_eq!((opened, state.gate.blocked.get()), (2, 2));

        let mut blocking = start(&component, &linker(), state.clone());
        let refused = open_until_done(&state.gate, blocking.call_async("run", &args)).1;
        assert!(message(refused).contains("make it with `instantiate_async`"));
        assert_eq!(blocking.call("run", &args).unwrap(), Some(Val::String("++".to_owned())));
    });
}
