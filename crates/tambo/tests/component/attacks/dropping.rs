//! Case 22: instances that end in the middle of something. What the host kept for them is dropped, once, and others go
//! on.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::Poll;

use tambo::Trap;
use tambo::component::{Borrow, Own, Resource, SharedInstance};

use super::*;

/// `hold` lends a resource of the host to a function that waits; `own` gives one of its own to the host.
const HOLDER: &str = r#"(component
    (import "r" (type $r (sub resource)))
    (import "make" (func $make (result (own $r))))
    (import "wait" (func $wait (param "b" (borrow $r)) (param "s" string) (result string)))
    LIBC
    (core module $destructor
        (global $dropped (mut i32) (i32.const 0))
        (func (export "destroy") (param i32)
            (if (i32.eq (local.get 0) (i32.const 13)) (then unreachable))
            (global.set $dropped (i32.add (global.get $dropped) (i32.const 1))))
        (func (export "dropped") (result i32) (global.get $dropped)))
    (core instance $destructor (instantiate $destructor))
    (type $own' (resource (rep i32) (dtor (core func $destructor "destroy"))))
    (export $own "own" (type $own'))
    (core func $make (canon lower (func $make)))
    (core func $wait (canon lower (func $wait) OPTIONS))
    (core func $new (canon resource.new $own'))
    (core module $m
        (import "" "make" (func $make (result i32)))
        (import "" "wait" (func $wait (param i32 i32 i32 i32)))
        (import "" "new" (func $new (param i32) (result i32)))
        (func (export "hold") (call $wait (call $make) (i32.const 0) (i32.const 4) (i32.const 64)))
        (func (export "make-own") (param i32) (result i32) (call $new (local.get 0))))
    (core instance $m (instantiate $m (with "" (instance
        (export "make" (func $make)) (export "wait" (func $wait)) (export "new" (func $new))))))
    (func (export "hold") (canon lift (core func $m "hold")))
    (func (export "make-own") (param "rep" u32) (result (own $own)) (canon lift (core func $m "make-own")))
    (func (export "dropped") (result u32) (canon lift (core func $destructor "dropped"))))"#;

fn holder(runtime: &Runtime) -> tambo::component::Component {
    load(runtime, &HOLDER.replace("LIBC", LIBC).replace("OPTIONS", OPTIONS))
}

/// How the host's function ends.
#[derive(Clone, Copy, PartialEq)]
enum End {
    Traps,
    WaitsAndTraps,
    WaitsAndReturns,
}

/// Counts how many there are.
struct Counted(Arc<AtomicUsize>);

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

fn linker(end: End) -> Linker<(Counted, u32)> {
    let mut linker = Linker::new();
    linker
        .resource::<Counted, _>("r", |_, _| {})
        .func::<(), (Own<Counted>,), _>("make", |_, ()| Ok((Own::new(5),)))
        .func_waiting::<(Borrow<Counted>, &'static str), (String,), _>("wait", move |(_, waited), (lent, text)| {
            assert_eq!((lent.rep(), text.len()), (5, 4));
            match end {
                End::Traps => Err(Trap::new(TrapKind::Host("the host says no".to_owned()))),
                _ if *waited < 3 => Ok(Poll::Pending),
                _ => Ok(Poll::Ready(("x".repeat(100),))),
            }
        })
        .wait_with(
            move |(_, waited)| {
                *waited += 1;
                match end {
                    End::WaitsAndTraps if *waited == 2 => Err(Trap::new(TrapKind::Interrupted)),
                    _ => Ok(()),
                }
            },
            |_, _| Poll::Pending,
        );
    linker
}

#[test]
fn case_22_a_host_function_that_traps_or_waits_leaves_nothing_behind() {
    on_each_engine(|runtime| {
        let component = holder(runtime);
        for end in [End::Traps, End::WaitsAndTraps, End::WaitsAndReturns] {
            let linked = component.link(&linker(end)).unwrap();
            let count = Arc::new(AtomicUsize::new(0));
            for round in 0..50 {
                count.fetch_add(1, Ordering::SeqCst);
                let mut instance = linked.instantiate((Counted(count.clone()), 0), &Limits::default()).unwrap();
                let result = instance.call("hold", &[]);
                assert_eq!(result.is_ok(), end == End::WaitsAndReturns);
                assert_eq!(instance.has_trapped(), end != End::WaitsAndReturns);
                // Half of them are dropped here, half give their state back.
                if round % 2 == 0 {
                    drop(instance.into_state());
                }
            }
            assert_eq!(count.load(Ordering::SeqCst), 0);
        }
    });
}

fn own(instance: &mut Instance<(Counted, u32)>, rep: u32) -> Resource {
    match instance.call("make-own", &[Val::U32(rep)]).unwrap() {
        Some(Val::Own(resource)) => resource,
        other => panic!("{other:?}"),
    }
}

#[test]
fn case_22_the_host_holds_resources_of_an_instance_that_ended() {
    on_each_engine(|runtime| {
        let linked = holder(runtime).link(&linker(End::Traps)).unwrap();
        let state = || (Counted(Arc::new(AtomicUsize::new(1))), 0);
        let mut first = linked.instantiate(state(), &Limits::default()).unwrap();
        let mut second = linked.instantiate(state(), &Limits::default()).unwrap();
        let held = own(&mut first, 7);
        drop(first);
        // To another instance it means nothing, and is refused.
        let refused = second.drop_resource(held).unwrap_err();
        assert!(refused.to_string().ends_with("the resource came from another instance"), "{refused}");
        assert_eq!(second.call("dropped", &[]).unwrap(), Some(Val::U32(0)));

        // A trap in the middle of a call: what the host holds cannot be dropped any more, which it is told.
        let held = own(&mut second, 8);
        assert_traps(second.call("hold", &[]), "the host says no");
        assert_traps(second.drop_resource(held), "cannot enter component instance");

        // A destructor that traps ends its instance, and only that.
        let mut third = linked.instantiate(state(), &Limits::default()).unwrap();
        let bad = own(&mut third, 13);
        assert_traps(third.drop_resource(bad), "unreachable");
        assert_traps(third.call("dropped", &[]), "cannot enter component instance");
        let mut fourth = linked.instantiate(state(), &Limits::default()).unwrap();
        assert_eq!(fourth.call("dropped", &[]).unwrap(), Some(Val::U32(0)));
    });
}

#[test]
fn case_22_a_provider_that_trapped_ends_its_user_and_no_other() {
    const PROVIDER: &str = r#"(component
        (core module $m (func (export "fail") unreachable) (func (export "fine")))
        (core instance $m (instantiate $m))
        (func (export "fail") (canon lift (core func $m "fail")))
        (func (export "fine") (canon lift (core func $m "fine"))))"#;
    const USER: &str = r#"(component
        (import "p" (instance $p (export "fail" (func)) (export "fine" (func))))
        (core func $fail (canon lower (func $p "fail")))
        (core func $fine (canon lower (func $p "fine")))
        (core module $m
            (import "" "fail" (func $fail)) (import "" "fine" (func $fine))
            (func (export "fail") (call $fail)) (func (export "fine") (call $fine)))
        (core instance $m (instantiate $m (with "" (instance (export "fail" (func $fail)) (export "fine" (func $fine))))))
        (func (export "fail") (canon lift (core func $m "fail")))
        (func (export "fine") (canon lift (core func $m "fine"))))"#;
    on_each_engine(|runtime| {
        let provider = SharedInstance::new(start(&load(runtime, PROVIDER), &Linker::<()>::new(), ()));
        let other = SharedInstance::new(start(&load(runtime, PROVIDER), &Linker::<()>::new(), ()));
        let component = load(runtime, USER);
        let user = |of: &SharedInstance| {
            let mut linker = Linker::<()>::new();
            linker.instance("p", of);
            start(&component, &linker, ())
        };
        let (mut one, mut two, mut three) = (user(&provider), user(&provider), user(&other));
        two.call("fine", &[]).unwrap();
        assert_traps(one.call("fail", &[]), "unreachable");
        assert_traps(one.call("fine", &[]), "cannot enter component instance");
        assert_traps(two.call("fine", &[]), "cannot enter component instance");
        drop(provider);
        drop((one, two));
        three.call("fine", &[]).unwrap();
    });
}
