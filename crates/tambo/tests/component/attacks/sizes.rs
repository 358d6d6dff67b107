//! Case 24: sizes that overflow, and limits that are multiplied by how many things a component has.

use std::fmt::Write;
use std::time::{Duration, Instant};

use super::*;

const MIB: u64 = 1 << 20;

/// So many core instances of a module, which has `inside` and exports `grow`, which the component exports as `growN`.
fn many(count: usize, inside: &str) -> String {
    let mut text = format!("(component (core module $m {inside})");
    for at in 0..count {
        write!(text, r#"(core instance $i{at} (instantiate $m))"#).unwrap();
        if inside.contains("\"grow\"") {
            write!(
                text,
                r#"(func (export "grow{at}") (param "by" u32) (result s32) (canon lift (core func $i{at} "grow")))"#
            )
            .unwrap();
        }
    }
    text + ")"
}

fn limit_of(linked: &tambo::component::Linked<()>, limits: &Limits) -> String {
    match linked.instantiate((), limits).err().expect("a refusal").kind {
        TrapKind::Limit(message) => message,
        other => panic!("{other:?}"),
    }
}

const MEMORY: &str = r#"(memory 4) (func (export "grow") (param i32) (result i32) (memory.grow (local.get 0)))"#;

#[test]
fn case_24_memories_share_one_limit() {
    on_each_engine(|runtime| {
        let linked = load(runtime, &many(50, MEMORY)).link(&Linker::<()>::new()).unwrap();
        // They have 12.5 MiB to begin with.
        let message = limit_of(&linked, &Limits { memory: 12 * MIB, ..Limits::default() });
        assert!(message.contains("memory"), "{message}");
        let mut instance = linked.instantiate((), &Limits { memory: 13 * MIB, ..Limits::default() }).unwrap();
        let mut grow = |at: usize, by: u32| instance.call(&format!("grow{at}"), &[Val::U32(by)]).unwrap();
        assert_eq!(grow(0, 9), Some(Val::S32(-1)));
        assert_eq!([grow(0, 4), grow(49, 4), grow(7, 1)], [Some(Val::S32(4)), Some(Val::S32(4)), Some(Val::S32(-1))]);
        assert_eq!(grow(7, u32::MAX), Some(Val::S32(-1)));
    });
}

#[test]
fn case_24_tables_share_one_limit() {
    let inside = r#"(table $t 1000 funcref)
        (func (export "grow") (param i32) (result i32) (table.grow $t (ref.null func) (local.get 0)))"#;
    on_each_engine(|runtime| {
        let linked = load(runtime, &many(50, inside)).link(&Linker::<()>::new()).unwrap();
        limit_of(&linked, &Limits { table_elements: 49_999, ..Limits::default() });
        let mut instance = linked.instantiate((), &Limits { table_elements: 50_500, ..Limits::default() }).unwrap();
        let mut grow = |at: usize, by: u32| instance.call(&format!("grow{at}"), &[Val::U32(by)]).unwrap();
        assert_eq!([grow(0, 501), grow(1, 500), grow(2, 1)], [Val::S32(-1), Val::S32(1000), Val::S32(-1)].map(Some));
        assert_eq!(grow(3, u32::MAX), Some(Val::S32(-1)));
    });
}

#[test]
fn case_24_sizes_that_overflow_are_refused() {
    on_each_engine(|runtime| {
        for inside in [
            "(memory i64 0x1_0000_0000_0000)",
            "(memory i64 0x100_0000)",
            "(memory 65536)",
            "(memory 65536) (memory 65536) (memory 65536)",
            "(table 0xffff_ffff funcref)",
            "(table i64 0xffff_ffff_ffff_ffff funcref)",
            "(table i64 0x1000_0000_0000_0000 funcref)",
        ] {
            match runtime.load_component(many(2, inside).as_bytes()) {
                Err(error) => assert_eq!(error.kind(), ErrorKind::Module, "{inside}: {error}"),
                Ok(component) => {
                    let linked = component.link(&Linker::<()>::new()).unwrap();
                    let limits = Limits { memory: 16 * MIB, ..Limits::default() };
                    limit_of(&linked, &limits);
                }
            }
        }
    });
}

#[track_caller]
fn refused_quickly(runtime: &Runtime, text: &str) -> String {
    let wasm = wat::parse_str(text).unwrap();
    let (before, started) = (peak_memory(), Instant::now());
    let error = runtime.load_component(&wasm).err().expect("a refusal");
    assert_eq!(error.kind(), ErrorKind::Module);
    assert!(started.elapsed() < Duration::from_secs(10), "{:?}: {error}", started.elapsed());
    assert!(peak_memory() - before < 1024 * MIB, "{}: {error}", peak_memory() - before);
    assert!(!error.message().contains("bug"), "{error}");
    error.message().to_owned()
}

#[test]
fn case_24_a_thousand_memories_are_too_many() {
    on_each_engine(|runtime| {
        let message = refused_quickly(runtime, &many(1000, MEMORY));
        assert!(message.contains("memories; a core module, which they become, may have 100"), "{message}");
    });
}

/// A component that instantiates the one before it so many times, so deep, around `innermost`.
fn tower(levels: usize, times: usize, innermost: &str) -> String {
    let mut text = format!("(component (component $c0 {innermost})");
    for level in 1..=levels {
        let child = format!("(instance (instantiate $c{}))", level - 1);
        write!(text, "(component $c{level} {})", child.repeat(times)).unwrap();
    }
    text + &format!("(instance (instantiate $c{levels})))")
}

#[test]
fn case_24_instances_of_instances_are_refused() {
    on_each_engine(|runtime| {
        refused_quickly(runtime, &tower(40, 2, ""));
        refused_quickly(runtime, &tower(4, 100, "(core module $m) (core instance (instantiate $m))"));
        refused_quickly(runtime, &tower(3, 20, "(core module $m (memory 1)) (core instance (instantiate $m))"));
    });
}

/// Code and data that one module has once, and an image as often as the module is instantiated.
#[test]
fn case_24_an_image_is_bounded() {
    for &engine in tambo::EngineKind::ALL {
        let config = tambo::Config { max_module_size: 4 << 20, engine, ..tambo::Config::default() };
        let runtime = Runtime::with_config(config).unwrap();
        let code = format!("(func {})", "(drop (i32.const 123456))".repeat(2000));
        let message = refused_quickly(&runtime, &many(1000, &code));
        assert!(message.contains("4194304 bytes"), "{message}");
        let data = format!("(data \"{}\")", "x".repeat(100_000));
        let message = refused_quickly(&runtime, &many(1000, &data));
        assert!(message.contains("4194304 bytes"), "{message}");
    }
}
