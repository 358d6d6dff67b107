//! Components joined in memory: what the outer one imports, exports and holds.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use tambo_component_plan::{FuncSource, ImportItem, Plan};
use tambo_compose::{ComposeError, Composition, Export, Instance, Source, compose, parse, plug};

fn components(texts: &[(&str, &str)]) -> Vec<(String, Vec<u8>)> {
    texts.iter().map(|(name, text)| ((*name).to_owned(), wat::parse_str(text).unwrap())).collect()
}

fn plugged(texts: &[(&str, &str)]) -> Result<Plan, ComposeError> {
    let components = components(texts);
    let wasm = compose(&plug(&components)?, &components)?;
    Ok(Plan::new(&wasm).unwrap())
}

const LOG: &str = r#"(component
    (core module $m (func (export "f") (param i32)))
    (core instance $m (instantiate $m))
    (func $f (param "level" u32) (canon lift (core func $m "f")))
    (instance $api (export "log" (func $f)))
    (export "demo:log/api@1.1.0" (instance $api)))"#;

const APP: &str = r#"(component
    (import "demo:log/api@1.0.0" (instance $log (export "log" (func (param "level" u32)))))
    (import "demo:env/clock" (instance $clock (export "now" (func (result u64)))))
    (core func $log (canon lower (func $log "log")))
    (core func $now (canon lower (func $clock "now")))
    (core module $m
        (import "" "log" (func $log (param i32)))
        (import "" "now" (func $now (result i64)))
        (func (export "run") (result i64) (call $log (i32.const 1)) (call $now)))
    (core instance $m (instantiate $m (with "" (instance (export "log" (func $log)) (export "now" (func $now))))))
    (func (export "run") (result u64) (canon lift (core func $m "run"))))"#;

#[test]
fn a_plug_serves_a_compatible_version_and_the_rest_is_imported() {
    let plan = plugged(&[("app", APP), ("log", LOG)]).unwrap();
    assert_eq!(plan.imports.iter().map(|import| import.name.as_str()).collect::<Vec<_>>(), ["demo:env/clock"]);
    assert_eq!(plan.exports.iter().map(|export| export.name.as_str()).collect::<Vec<_>>(), ["run"]);
    assert_eq!((plan.host_funcs.len(), plan.core_instances.len()), (1, 2));
    let lowered = plan.canon_funcs.iter().filter_map(|canon| match &canon.kind {
        tambo_component_plan::CanonKind::Lower { func, .. } => Some(func.source),
        _ => None,
    });
    assert!(lowered.collect::<Vec<_>>().iter().any(|source| matches!(source, FuncSource::Lift(_))));
}

#[test]
fn a_plug_that_serves_nothing_is_named() {
    let error = plugged(&[("app", APP), ("other", "(component)")]).unwrap_err();
    assert!(error.message.contains("other exports nothing"), "{error}");
    assert!(error.hint.unwrap().contains("demo:env/clock"));
    let error = plugged(&[("app", APP), ("one", LOG), ("two", LOG)]).unwrap_err();
    assert!(error.message.contains("one and two both export"), "{error}");
}

