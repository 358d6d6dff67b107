//! What the host owns of a guest's resources it passes on or drops once, to the instance that it came from.

use tambo::component::types::ResourceId;
use tambo::component::{CallError, Instance, Linker, Owned, Resource, ResourceTable, SharedInstance, Val};

use crate::resources::{counters, owner};
use crate::{load, on_each_engine, start};

const GONE: &str = "the host does not own the resource: it was given away or dropped";
const FOREIGN: &str = "the resource came from another instance";

fn path(name: &str) -> String {
    format!("t:host/counters@1.0.0#{name}")
}

fn make(owner: &mut Instance<()>, start: u32) -> Resource {
    match owner.call(&path("[constructor]counter"), &[Val::U32(start)]).unwrap() {
        Some(Val::Own(resource)) => resource,
        other => panic!("{other:?}"),
    }
}

#[track_caller]
fn assert_misused<T: std::fmt::Debug>(result: Result<T, CallError>, expected: &str) {
    match result {
        Err(CallError::Misuse(message)) => assert!(message.ends_with(expected), "{message}"),
        other => panic!("{other:?}"),
    }
}

#[test]
fn an_owned_resource_is_passed_on_once() {
    on_each_engine(|runtime| {
        let mut owner = owner(runtime);
        let (one, two) = (make(&mut owner, 10), make(&mut owner, 20));
        let (next, both) = (path("[method]counter.next"), path("both"));
        let given = [Val::Borrow(one), Val::Own(two)];
        assert_eq!(owner.call(&both, &given).unwrap(), Some(Val::U32(32)));
        assert_misused(owner.call(&both, &given), &format!("parameter `b`: {GONE}"));
        assert_misused(owner.call(&next, &[Val::Borrow(two)]), &format!("parameter `self`: {GONE}"));
        assert_misused(owner.drop_resource(two), GONE);
        let typed = owner.func::<(Owned, Owned), (u32,)>(&both);
        assert!(typed.is_err(), "the first is lent");
        // Nothing was called, and what was not wrong with the arguments still is not.
        assert_eq!(owner.call(&next, &[Val::Borrow(one)]).unwrap(), Some(Val::U32(12)));
        owner.drop_resource(one).unwrap();
        assert_misused(owner.drop_resource(one), GONE);
        assert_eq!(owner.call("dropped", &[]).unwrap(), Some(Val::U32(2)));
    });
}

#[test]
fn a_resource_goes_back_to_the_instance_that_it_came_from() {
    on_each_engine(|runtime| {
        let (mut first, mut second) = (owner(runtime), owner(runtime));
        let (of_first, of_second) = (make(&mut first, 1), make(&mut second, 2));
        assert_eq!((of_first.ty, of_first.rep), (of_second.ty, of_second.rep), "only the store tells");
        assert_misused(second.call(&path("[method]counter.next"), &[Val::Borrow(of_first)]), FOREIGN);
        let args = [Val::Borrow(of_second), Val::Own(of_first)];
        assert_misused(second.call(&path("both"), &args), &format!("parameter `b`: {FOREIGN}"));
        assert_misused(second.drop_resource(of_first), FOREIGN);
        // Nor does a host make resources of a guest's types.
        let made = Resource::of_host(of_second.ty, of_second.rep + 400);
        assert_misused(second.drop_resource(made), GONE);
        first.drop_resource(of_first).unwrap();
        second.drop_resource(of_second).unwrap();
    });
}

