//! A component that trapped is not called again.

use std::task::Poll;
use std::time::Duration;

use tambo::component::{CallError, Limits, Linker, Val};
use tambo::{Config, EngineConfig, EngineKind, Runtime, Stopper, Trap, TrapKind};

use crate::{load, on_each_engine, start};

const TRAPS: &str = r#"(component
    (import "fail" (func $fail))
    (core func $fail (canon lower (func $fail)))
    (core module $m
        (import "" "fail" (func $fail))
        (func (export "unreachable") unreachable)
        (func (export "fail") (call $fail))
        (func (export "bad") (result i32) (i32.const 0xd800))
        (func (export "fine") (result i32) (i32.const 1)))
    (core instance $i (instantiate $m (with "" (instance (export "fail" (func $fail))))))
    (func (export "unreachable") (canon lift (core func $i "unreachable")))
    (func (export "fail") (canon lift (core func $i "fail")))
    (func (export "bad") (result char) (canon lift (core func $i "bad")))
    (func (export "fine") (result u32) (canon lift (core func $i "fine"))))"#;

fn linker() -> Linker<()> {
    let mut linker = Linker::new();
    linker.func::<(), (), _>("fail", |(), ()| Err(Trap::new(TrapKind::Host("the host says no".to_owned()))));
    linker
}

#[test]
fn a_trap_locks_the_instance() {
    on_each_engine(|runtime| {
        let component = load(runtime, TRAPS);
        for (name, message) in [
            ("unreachable", "`unreachable` instruction executed"),
            ("fail", "the host says no"),
            ("bad", "invalid `char` bit pattern: 0xd800"),
        ] {
            let mut instance = start(&component, &linker(), ());
            assert_eq!(instance.call("fine", &[]).unwrap(), Some(Val::U32(1)));
            let fine = instance.func::<(), (u32,)>("fine").unwrap();
            assert_eq!(instance.call(name, &[]).unwrap_err().to_string(), message);
            assert!(instance.has_trapped());
            for error in [instance.call("fine", &[]).unwrap_err(), fine.call(&mut instance, ()).unwrap_err()] {
                let CallError::Trap(trap) = error else { panic!("{error}") };
                assert!(trap.to_string().starts_with("cannot enter component instance"), "{trap}");
            }
        }
    });
}

#[test]
fn a_start_function_that_traps_makes_no_instance() {
    on_each_engine(|runtime| {
        let text = "(component (core module $m (func $f unreachable) (start $f)) (core instance (instantiate $m)))";
        let linked = load(runtime, text).link(&Linker::<()>::new()).unwrap();
        let trap = linked.instantiate((), &Limits::default()).err().unwrap();
        assert_eq!(trap.kind, TrapKind::Unreachable);
    });
}

#[test]
fn a_stopped_instance_stays_stopped() {
    on_each_engine(|runtime| {
        let mut instance = start(&load(runtime, TRAPS), &linker(), ());
        instance.stopper().stop();
        assert!(matches!(instance.call("fine", &[]), Err(CallError::Trap(trap)) if trap.kind == TrapKind::Interrupted));
    });
}

#[test]
fn a_function_that_has_to_wait_is_called_again_with_the_same_arguments() {
    let text = r#"(component
        (import "wait" (func $wait (param "n" u32) (result u32)))
        (core func $wait (canon lower (func $wait)))
        (core module $m
            (import "" "wait" (func $wait (param i32) (result i32)))
            (func (export "run") (param i32) (result i32) (call $wait (local.get 0))))
        (core instance $i (instantiate $m (with "" (instance (export "wait" (func $wait))))))
        (func (export "run") (param "n" u32) (result u32) (canon lift (core func $i "run"))))"#;
    on_each_engine(|runtime| {
        let mut linker = Linker::<u32>::new();
        linker
            .func_waiting::<(u32,), (u32,), _>("wait", |waited, (n,)| {
                Ok(if *waited < n { Poll::Pending } else { Poll::Ready((100 + n,)) })
            })
            .wait_with(
                |waited| {
                    *waited += 1;
                    Ok(())
                },
                |_, _| Poll::Pending,
            );
        let mut instance = start(&load(runtime, text), &linker, 0);
        assert_eq!(instance.call("run", &[Val::U32(3)]).unwrap(), Some(Val::U32(103)));
        assert_eq!(*instance.state(), 3);
    });
}

#[test]
fn a_start_function_that_never_ends_can_be_stopped() {
    let text = r#"(component
        (core module $m (func $spin (loop (br 0))) (start $spin))
        (core instance (instantiate $m)))"#;
    for &engine in EngineKind::ALL {
        let engine_config = EngineConfig { interrupts: true, ..EngineConfig::default() };
        let runtime = Runtime::with_config(Config { engine, engine_config, ..Config::default() }).unwrap();
        let linked = load(&runtime, text).link(&Linker::<()>::new()).unwrap();
        let start = |begin: &mut dyn FnMut(Stopper)| linked.instantiate_with((), &Limits::default(), begin).err();
        let mut watchdog = None;
        let trap = start(&mut |stopper| watchdog = Some(stopper.stop_after(Duration::from_millis(50)).unwrap()));
        assert_eq!(trap.unwrap().kind, TrapKind::Interrupted);
        assert!(watchdog.unwrap().expired());
        assert_eq!(start(&mut |stopper| stopper.stop()).unwrap().kind, TrapKind::Interrupted);
    }
}
