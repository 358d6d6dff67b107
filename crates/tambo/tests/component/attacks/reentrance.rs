//! Case 23: calls that come back to a component that is running (CanonicalABI.md, "Component Instances": `may_enter_from`,
//! `may_leave`). Within one image, parents and children are tested by scripts (`reentrance/*.wast`).

use tambo::component::SharedInstance;

use super::*;

/// Exports `go`, which calls the import `there`, and `end`, which calls nothing.
const LINK: &str = r#"(component
    (import "next" (instance $next (export "go" (func)) (export "end" (func))))
    (core func $go (canon lower (func $next "go")))
    (core func $end (canon lower (func $next "end")))
    (core module $m
        (import "" "go" (func $go)) (import "" "end" (func $end))
        (func (export "go") (call $go))
        (func (export "to-end") (call $end))
        (func (export "end")))
    (core instance $m (instantiate $m (with "" (instance (export "go" (func $go)) (export "end" (func $end))))))
    (func (export "go") (canon lift (core func $m "go")))
    (func (export "to-end") (canon lift (core func $m "to-end")))
    (func (export "end") (canon lift (core func $m "end"))))"#;

thread_local! {
    /// Whom the host calls back.
    static BACK: std::cell::RefCell<Option<SharedInstance>> = const { std::cell::RefCell::new(None) };
}

fn calling_back(path: &'static str) -> Linker<()> {
    let mut linker = Linker::new();
    for name in ["next#go", "next#end"] {
        linker.func::<(), (), _>(name, move |(), ()| {
            let back = BACK.with(|back| back.borrow().clone());
            match back.map(|back| back.call(path, &[])) {
                Some(Err(CallError::Trap(trap))) => Err(tambo::Trap::new(trap.kind)),
                _ => Ok(()),
            }
        });
    }
    linker
}

#[test]
fn case_23_a_component_cannot_be_entered_again_through_the_host() {
    on_each_engine(|runtime| {
        let component = load(runtime, LINK);
        for path in ["go", "end"] {
            let shared = SharedInstance::new(start(&component, &calling_back(path), ()));
            shared.call("go", &[]).unwrap();
            BACK.with(|back| *back.borrow_mut() = Some(shared.clone()));
            assert_traps(shared.call("go", &[]), "cannot enter component instance");
            // It trapped, so it stays closed; nothing is locked or borrowed for ever.
            assert_traps(shared.call("end", &[]), "cannot enter component instance");
            BACK.with(|back| *back.borrow_mut() = None);
        }
    });
}

#[test]
fn case_23_a_ring_of_components_traps_and_a_chain_does_not() {
    on_each_engine(|runtime| {
        let component = load(runtime, LINK);
        // The first calls the host, each other one the one before it.
        let first = SharedInstance::new(start(&component, &calling_back("end"), ()));
        let mut last = first.clone();
        for _ in 0..20 {
            let mut linker = Linker::<()>::new();
            linker.instance("next", &last);
            last = SharedInstance::new(start(&component, &linker, ()));
        }
        last.call("go", &[]).unwrap();
        last.call("to-end", &[]).unwrap();
        BACK.with(|back| *back.borrow_mut() = Some(last.clone()));
        last.call("to-end", &[]).unwrap();
        assert_traps(last.call("go", &[]), "cannot enter component instance");
        assert_traps(first.call("end", &[]), "cannot enter component instance");
        BACK.with(|back| *back.borrow_mut() = None);
    });
}

#[test]
fn case_23_what_may_not_leave_cannot_call() {
    let text = r#"(component
        (import "host" (func $host))
        (core func $host (canon lower (func $host)))
        (core module $m
            (import "" "host" (func $host))
            (memory (export "memory") 1)
            (func (export "realloc") (param i32 i32 i32 i32) (result i32) (call $host) (i32.const 64))
            (func (export "take") (param i32 i32))
            (func (export "give") (result i32) (i32.const 16))
            (func (export "post") (param i32) (call $host))
            (func (export "fine") (call $host)))
        (core instance $m (instantiate $m (with "" (instance (export "host" (func $host))))))
        (func (export "take") (param "s" string)
            (canon lift (core func $m "take") (memory (core memory $m "memory")) (realloc (core func $m "realloc"))))
        (func (export "give") (result string)
            (canon lift (core func $m "give") (memory (core memory $m "memory")) (post-return (core func $m "post"))))
        (func (export "fine") (canon lift (core func $m "fine"))))"#;
    on_each_engine(|runtime| {
        let component = load(runtime, text);
        let mut linker = Linker::<u32>::new();
        linker.func::<(), (), _>("host", |calls, ()| {
            *calls += 1;
            Ok(())
        });
        for (name, args) in [("take", vec![Val::String("x".to_owned())]), ("give", vec![])] {
            let mut instance = start(&component, &linker, 0);
            instance.call("fine", &[]).unwrap();
            assert_traps(instance.call(name, &args), "cannot leave component instance");
            assert_eq!(*instance.state(), 1);
        }
    });
}

#[test]
fn case_23_endless_recursion_exhausts_the_guest_and_not_the_host() {
    // A destructor that drops another resource of its type, which does the same.
    let text = r#"(component
        (core module $cell (table (export "t") 1 funcref)
            (func (export "destroy") (param i32) (call_indirect (param i32) (local.get 0) (i32.const 0))))
        (core instance $cell (instantiate $cell))
        (type $r (resource (rep i32) (dtor (core func $cell "destroy"))))
        (core func $new (canon resource.new $r))
        (core func $drop (canon resource.drop $r))
        (core module $m
            (import "" "new" (func $new (param i32) (result i32)))
            (import "" "drop" (func $drop (param i32)))
            (import "" "t" (table 1 funcref))
            (elem (i32.const 0) $again)
            (func $again (param i32) (call $drop (call $new (local.get 0))))
            (func (export "go") (call $again (i32.const 1))))
        (core instance $m (instantiate $m (with "" (instance
            (export "new" (func $new)) (export "drop" (func $drop)) (export "t" (table $cell "t"))))))
        (func (export "go") (canon lift (core func $m "go"))))"#;
    on_each_engine(|runtime| {
        let mut instance = start(&load(runtime, text), &Linker::<()>::new(), ());
        assert_eq!(trap_of(instance.call("go", &[])), TrapKind::StackOverflow);
    });
}
