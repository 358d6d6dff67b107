//! Resources in calls that wait.

use std::rc::Rc;

use tambo::component::{Borrow, CallError, Linker, Own, Val};

use super::executor::{Gate, open_until_done, poll, wait_at};
use super::{State, linker, message, parking};
use crate::{load, on_each_engine, start};

/// A resource of the component, whose destructor waits.
const DESTRUCTOR: &str = r#"(component
    (import "wait" (func $wait (param "n" u32) (result u32)))
    (core func $wait (canon lower (func $wait)))
    (core module $d
        (import "" "wait" (func $wait (param i32) (result i32)))
        (global $dropped (mut i32) (i32.const 0))
        (func (export "dtor") (param i32) (global.set $dropped (call $wait (local.get 0))))
        (func (export "dropped") (result i32) (global.get $dropped)))
    (core instance $d (instantiate $d (with "" (instance (export "wait" (func $wait))))))
    (type $r (resource (rep i32) (dtor (core func $d "dtor"))))
    (core func $new (canon resource.new $r))
    (export $thing "thing" (type $r))
    (func (export "make") (param "rep" u32) (result (own $thing)) (canon lift (core func $new)))
    (func (export "dropped") (result u32) (canon lift (core func $d "dropped"))))"#;

/// Gives two things away, one after the other, in calls that are lent a third.
const GIVES: &str = r#"(component
    (import "host" (instance $host
        (export "thing" (type $thing (sub resource)))
        (export "make" (func (result (own $thing))))
        (export "give" (func (param "a" (own $thing)) (param "b" (borrow $thing)) (param "c" (own $thing))
            (result u32)))))
    (core func $make (canon lower (func $host "make")))
    (core func $give (canon lower (func $host "give")))
    (core module $m
        (import "" "make" (func $make (result i32)))
        (import "" "give" (func $give (param i32 i32 i32) (result i32)))
        (func (export "run") (result i32) (local $a i32) (local $b i32) (local $c i32) (local $sum i32)
            (local.set $a (call $make))
            (local.set $b (call $make))
            (local.set $c (call $make))
            (local.set $sum (call $give (local.get $a) (local.get $b) (local.get $c)))
            ;; The one that was lifted last is used first.
            (if (i32.ne (call $make) (local.get $c)) (then (unreachable)))
            (if (i32.ne (call $make) (local.get $a)) (then (unreachable)))
            (local.get $sum))
        (func (export "twice") (result i32) (local $a i32)
            (local.set $a (call $make))
            (call $give (local.get $a) (call $make) (local.get $a))))
    (core instance $i (instantiate $m (with "" (instance
        (export "make" (func $make)) (export "give" (func $give))))))
    (func (export "run") (result u32) (canon lift (core func $i "run")))
    (func (export "twice") (result u32) (canon lift (core func $i "twice"))))"#;

/// What the host gives.
enum Thing {}

#[derive(Clone, Default)]
struct Things {
    gate: Rc<Gate>,
    made: u64,
    tries: u32,
}

fn giving() -> Linker<Things> {
    let mut linker = Linker::new();
    linker
        .resource::<Thing, _>("host#thing", |_: &mut Things, _| ())
        .func::<(), (Own<Thing>,), _>("host#make", |things, ()| {
            things.made += 1;
            Ok((Own::new(things.made),))
        })
        .func_waiting::<(Own<Thing>, Borrow<Thing>, Own<Thing>), (u32,), _>("host#give", |things, (a, b, c)| {
            things.tries += 1;
            Ok(things.gate.pass(|| ((a.rep() * 100 + b.rep() * 10 + c.rep()) as u32,)))
        });
    wait_at(&mut linker, |things: &Things| &things.gate);
    linker
}

#[test]
fn owned_resources_stay_the_guests_while_it_waits() {
    on_each_engine(|runtime| {
        let component = load(runtime, GIVES);
        let things = Things::default();
        let mut instance = parking(&component, &giving(), things.clone());
        let args = [];
        let mut call = Box::pin(instance.call_async("run", &args));
        assert!(poll(&mut call).is_pending() && poll(&mut call).is_pending());
        things.gate.open();
        let (_, result) = open_until_done(&things.gate, call);
        assert_eq!(result.unwrap(), Some(Val::U32(123)));
        assert_eq!(instance.state().tries, 2);

        let mut blocking = start(&component, &giving(), Things::default());
        assert_eq!(blocking.call("run", &[]).unwrap(), Some(Val::U32(123)));
        assert_eq!(blocking.state().tries, 2);
    });
}

#[test]
fn a_resource_cannot_be_given_twice_in_one_call() {
    on_each_engine(|runtime| {
        let mut instance = start(&load(runtime, GIVES), &giving(), Things::default());
        assert!(message(instance.call("twice", &[])).contains("unknown handle index 1"));
        assert_eq!(instance.state().tries, 0);
    });
}

#[test]
fn a_destructor_waits() {
    on_each_engine(|runtime| {
        let state = State::default();
        let mut instance = parking(&load(runtime, DESTRUCTOR), &linker(), state.clone());
        let mut make = |rep| match instance.call("make", &[Val::U32(rep)]) {
            Ok(Some(Val::Own(thing))) => thing,
            other => panic!("{other:?}"),
        };
        let (first, second) = (make(6), make(8));
        let (opened, result) = open_until_done(&state.gate, instance.drop_resource_async(first));
        assert_eq!((opened, result.is_ok()), (1, true));
        assert_eq!(instance.call("dropped", &[]).unwrap(), Some(Val::U32(7)));
        let mut dropping = Box::pin(instance.drop_resource_async(second));
        assert!(poll(&mut dropping).is_pending());
        drop(dropping);
        assert!(matches!(instance.call("dropped", &[]), Err(CallError::Trap(_))));
    });
}
