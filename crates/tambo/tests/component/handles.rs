//! Which resource type a typed handle means is settled when a function is linked: a component decides with which types it
//! imports a function, and a representation of one type must not be taken for one of another.

use tambo::component::{Borrow, Linker, Own, Owned, Val, record};

use crate::{load, on_each_engine, start};

/// Resource types of the host.
#[derive(Clone, Debug, PartialEq)]
enum Red {}
#[derive(Clone, Debug, PartialEq)]
enum Blue {}

record! {
    #[derive(Debug, PartialEq)]
    struct Pair { red: Own<Red>, blue: Own<Blue> }
}

/// Imports one function of the host; `RED` is what it takes for the host's `red`.
const IMPORTER: &str = r#"(component
    (import "t:host/things@1.0.0" (instance $host
        (export "red" (type $red (sub resource)))
        (export "blue" (type $blue (sub resource)))
        (type $pair' (record (field "red" (own RED)) (field "blue" (own $blue))))
        (export "pair" (type $pair (eq $pair')))
        (export "FUNCTION" (func (param "self" TYPE) (result RESULT)))))
    (core module $libc
        (memory (export "memory") 1)
        (func (export "realloc") (param i32 i32 i32 i32) (result i32) unreachable))
    (core instance $libc (instantiate $libc))
    (core func $f (canon lower (func $host "FUNCTION") 
        (memory (core memory $libc "memory")) (realloc (core func $libc "realloc"))))
    (core module $m (import "" "f" (func PARAMS)))
    (core instance (instantiate $m (with "" (instance (export "f" (func $f)))))))"#;

fn importer(red: &str, function: &str, ty: &str, result: &str, params: &str) -> String {
    let with = IMPORTER.replace("TYPE", ty).replace("RESULT", result).replace("PARAMS", params);
    with.replace("RED", red).replace("FUNCTION", function)
}

fn colors() -> Linker<()> {
    let mut linker = Linker::new();
    let things = |name: &str| format!("t:host/things@1.0.0#{name}");
    linker
        .resource::<Red, _>(&things("red"), |(), _| {})
        .resource::<Blue, _>(&things("blue"), |(), _| {})
        .func::<(Borrow<Red>,), (u32,), _>(&things("[method]red.size"), |(), _| Ok((0,)))
        .func::<(Vec<Own<Red>>,), (u32,), _>(&things("list"), |(), _| Ok((0,)))
        .func::<(Pair,), (u32,), _>(&things("record"), |(), _| Ok((0,)))
        .func::<(Option<(u8, [Borrow<Red>; 2])>,), (u32,), _>(&things("deep"), |(), _| Ok((0,)))
        .func::<(u32,), (Result<Own<Red>, String>,), _>(&things("make"), |(), _| Ok((Err(String::new()),)));
    linker
}

/// Name, parameter, result, the parameters as core values, and where the host finds the wrong type.
const FUNCTIONS: [(&str, &str, &str, &str, &str); 5] = [
    ("[method]red.size", "(borrow RED)", "u32", "(param i32) (result i32)", "parameter `self`"),
    ("list", "(list (own RED))", "u32", "(param i32 i32) (result i32)", "parameter `self`, its elements"),
    ("record", "$pair", "u32", "(param i32 i32) (result i32)", "parameter `self`, field `red`"),
    (
        "deep",
        "(option (tuple u8 (list (borrow RED) 2)))",
        "u32",
        "(param i32 i32 i32 i32) (result i32)",
        "parameter `self`, `some`, element 1, its elements",
    ),
    ("make", "u32", "(result (own RED) (error string))", "(param i32 i32)", "the result, `ok`"),
];

#[test]
fn a_function_that_is_imported_with_another_resource_is_not_linked() {
    on_each_engine(|runtime| {
        for (function, ty, result, params, way) in FUNCTIONS {
            let good = load(runtime, &importer("$red", function, ty, result, params));
            good.link(&colors()).unwrap();
            if function.starts_with("[method]") {
                // Validation wants the type that the name says; see the next test.
                continue;
            }
            let error = load(runtime, &importer("$blue", function, ty, result, params)).link(&colors()).err().unwrap();
            let start = format!("t:host/things@1.0.0#{function}: the component wants func(self: ");
            assert!(error.message().contains(&start), "{error}");
            let reason = format!("the host's function does not fit: {way}: expected ");
            assert!(error.message().contains(&reason), "{error}");
            assert!(error.message().contains("handles::Red`; resource 1 is the host's `"), "{error}");
            assert!(error.message().ends_with("handles::Blue`"), "{error}");
        }
    });
}

#[test]
fn one_resource_under_the_names_of_two_is_not_linked() {
    on_each_engine(|runtime| {
        let (function, _, result, params, _) = FUNCTIONS[0];
        let text = importer("$red", function, "(borrow $red)", result, params);
        let types = r#"(export "red" (type $red (sub resource)))
        (export "blue" (type $blue (sub resource)))"#;
        let same = r#"(export "blue" (type $blue (sub resource)))
        (export "red" (type $red (eq $blue)))"#;
        let error = load(runtime, &text.replace(types, same)).link(&colors()).err().unwrap();
        let lines: Vec<&str> = error.message().lines().skip(1).map(str::trim).collect();
        assert_eq!(lines, ["t:host/things@1.0.0#red: another resource type than under its other name"]);
    });
}

#[test]
fn a_resource_without_a_rust_type_goes_to_dynamic_functions_only() {
    on_each_engine(|runtime| {
        let (function, ty, result, params, _) = FUNCTIONS[0];
        let component = load(runtime, &importer("$red", function, ty, result, params));
        let mut linker = colors();
        linker.resource_dynamic("t:host/things@1.0.0#red", |(), _| {});
        let error = component.link(&linker).err().unwrap();
        assert!(error.message().ends_with("handles::Red`; resource 0 has no Rust type"), "{error}");
        linker.func_dynamic(&format!("t:host/things@1.0.0#{function}"), |(), _| Ok(Some(Val::U32(0))));
        component.link(&linker).unwrap();
    });
}

/// Exports functions of a resource of the host's, and of one of its own.
const EXPORTER: &str = r#"(component
    (import "red" (type $red (sub resource)))
    (import "blue" (type $blue (sub resource)))
    (type $own' (resource (rep i32)))
    (export $own "own" (type $own'))
    (core func $new (canon resource.new $own'))
    (core module $m
        (import "" "new" (func $new (param i32) (result i32)))
        (func (export "make") (result i32) (call $new (i32.const 5)))
        (func (export "pass") (param i32) (result i32) (local.get 0)))
    (core instance $m (instantiate $m (with "" (instance (export "new" (func $new))))))
    (func (export "make") (result (own $own)) (canon lift (core func $m "make")))
    (func (export "pass") (param "red" (own $red)) (result (own $red)) (canon lift (core func $m "pass"))))"#;

#[test]
fn an_export_is_found_with_the_resource_that_it_has() {
    on_each_engine(|runtime| {
        let mut linker = Linker::<()>::new();
        linker.resource::<Red, _>("red", |(), _| {}).resource::<Blue, _>("blue", |(), _| {});
        let mut instance = start(&load(runtime, EXPORTER), &linker, ());
        let pass = instance.func::<(Own<Red>,), (Own<Red>,)>("pass").unwrap();
        assert_eq!(pass.call(&mut instance, (Own::new(7),)).unwrap(), (Own::new(7),));
        let error = instance.func::<(Own<Blue>,), (Own<Red>,)>("pass").err().unwrap();
        assert!(error.message().contains("\"pass\" does not fit: parameter `red`: expected own<"), "{error}");
        let error = instance.func::<(Own<Red>,), (Own<Blue>,)>("pass").err().unwrap();
        assert!(error.message().contains("\"pass\" does not fit: the result: expected own<"), "{error}");
        let error = instance.func::<(), (Own<Red>,)>("make").err().unwrap();
        assert!(error.message().ends_with("has no Rust type"), "{error}");
        let make = instance.func::<(), (Owned,)>("make").unwrap();
        let (Owned(made),) = make.call(&mut instance, ()).unwrap();
        instance.drop_resource(made).unwrap();
    });
}