/// Two users of one store: each sees another part of it, and a resource goes through a second interface.
const READER: &str = r#"(component
    (import "demo:store/base" (instance $base
        (export "blob" (type $b (sub resource)))
        (type $r' (record (field "at" u32) (field "size" u32)))
        (export "range" (type $r (eq $r')))
        (export "[method]blob.read" (func (param "self" (borrow $b)) (param "r" $r) (result u8)))))
    (alias export $base "blob" (type $blob))
    (alias export $base "range" (type $range))
    (import "demo:store/find" (instance
        (export "blob" (type $b (eq $blob)))
        (export "range" (type $r (eq $range)))
        (export "find" (func (param "name" string) (result (option (tuple (own $b) $r)))))))
    (instance $out (export "f" (func $base "[method]blob.read") (func (param "self" (borrow $blob)) (param "r" $range) (result u8))))
    (export "reader" (instance $base)))"#;

const WRITER: &str = r#"(component
    (import "demo:store/base" (instance $base
        (export "blob" (type $b (sub resource)))
        (type $e' (enum "full" "closed"))
        (export "error" (type $e (eq $e')))
        (export "[method]blob.write" (func (param "self" (borrow $b)) (param "byte" u8) (result (result (error $e)))))))
    (export "writer" (instance $base)))"#;

#[test]
fn what_two_components_import_is_imported_once_with_the_parts_of_both() {
    let instance = |name: &str, component| Instance { name: name.to_owned(), component, with: Vec::new() };
    let export = |name: &str, instance: &str| Export::One {
        name: name.to_owned(),
        source: Source { instance: instance.to_owned(), export: None },
    };
    let composition = Composition {
        instances: vec![instance("w", 1), instance("r", 0), instance("w2", 1)],
        exports: vec![export("reader", "r"), export("writer", "w")],
    };
    let reader = READER.lines().filter(|line| !line.contains("(instance $out")).collect::<Vec<_>>().join("\n");
    let wasm = compose(&composition, &components(&[("reader", &reader), ("writer", WRITER)])).unwrap();
    let plan = Plan::new(&wasm).unwrap();
    let names: Vec<&str> = plan.imports.iter().map(|import| import.name.as_str()).collect();
    assert_eq!(names, ["demo:store/base", "demo:store/find"]);
    let ImportItem::Instance(parts) = &plan.imports[0].item else { panic!("{:?}", plan.imports[0]) };
    let mut parts: Vec<&str> = parts.iter().map(|part| part.name.as_str()).collect();
    parts.sort_unstable();
    assert_eq!(parts, ["[method]blob.read", "[method]blob.write", "blob", "error", "range"]);
    assert_eq!(plan.resources.len(), 1);
}

#[test]
fn an_import_that_needs_a_provided_resource_cannot_be_left() {
    let plug = r#"(component
        (type $r (resource (rep i32)))
        (instance $i (export "blob" (type $r)))
        (export "demo:store/base" (instance $i)))"#;
    let socket = r#"(component
        (import "demo:store/base" (instance $base (export "blob" (type (sub resource)))))
        (alias export $base "blob" (type $blob))
        (import "demo:store/find" (instance (export "blob" (type $b (eq $blob))) (export "f" (func (result (own $b)))))))"#;
    let error = plugged(&[("socket", socket), ("plug", plug)]).unwrap_err();
    assert!(error.message.contains("mentions the resource demo:store/base/blob"), "{error}");
}

#[test]
fn mistakes_of_a_composition_are_named() {
    let all = components(&[("app", APP), ("log", LOG)]);
    let file = |text: &str| compose(&parse(text).unwrap().composition, &all).unwrap_err();
    let head = "export = 'app'\n[instances.app]\ncomponent = 'a'\n";
    let error =
        file(&format!("{head}with = {{ 'demo:log/api@1.0.0' = 'logger' }}\n[instances.log]\ncomponent = 'l'\n"));
    assert!(error.message.contains("there is no instance \"logger\""), "{error}");
    let error = file(&format!("{head}with = {{ 'demo:lag/api' = 'log' }}\n[instances.log]\ncomponent = 'l'\n"));
    assert!(error.message.contains("app does not import \"demo:lag/api\""), "{error}");
    let error = file(&format!("{head}with = {{ 'demo:env/clock' = 'log' }}\n[instances.log]\ncomponent = 'l'\n"));
    assert!(error.message.contains("log does not export \"demo:env/clock\""), "{error}");
    let error = file(&format!(
        "{head}with = {{ 'demo:env/clock' = 'log#demo:log/api@1.1.0' }}\n[instances.log]\ncomponent = 'l'\n"
    ));
    assert!(error.message.contains("not a valid component"), "{error}");
    let error =
        file(&format!("{head}with = {{ 'demo:log/api@1.0.0' = 'app#run' }}\n[instances.log]\ncomponent = 'l'\n"));
    assert!(error.message.contains("in a circle: app"), "{error}");
    let error = file(&format!("{head}[exports]\nrun = 'app'\n"));
    assert!(error.message.contains("\"run\" would be exported twice"), "{error}");
}

#[test]
fn single_functions_and_types_are_joined_if_their_types_can_be_seen() {
    let plug = r#"(component
        (core module $m (func (export "f") (param i32 i32) (result i32) i32.const 0))
        (core instance $m (instantiate $m))
        (type $p' (record (field "x" u32) (field "y" u32)))
        (export $p "point" (type $p'))
        (func $f (param "p" $p) (result u32) (canon lift (core func $m "f")))
        (export "sum" (func $f)))"#;
    let socket = r#"(component
        (type $p' (record (field "x" u32) (field "y" u32)))
        (import "point" (type $p (eq $p')))
        (import "sum" (func $f (param "p" $p) (result u32)))
        (import "other" (func (param "p" (list $p)) (result (result))))
        (export "sum2" (func $f)))"#;
    let error = plugged(&[("socket", socket), ("plug", plug)]).unwrap_err();
    // What is left mentions a type that only the plug names, and the outer component does not.
    assert!(error.message.contains("not a valid component: func not valid"), "{error}");
    let whole = socket.replace("(param \"p\" (list $p))", "(param \"p\" u8)");
    let plan = plugged(&[("socket", &whole), ("plug", plug)]);
    assert!(plan.is_err_and(|error| error.message.contains("not a valid component")), "`sum2` mentions it too");
    let inside = whole.replace("(export \"sum2\" (func $f))", "");
    let plan = plugged(&[("socket", &inside), ("plug", plug)]).unwrap();
    assert_eq!(plan.imports.iter().map(|import| import.name.as_str()).collect::<Vec<_>>(), ["other"]);
}
