//! Resources of the host, and of a guest.

use tambo::TrapKind;
use tambo::component::{
    Borrow, CallError, Instance, Limits, Linker, Own, Resource, ResourceTable, SharedInstance, Val,
};

use crate::{load, on_each_engine, start};

/// Uses counters of the host.
const USER: &str = r#"(component
    (import "t:host/counters@1.0.0" (instance $host
        (export "counter" (type $counter (sub resource)))
        (export "[constructor]counter" (func (param "start" u32) (result (own $counter))))
        (export "[method]counter.next" (func (param "self" (borrow $counter)) (result u32)))
        (export "both" (func (param "a" (borrow $counter)) (param "b" (own $counter)) (result u32)))))
    (alias export $host "counter" (type $counter))
    (core func $new (canon lower (func $host "[constructor]counter")))
    (core func $next (canon lower (func $host "[method]counter.next")))
    (core func $both (canon lower (func $host "both")))
    (core func $drop (canon resource.drop $counter))
    (core module $m
        (import "" "new" (func $new (param i32) (result i32)))
        (import "" "next" (func $next (param i32) (result i32)))
        (import "" "both" (func $both (param i32 i32) (result i32)))
        (import "" "drop" (func $drop (param i32)))
        (func (export "run") (param $start i32) (result i32) (local $counter i32)
            (local.set $counter (call $new (local.get $start)))
            (drop (call $next (local.get $counter)))
            (drop (call $next (local.get $counter)))
            (call $next (local.get $counter))
            (call $drop (local.get $counter)))
        (func (export "keep") (drop (call $new (i32.const 0))))
        (func (export "unknown") (drop (call $next (i32.const 7))))
        (func (export "fine") (result i32)
            (call $both (call $new (i32.const 1)) (call $new (i32.const 10))))
        (func (export "lent") (result i32) (local $counter i32)
            (local.set $counter (call $new (i32.const 1)))
            (call $both (local.get $counter) (local.get $counter))))
    (core instance $i (instantiate $m (with "" (instance
        (export "new" (func $new)) (export "next" (func $next)) (export "both" (func $both))
        (export "drop" (func $drop))))))
    (func (export "run") (param "start" u32) (result u32) (canon lift (core func $i "run")))
    (func (export "keep") (canon lift (core func $i "keep")))
    (func (export "unknown") (canon lift (core func $i "unknown")))
    (func (export "fine") (result u32) (canon lift (core func $i "fine")))
    (func (export "lent") (result u32) (canon lift (core func $i "lent"))))"#;

