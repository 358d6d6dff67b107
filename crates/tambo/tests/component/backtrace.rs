//! Traps say where in a component they were.

use tambo::component::{CallError, Limits, Linker, Val};
use tambo::{Config, EngineConfig, EngineKind, Frame, Runtime, Trap};

/// The function with the loop is called through another component; enough before it moves all indices. There is a start
/// function, which engines move.
const NESTED: &str = r#"(component $outer
    (component $inner
        (core module $deep
            (func $unused) (func $unused2)
            (func $third (param i32) (result i32)
                (loop (result i32) (i32.div_u (i32.const 100000) (local.get 0))))
            (func $second (export "half") (param i32) (result i32)
                (i32.add (call $third (local.get 0)) (i32.const 1))))
        (core instance $i (instantiate $deep))
        (func (export "half") (param "n" u32) (result u32) (canon lift (core func $i "half"))))
    (instance $callee (instantiate $inner))
    (core func $half (canon lower (func $callee "half")))
    (core module $shallow
        (import "" "half" (func $half (param i32) (result i32)))
        (func $nothing) (start $nothing)
        (func $first (export "run") (param i32) (result i32) (call $half (local.get 0))))
    (core instance $o (instantiate $shallow (with "" (instance (export "half" (func $half))))))
    (func (export "run") (param "n" u32) (result u32) (canon lift (core func $o "run"))))"#;

fn runtime(engine: EngineKind, debug_info: bool) -> Runtime {
    let engine_config = EngineConfig { debug_info, ..EngineConfig::default() };
    Runtime::with_config(Config { engine, engine_config, ..Config::default() }).unwrap()
}

fn trap(runtime: &Runtime, component: &[u8]) -> Trap {
    let component = runtime.load_component(component).unwrap();
    let mut instance = component.link(&Linker::<()>::new()).unwrap().instantiate((), &Limits::default()).unwrap();
    let CallError::Trap(trap) = instance.call("run", &[Val::U32(0)]).unwrap_err() else { panic!("no trap") };
    trap
}

fn names(trap: &Trap) -> Vec<&str> {
    trap.backtrace.iter().map(|frame| frame.function.as_deref().unwrap()).collect()
}

const NAMES: [&str; 5] =
    ["third", "second", "<call from outer to outer/callee>", "first", "<call from the host to run>"];

#[test]
fn frames_are_those_of_the_core_modules() {
    let binary = wat::parse_str(NESTED).unwrap();
    for source in [NESTED.as_bytes(), &binary] {
        let trap = trap(&runtime(EngineKind::Wasmtime, true), source);
        assert_eq!(names(&trap), NAMES);
        let indices: Vec<_> = trap.backtrace.iter().map(|frame| frame.function_index).collect();
        assert_eq!((indices[0], indices[1], indices[3]), (2, 3, 2));
        let parts =
            trap.backtrace.iter().map(|frame| Some((&*frame.part.as_ref()?.owner, &*frame.part.as_ref()?.module)));
        let inner = Some(("outer/callee", "deep"));
        assert_eq!(parts.collect::<Vec<_>>(), [inner, inner, None, Some(("outer", "shallow")), None]);

        // The very instructions, in the component as it is: `i32.div_u`, `call $third` and `call $half`.
        let at = |frame: &Frame| {
            let at = frame.part.as_ref().unwrap().start + frame.offset.unwrap();
            &binary[at as usize..at as usize + 2]
        };
        let [third, second, adapter, first, export] = &trap.backtrace[..] else { panic!("{trap:?}") };
        assert_eq!((at(third)[0], at(second), at(first)), (0x6e, &[0x10, 2][..], &[0x10, 0][..]));
        assert_eq!((adapter.offset, export.offset, adapter.locations.len()), (None, None, 0));
        assert_eq!(third.function_offset, Some(1 + 2 + 4 + 2), "no locals, `loop`, the constant, `local.get`");
    }
}

#[test]
fn without_debug_information_nothing_is_kept_but_names() {
    let trap = trap(&runtime(EngineKind::Wasmtime, false), NESTED.as_bytes());
    assert_eq!(names(&trap), NAMES);
    assert!(trap.backtrace.iter().all(|frame| frame.offset.is_none()), "{trap:?}");
}

#[test]
fn an_engine_without_backtraces_gives_none() {
    assert_eq!(trap(&runtime(EngineKind::Wasmi, true), NESTED.as_bytes()).backtrace, []);
}

#[test]
fn a_guest_has_files_and_lines() {
    let bytes = std::fs::read(tambo_guests::component("brittle")).unwrap();
    let component = runtime(EngineKind::Wasmtime, true).load_component(&bytes).unwrap();
    let mut instance = component.link(&Linker::<()>::new()).unwrap().instantiate((), &Limits::default()).unwrap();
    let error = instance.call("tambo:demo/task@0.1.0#average", &[Val::List(vec![])]).unwrap_err();
    let CallError::Trap(trap) = error else { panic!("{error}") };
    let place = &trap.backtrace[0].locations[0];
    assert!(
        place.file.as_deref().is_some_and(|file| file.ends_with("guests/components/brittle/brittle.c")),
        "{trap:?}"
    );
    assert_eq!((place.function.as_deref(), place.line), (Some("share"), Some(6)));
    assert_eq!(*names(&trap).last().unwrap(), "<call from the host to tambo:demo/task@0.1.0#average>");
}

/// A host function that fails with the trap of another guest does not have that guest's frames taken for its own.
#[test]
fn frames_of_another_guest_are_not_mixed_in() {
    let text = r#"(component
        (import "ask" (func $ask))
        (core func $ask (canon lower (func $ask)))
        (core module $m (import "" "ask" (func $ask)) (func $run (export "run") (param i32) (call $ask)))
        (core instance $i (instantiate $m (with "" (instance (export "ask" (func $ask))))))
        (func (export "run") (param "n" u32) (canon lift (core func $i "run"))))"#;
    let runtime = runtime(EngineKind::Wasmtime, true);
    let other = trap(&runtime, NESTED.as_bytes());
    let mut linker = Linker::<()>::new();
    linker.func::<(), (), _>("ask", move |(), ()| Err(other.clone()));
    let component = runtime.load_component(text.as_bytes()).unwrap();
    let mut instance = component.link(&linker).unwrap().instantiate((), &Limits::default()).unwrap();
    let CallError::Trap(trap) = instance.call("run", &[Val::U32(0)]).unwrap_err() else { panic!("no trap") };
    assert_eq!(names(&trap), ["run", "<call from the host to run>"]);
}