/// Makes resources of its own and takes lists of them.
const LISTS: &str = r#"(component
    (type $r' (resource (rep i32)))
    (core func $new (canon resource.new $r'))
    (core module $m
        (import "" "new" (func $new (param i32) (result i32)))
        (memory (export "memory") 1)
        (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 64))
        (func (export "make") (result i32) (call $new (i32.const 5)))
        (func (export "take") (param i32 i32) (result i32) (local.get 1)))
    (core instance $m (instantiate $m (with "" (instance (export "new" (func $new))))))
    (export $r "r" (type $r'))
    (func (export "make") (result (own $r)) (canon lift (core func $m "make")))
    (func (export "take") (param "list" (list (own $r))) (result u32)
        (canon lift (core func $m "take")
            (memory (core memory $m "memory")) (realloc (core func $m "realloc")))))"#;

#[test]
fn a_call_that_is_refused_takes_nothing() {
    on_each_engine(|runtime| {
        let mut guest = start(&load(runtime, LISTS), &Linker::<()>::new(), ());
        let make = guest.func::<(), (Owned,)>("make").unwrap();
        let take = guest.func::<(Vec<Owned>,), (u32,)>("take").unwrap();
        // Both of one representation: how many there are is what counts.
        let ((one,), (two,)) = (make.call(&mut guest, ()).unwrap(), make.call(&mut guest, ()).unwrap());
        assert_eq!(one, two);
        assert_misused(take.call(&mut guest, (vec![one, two, one],)), &format!("element 2: {GONE}"));
        let list = |count| [Val::List(vec![Val::Own(one.0); count])];
        assert_misused(guest.call("take", &list(3)), &format!("parameter `list`: {GONE}"));
        assert_eq!(guest.call("take", &list(1)).unwrap(), Some(Val::U32(1)));
        assert_misused(take.call(&mut guest, (vec![one, two],)), &format!("element 1: {GONE}"));
        assert_eq!(take.call(&mut guest, (vec![two],)).unwrap(), (1,));
        assert_misused(guest.call("take", &list(1)), GONE);
    });
}

/// Takes a counter, drops it, and says nothing.
const TAKER: &str = r#"(component
    (import "t:host/counters@1.0.0" (instance $host (export "counter" (type $counter (sub resource)))))
    (alias export $host "counter" (type $counter))
    (core func $drop (canon resource.drop $counter))
    (core module $m
        (import "" "drop" (func $drop (param i32)))
        (func (export "take") (param i32) (call $drop (local.get 0))))
    (core instance $m (instantiate $m (with "" (instance (export "drop" (func $drop))))))
    (func (export "take") (param "c" (own $counter)) (canon lift (core func $m "take"))))"#;

#[test]
fn a_resource_of_a_linked_component_that_the_host_made_up_is_no_bug_of_ours() {
    on_each_engine(|runtime| {
        let mut provider = owner(runtime);
        let real = make(&mut provider, 1);
        let provider = SharedInstance::new(provider);
        let mut linker = Linker::<()>::new();
        linker.instance("t:host/counters@1.0.0", &provider);
        let component = load(runtime, TAKER);
        let ty = component.imported_resource("t:host/counters@1.0.0#counter").unwrap();
        let mut user = start(&component, &linker, ());
        // A host that knows what it does may hand on what it holds.
        user.call("take", &[Val::Own(Resource::of_host(ty, real.rep))]).unwrap();
        assert_eq!(provider.call("dropped", &[]).unwrap(), Some(Val::U32(1)));
        let error = user.call("take", &[Val::Own(Resource::of_host(ty, real.rep))]).unwrap_err();
        let CallError::Trap(trap) = error else { panic!("{error}") };
        assert_eq!(
            trap.kind.to_string(),
            format!("the linked component was not called: cannot drop a resource: {GONE}")
        );
        assert_eq!(provider.call("dropped", &[]).unwrap(), Some(Val::U32(1)));
        assert!(matches!(provider.drop_resource(Resource::of_host(ResourceId(900), 0)), Err(CallError::Misuse(_))));
    });
}

/// Imports a resource type of two versions, of which it cannot know that they are one, and exports both.
const TWO_NAMES: &str = r#"(component
    (import "t:host/counters@1.0.0" (instance $one (export "counter" (type $counter (sub resource)))))
    (import "t:host/counters@1.1.0" (instance $two (export "counter" (type $counter (sub resource)))))
    (alias export $one "counter" (type $one-counter))
    (alias export $two "counter" (type $two-counter))
    (core module $m (func (export "pass") (param i32) (result i32) (local.get 0)))
    (core instance $m (instantiate $m))
    (export $first "first" (type $one-counter))
    (export $second "second" (type $two-counter))
    (func (export "pass-first") (param "c" (own $first)) (result (own $first)) (canon lift (core func $m "pass")))
    (func (export "pass-second") (param "c" (own $second)) (result (own $second)) (canon lift (core func $m "pass"))))"#;

/// Knows that all three are one.
const ONE_TYPE: &str = r#"(component
    (import "t:host/counters@1.0.0" (instance $host
        (export "counter" (type $counter (sub resource)))
        (export "[constructor]counter" (func (param "start" u32) (result (own $counter))))
        (export "[method]counter.next" (func (param "self" (borrow $counter)) (result u32)))))
    (alias export $host "counter" (type $counter))
    (import "passing" (instance $passing
        (alias outer 1 $counter (type $counter'))
        (export "first" (type $first (eq $counter')))
        (export "second" (type $second (eq $counter')))
        (export "pass-first" (func (param "c" (own $first)) (result (own $first))))
        (export "pass-second" (func (param "c" (own $second)) (result (own $second))))))
    (core func $new (canon lower (func $host "[constructor]counter")))
    (core func $next (canon lower (func $host "[method]counter.next")))
    (core func $first (canon lower (func $passing "pass-first")))
    (core func $second (canon lower (func $passing "pass-second")))
    (core func $drop (canon resource.drop $counter))
    (core module $m
        (import "" "new" (func $new (param i32) (result i32)))
        (import "" "next" (func $next (param i32) (result i32)))
        (import "" "first" (func $first (param i32) (result i32)))
        (import "" "second" (func $second (param i32) (result i32)))
        (import "" "drop" (func $drop (param i32)))
        (func (export "run") (result i32) (local $counter i32)
            (local.set $counter (call $second (call $first (call $new (i32.const 41)))))
            (call $next (local.get $counter))
            (call $drop (local.get $counter))))
    (core instance $m (instantiate $m (with "" (instance
        (export "new" (func $new)) (export "next" (func $next)) (export "first" (func $first))
        (export "second" (func $second)) (export "drop" (func $drop))))))
    (func (export "run") (result u32) (canon lift (core func $m "run"))))"#;

#[test]
fn a_type_of_a_provider_may_have_several_names() {
    on_each_engine(|runtime| {
        let owner = SharedInstance::new(owner(runtime));
        let mut linker = Linker::<()>::new();
        linker.instance("t:host/counters@1.1.0", &owner);
        let passing = SharedInstance::new(start(&load(runtime, TWO_NAMES), &linker, ()));
        linker.instance("passing", &passing);
        let mut user = start(&load(runtime, ONE_TYPE), &linker, ());
        assert_eq!(user.call("run", &[]).unwrap(), Some(Val::U32(42)));
        assert_eq!(owner.call("dropped", &[]).unwrap(), Some(Val::U32(1)));
    });
}

/// The provider has a state of its own, in which a representation of the user's is another resource.
#[test]
fn resources_of_the_host_do_not_pass_from_one_state_to_another() {
    on_each_engine(|runtime| {
        let mut linker = counters();
        let passing = SharedInstance::new(start(&load(runtime, TWO_NAMES), &linker, ResourceTable::new()));
        linker.instance("passing", &passing);
        let error = load(runtime, ONE_TYPE).link(&linker).err().unwrap();
        assert!(error.message().contains("passing#first: another resource type than under its other name"), "{error}");
    });
}
