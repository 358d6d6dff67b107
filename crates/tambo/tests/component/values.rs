//! Values in and out: typed and dynamic, by the guest and by the host.

use tambo::component::{Limits, Linker, Val};

use crate::{load, on_each_engine, start};

const RECORD: &str = r#"(record (field "name" string) (field "tags" (list string)) (field "at" (tuple f64 u8))
    (field "kind" (option u32)))"#;

/// Passes everything on to the host.
fn relay() -> String {
    format!(
        r#"(component
        (type $record' {RECORD})
        (import "thing" (type $record (eq $record')))
        (import "t:host/api@1.0.0" (instance $host
            (alias outer 1 $record (type $thing'))
            (export "thing" (type $thing (eq $thing')))
            (export "add" (func (param "a" u32) (param "b" u32) (result u32)))
            (export "shout" (func (param "text" string) (result string)))
            (export "sum" (func (param "list" (list u16)) (result u64)))
            (export "echo" (func (param "thing" $thing) (result $thing)))))
        (core module $libc
            (memory (export "memory") 4)
            (global $next (mut i32) (i32.const 1024))
            (func (export "realloc") (param i32 i32 i32 i32) (result i32) (local i32)
                (local.set 4 (i32.and
                    (i32.add (global.get $next) (i32.sub (local.get 2) (i32.const 1)))
                    (i32.sub (i32.const 0) (local.get 2))))
                (global.set $next (i32.add (local.get 4) (local.get 3)))
                (local.get 4)))
        (core instance $libc (instantiate $libc))
        (alias core export $libc "memory" (core memory $memory))
        (alias core export $libc "realloc" (core func $realloc))
        (core func $add (canon lower (func $host "add")))
        (core func $shout (canon lower (func $host "shout") (memory $memory) (realloc $realloc)))
        (core func $sum (canon lower (func $host "sum") (memory $memory)))
        (core func $echo (canon lower (func $host "echo") (memory $memory) (realloc $realloc)))
        (core module $m
            (import "" "add" (func $add (param i32 i32) (result i32)))
            (import "" "shout" (func $shout (param i32 i32 i32)))
            (import "" "sum" (func $sum (param i32 i32) (result i64)))
            (import "" "echo" (func $echo (param i32 i32 i32 i32 f64 i32 i32 i32 i32)))
            (func (export "nothing"))
            (func (export "add") (param i32 i32) (result i32) (call $add (local.get 0) (local.get 1)))
            (func (export "sum") (param i32 i32) (result i64) (call $sum (local.get 0) (local.get 1)))
            (func (export "shout") (param i32 i32) (result i32)
                (call $shout (local.get 0) (local.get 1) (i32.const 64)) (i32.const 64))
            (func (export "echo") (param i32 i32 i32 i32 f64 i32 i32 i32) (result i32)
                (call $echo (local.get 0) (local.get 1) (local.get 2) (local.get 3) (local.get 4) (local.get 5)
                    (local.get 6) (local.get 7) (i32.const 64))
                (i32.const 64)))
        (core instance $i (instantiate $m (with "" (instance
            (export "add" (func $add)) (export "shout" (func $shout)) (export "sum" (func $sum))
            (export "echo" (func $echo))))))
        (func (export "nothing") (canon lift (core func $i "nothing")))
        (func (export "add") (param "a" u32) (param "b" u32) (result u32) (canon lift (core func $i "add")))
        (func (export "sum") (param "list" (list u16)) (result u64)
            (canon lift (core func $i "sum") (memory $memory) (realloc $realloc)))
        (func (export "shout") (param "text" string) (result string)
            (canon lift (core func $i "shout") (memory $memory) (realloc $realloc)))
        (func (export "echo") (param "thing" $record) (result $record)
            (canon lift (core func $i "echo") (memory $memory) (realloc $realloc))))"#
    )
}

fn typed() -> Linker<u32> {
    let mut linker = Linker::new();
    linker
        .func::<(u32, u32), (u32,), _>("t:host/api@1.0.0#add", |calls, (a, b)| {
            *calls += 1;
            Ok((a.wrapping_add(b),))
        })
        .func::<(&'static str,), (String,), _>("t:host/api@1.0.0#shout", |calls, (text,)| {
            *calls += 1;
            Ok((text.to_uppercase(),))
        })
        .func::<(Vec<u16>,), (u64,), _>("t:host/api@1.0.0#sum", |calls, (list,)| {
            *calls += 1;
            Ok((list.iter().map(|&number| u64::from(number)).sum(),))
        })
        .func_dynamic("t:host/api@1.0.0#echo", |calls, args| {
            *calls += 1;
            Ok(args.first().cloned())
        });
    linker
}

fn dynamic() -> Linker<u32> {
    let mut linker = typed();
    linker
        .func_dynamic("t:host/api@1.0.0#add", |calls, args| {
            *calls += 1;
            let [Val::U32(a), Val::U32(b)] = args else { panic!("{args:?}") };
            Ok(Some(Val::U32(a.wrapping_add(*b))))
        })
        .func_dynamic("t:host/api@1.0.0#shout", |calls, args| {
            *calls += 1;
            let [Val::String(text)] = args else { panic!("{args:?}") };
            Ok(Some(Val::String(text.to_uppercase())))
        })
        .func_dynamic("t:host/api@1.0.0#sum", |calls, args| {
            *calls += 1;
            let [Val::List(list)] = args else { panic!("{args:?}") };
            let number = |val: &Val| if let Val::U16(number) = val { u64::from(*number) } else { panic!("{val:?}") };
            Ok(Some(Val::U64(list.iter().map(number).sum())))
        });
    linker
}

fn thing(name: &str, tags: &[&str], kind: Option<u32>) -> Val {
    let text = |text: &str| Val::String(text.to_owned());
    Val::Record(vec![
        ("name".to_owned(), text(name)),
        ("tags".to_owned(), Val::List(tags.iter().map(|tag| text(tag)).collect())),
        ("at".to_owned(), Val::Tuple(vec![Val::F64(1.5), Val::U8(7)])),
        ("kind".to_owned(), Val::Option(kind.map(|kind| Box::new(Val::U32(kind))))),
    ])
}

#[test]
fn typed_and_dynamic_calls_agree() {
    on_each_engine(|runtime| {
        let component = load(runtime, &relay());
        for linker in [typed(), dynamic()] {
            let mut instance = start(&component, &linker, 0);
            let add = instance.func::<(u32, u32), (u32,)>("add").unwrap();
            assert_eq!(add.call(&mut instance, (u32::MAX, 3)).unwrap(), (2,));
            assert_eq!(instance.call("add", &[Val::U32(1), Val::U32(2)]).unwrap(), Some(Val::U32(3)));

            let shout = instance.func::<(String,), (String,)>("shout").unwrap();
            for text in ["", "a", "grüße", &"x".repeat(5000)] {
                let loud = text.to_uppercase();
                assert_eq!(shout.call(&mut instance, (text.to_owned(),)).unwrap().0, loud);
                let result = instance.call("shout", &[Val::String(text.to_owned())]).unwrap();
                assert_eq!(result, Some(Val::String(loud)));
            }

            let sum = instance.func::<(Vec<u16>,), (u64,)>("sum").unwrap();
            assert_eq!(sum.call(&mut instance, ((0..1000).collect(),)).unwrap(), (499_500,));
            let list = Val::List(vec![Val::U16(5), Val::U16(u16::MAX)]);
            assert_eq!(instance.call("sum", &[list]).unwrap(), Some(Val::U64(65_540)));
            assert_eq!(*instance.state(), 12);
        }
    });
}

#[test]
fn records_come_back_as_they_went() {
    on_each_engine(|runtime| {
        let mut instance = start(&load(runtime, &relay()), &typed(), 0);
        for thing in [thing("", &[], None), thing("näme", &["a", "", "long tag"], Some(9))] {
            assert_eq!(instance.call("echo", std::slice::from_ref(&thing)).unwrap(), Some(thing));
        }
        assert_eq!(instance.call("nothing", &[]).unwrap(), None);
        let nothing = instance.func::<(), ()>("nothing").unwrap();
        nothing.call(&mut instance, ()).unwrap();
    });
}

#[test]
fn misuse_is_told_and_does_not_end_the_guest() {
    on_each_engine(|runtime| {
        let mut instance = start(&load(runtime, &relay()), &typed(), 0);
        let error = instance.call("add", &[Val::U32(1), Val::S32(1)]).unwrap_err().to_string();
        assert_eq!(error, "cannot call \"add\": parameter `b`: expected u32, got s32");
        let error = instance.call("subtract", &[]).unwrap_err().to_string();
        assert_eq!(error, "the component exports no \"subtract\"; it exports: nothing, add, sum, shout, echo");
        let error = instance.func::<(u32, u64), (u32,)>("add").unwrap_err().to_string();
        assert!(error.contains("parameter `b`"), "{error}");
        assert_eq!(instance.call("add", &[Val::U32(1), Val::U32(1)]).unwrap(), Some(Val::U32(2)));
    });
}

#[test]
fn a_function_belongs_to_what_was_linked() {
    on_each_engine(|runtime| {
        let component = load(runtime, &relay());
        let linked = component.link(&typed()).unwrap();
        let instance = || linked.instantiate(0, &Limits::default()).unwrap();
        let (mut one, mut two) = (instance(), instance());
        let add = one.func::<(u32, u32), (u32,)>("add").unwrap();
        assert_eq!(add.call(&mut one, (1, 2)).unwrap(), (3,));
        assert_eq!(add.call(&mut two, (1, 2)).unwrap(), (3,));
        let mut other = start(&component, &typed(), 0);
        assert!(add.call(&mut other, (1, 2)).unwrap_err().to_string().contains("another component"));
    });
}

#[test]
fn a_component_is_instantiated_many_times() {
    on_each_engine(|runtime| {
        let linked = load(runtime, &relay()).link(&typed()).unwrap();
        for number in 0..1000 {
            let mut instance = linked.instantiate(number, &tambo::component::Limits::default()).unwrap();
            assert_eq!(instance.call("add", &[Val::U32(number), Val::U32(1)]).unwrap(), Some(Val::U32(number + 1)));
            assert_eq!(instance.into_state(), number + 1);
        }
    });
}