/// Exports counters of its own, under the same names.
const OWNER: &str = r#"(component
    (core module $destructor
        (global $dropped (mut i32) (i32.const 0))
        (func (export "destroy") (param i32) (global.set $dropped (i32.add (global.get $dropped) (i32.const 1))))
        (func (export "dropped") (result i32) (global.get $dropped)))
    (core instance $destructor (instantiate $destructor))
    (type $counter' (resource (rep i32) (dtor (core func $destructor "destroy"))))
    (core func $new (canon resource.new $counter'))
    (core func $rep (canon resource.rep $counter'))
    (core func $drop (canon resource.drop $counter'))
    (core module $m
        (import "" "new" (func $new (param i32) (result i32)))
        (import "" "rep" (func $rep (param i32) (result i32)))
        (import "" "drop" (func $drop (param i32)))
        (memory 1)
        (global $free (mut i32) (i32.const 16))
        (func (export "new") (param i32) (result i32)
            (global.set $free (i32.add (global.get $free) (i32.const 4)))
            (i32.store (global.get $free) (local.get 0))
            (call $new (global.get $free)))
        (func $next (export "next") (param $at i32) (result i32)
            (i32.store (local.get $at) (i32.add (i32.load (local.get $at)) (i32.const 1)))
            (i32.load (local.get $at)))
        (func (export "both") (param $a i32) (param $b i32) (result i32)
            (i32.add (call $next (local.get $a)) (call $next (call $rep (local.get $b))))
            (call $drop (local.get $b))))
    (core instance $i (instantiate $m (with "" (instance
        (export "new" (func $new)) (export "rep" (func $rep)) (export "drop" (func $drop))))))
    (component $interface
        (import "counter" (type $c (sub resource)))
        (import "new" (func $new (param "start" u32) (result (own $c))))
        (import "next" (func $next (param "self" (borrow $c)) (result u32)))
        (import "both" (func $both (param "a" (borrow $c)) (param "b" (own $c)) (result u32)))
        (export $counter "counter" (type $c))
        (export "[constructor]counter" (func $new) (func (param "start" u32) (result (own $counter))))
        (export "[method]counter.next" (func $next) (func (param "self" (borrow $counter)) (result u32)))
        (export "both" (func $both) (func (param "a" (borrow $counter)) (param "b" (own $counter)) (result u32))))
    (func $lifted-new (param "start" u32) (result (own $counter')) (canon lift (core func $i "new")))
    (func $lifted-next (param "self" (borrow $counter')) (result u32) (canon lift (core func $i "next")))
    (func $lifted-both (param "a" (borrow $counter')) (param "b" (own $counter')) (result u32)
        (canon lift (core func $i "both")))
    (instance $counters (instantiate $interface
        (with "counter" (type $counter')) (with "new" (func $lifted-new)) (with "next" (func $lifted-next))
        (with "both" (func $lifted-both))))
    (export "t:host/counters@1.2.0" (instance $counters))
    (func (export "dropped") (result u32) (canon lift (core func $destructor "dropped"))))"#;

/// A resource type of the host.
pub(crate) enum Counter {}

pub(crate) fn counters() -> Linker<ResourceTable<u32>> {
    let mut linker = Linker::<ResourceTable<u32>>::new();
    let next = |table: &mut ResourceTable<u32>, rep| {
        let counter = table.get_mut(rep).unwrap();
        *counter += 1;
        *counter
    };
    linker
        .resource::<Counter, _>("t:host/counters@1.0.0#counter", |table, counter| {
            table.remove(counter.rep()).unwrap();
        })
        .func::<(u32,), (Own<Counter>,), _>("t:host/counters@1.0.0#[constructor]counter", |table, (start,)| {
            Ok((Own::new(table.add(start)),))
        })
        .func::<(Borrow<Counter>,), (u32,), _>(
            "t:host/counters@1.0.0#[method]counter.next",
            move |table, (counter,)| Ok((next(table, counter.rep()),)),
        )
        .func::<(Borrow<Counter>, Own<Counter>), (u32,), _>("t:host/counters@1.0.0#both", move |table, (a, b)| {
            let sum = next(table, a.rep()) + next(table, b.rep());
            table.remove(b.rep()).unwrap();
            Ok((sum,))
        });
    linker
}

fn trap_of(result: Result<Option<Val>, CallError>) -> String {
    match result {
        Err(CallError::Trap(trap)) => match trap.kind {
            TrapKind::Host(message) => message,
            other => panic!("{other}"),
        },
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_guest_uses_and_drops_resources_of_the_host() {
    on_each_engine(|runtime| {
        let mut instance = start(&load(runtime, USER), &counters(), ResourceTable::new());
        assert_eq!(instance.call("run", &[Val::U32(10)]).unwrap(), Some(Val::U32(13)));
        assert!(instance.state().is_empty());
        assert_eq!(instance.call("fine", &[]).unwrap(), Some(Val::U32(13)));
        assert_eq!(instance.state().len(), 1);
    });
}

#[test]
fn handles_that_are_none_and_handles_that_are_lent_trap() {
    on_each_engine(|runtime| {
        let component = load(runtime, USER);
        let call = |name| trap_of(start(&component, &counters(), ResourceTable::new()).call(name, &[]));
        assert_eq!(call("unknown"), "unknown handle index 7");
        assert_eq!(call("lent"), "cannot remove owned resource while borrowed");
    });
}

/// Attack case 13.
#[test]
fn a_guest_has_so_many_handles_and_no_more() {
    on_each_engine(|runtime| {
        let linked = load(runtime, USER).link(&counters()).unwrap();
        let limits = Limits { handles: 50, ..Limits::default() };
        let mut instance = linked.instantiate(ResourceTable::new(), &limits).unwrap();
        let kept = (0..100).take_while(|_| instance.call("keep", &[]).is_ok()).count();
        assert_eq!(kept, 50);
    });
}

pub(crate) fn owner(runtime: &tambo::Runtime) -> Instance<()> {
    start(&load(runtime, OWNER), &Linker::new(), ())
}

#[test]
fn the_host_holds_and_drops_resources_of_a_guest() {
    on_each_engine(|runtime| {
        let mut owner = owner(runtime);
        let path = |name: &str| format!("t:host/counters@1.0.0#{name}");
        let mut make = |start| match owner.call(&path("[constructor]counter"), &[Val::U32(start)]).unwrap() {
            Some(Val::Own(resource)) => resource,
            other => panic!("{other:?}"),
        };
        let (one, two) = (make(10), make(20));
        let next = path("[method]counter.next");
        assert_eq!(owner.call(&next, &[Val::Borrow(one)]).unwrap(), Some(Val::U32(11)));
        assert_eq!(owner.call(&next, &[Val::Borrow(one)]).unwrap(), Some(Val::U32(12)));
        let both = owner.call(&path("both"), &[Val::Borrow(one), Val::Own(two)]).unwrap();
        assert_eq!(both, Some(Val::U32(34)));
        assert_eq!(owner.call("dropped", &[]).unwrap(), Some(Val::U32(1)));
        owner.drop_resource(one).unwrap();
        assert_eq!(owner.call("dropped", &[]).unwrap(), Some(Val::U32(2)));
    });
}

#[test]
fn a_component_uses_the_resources_of_another_one_that_runs() {
    on_each_engine(|runtime| {
        let owner = SharedInstance::new(owner(runtime));
        let mut linker = Linker::<()>::new();
        linker.instance("t:host/counters@1.0.0", &owner);
        let mut user = start(&load(runtime, USER), &linker, ());
        assert_eq!(user.call("run", &[Val::U32(10)]).unwrap(), Some(Val::U32(13)));
        assert_eq!(owner.call("dropped", &[]).unwrap(), Some(Val::U32(1)));
        assert_eq!(user.call("fine", &[]).unwrap(), Some(Val::U32(13)));
        assert_eq!(owner.call("dropped", &[]).unwrap(), Some(Val::U32(2)));
        assert_eq!(trap_of(user.call("lent", &[])), "cannot remove owned resource while borrowed");
    });
}

#[test]
fn what_a_component_owns_of_another_one_is_dropped_with_it() {
    on_each_engine(|runtime| {
        let owner = SharedInstance::new(owner(runtime));
        let mut linker = Linker::<()>::new();
        linker.instance("t:host/counters@1.0.0", &owner);
        let mut user = start(&load(runtime, USER), &linker, ());
        for _ in 0..3 {
            user.call("keep", &[]).unwrap();
        }
        assert_eq!(owner.call("dropped", &[]).unwrap(), Some(Val::U32(0)));
        drop(user);
        assert_eq!(owner.call("dropped", &[]).unwrap(), Some(Val::U32(3)));
    });
}

/// Exports functions that take a counter of the host; one of them forgets to give it back.
const BORROWER: &str = r#"(component
    (import "counter" (type $counter (sub resource)))
    (core func $drop (canon resource.drop $counter))
    (core module $m
        (import "" "drop" (func $drop (param i32)))
        (func (export "drops") (param i32) (call $drop (local.get 0)))
        (func (export "forgets") (param i32)))
    (core instance $i (instantiate $m (with "" (instance (export "drop" (func $drop))))))
    (func (export "drops") (param "c" (borrow $counter)) (canon lift (core func $i "drops")))
    (func (export "forgets") (param "c" (borrow $counter)) (canon lift (core func $i "forgets"))))"#;

#[test]
fn what_the_host_lends_is_given_back_before_the_call_ends() {
    on_each_engine(|runtime| {
        let component = load(runtime, BORROWER);
        let mut linker = Linker::<u32>::new();
        linker.resource::<Counter, _>("counter", |dropped, _| *dropped += 1);
        let mut instance = start(&component, &linker, 0);
        let ty = component.imported_resource("counter").unwrap();
        let lent = Val::Borrow(Resource::of_host(ty, 5));
        assert_eq!(instance.call("drops", std::slice::from_ref(&lent)).unwrap(), None);
        let drops = instance.func::<(Borrow<Counter>,), ()>("drops").unwrap();
        drops.call(&mut instance, (Borrow::new(6),)).unwrap();
        assert_eq!(*instance.state(), 0);
        assert_eq!(trap_of(instance.call("forgets", &[lent])), "borrow handles still remain at the end of the call");
    });
}
