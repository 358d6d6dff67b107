//! What is printed says what the component says, and parses.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use tambo_component_plan::Plan;

fn print(text: &str) -> String {
    let plan = Plan::new(&wat::parse_str(text).unwrap()).unwrap();
    let wit = tambo_component_wit::print(&plan);
    let mut resolve = wit_parser::Resolve { all_features: true, ..wit_parser::Resolve::default() };
    if let Err(error) = resolve.push_str("printed.wit", &wit) {
        panic!("{error:?}\n{wit}");
    }
    wit
}

fn check(text: &str, expected: &[&str]) {
    let wit = print(text);
    for line in expected {
        assert!(wit.lines().any(|printed| printed.trim() == *line), "{line:?} is not in\n{wit}");
    }
}

#[test]
fn a_component_without_imports_and_exports() {
    assert_eq!(print("(component)"), "package root:component;\n\nworld root {\n}\n");
}

#[test]
fn functions_of_the_world_take_and_return_values() {
    check(
        r#"(component
            (import "plain" (func))
            (import "type" (func (param "use" u8) (result (list string))))
            (import "more" (func (param "a" (option (tuple s64 f32))) (param "b" (result)) (result (result char (error string)))))
            (import "only-error" (func (result (result (error bool))))))"#,
        &[
            "import plain: func();",
            "import %type: func(%use: u8) -> list<string>;",
            "import more: func(a: option<tuple<s64, f32>>, b: result) -> result<char, string>;",
            "import only-error: func() -> result<_, bool>;",
        ],
    );
}

const SHAPES: &str = r#"(component
    (type $shapes (instance
        (type $p' (record (field "x" u32) (field "from" f64)))
        (export "point" (type $p (eq $p')))
        (type $s' (variant (case "dot" $p) (case "none")))
        (export "shape" (type $s (eq $s')))
        (type $c' (enum "red" "static"))
        (export "colour" (type $c (eq $c')))
        (export "shade" (type (eq $c)))
        (type $f' (flags "a" "b"))
        (export "marks" (type $f (eq $f')))
        (type $l' (list $p))
        (export "points" (type (eq $l')))
        (export "draw" (func (param "s" $s) (param "c" $c) (param "m" $f) (result $p)))))
    (import "demo:draw/shapes@1.2.3" (instance $i (type $shapes)))
    (export "demo:draw/shapes@1.2.3" (instance $i))
    (import "demo:draw/interface" (instance (export "f" (func)))))"#;

#[test]
fn types_of_an_interface_keep_their_names() {
    check(
        SHAPES,
        &[
            "import demo:draw/shapes@1.2.3;",
            "export demo:draw/shapes@1.2.3;",
            "package demo:draw@1.2.3 {",
            "interface shapes {",
            "record point {",
            "%from: f64,",
            "dot(point),",
            "%static,",
            "type shade = colour;",
            "flags marks {",
            "type points = list<point>;",
            "draw: func(s: shape, c: colour, m: marks) -> point;",
            "interface %interface {",
        ],
    );
    assert_eq!(print(SHAPES).matches("interface shapes").count(), 1);
}

#[test]
fn resources_have_their_functions_and_are_used_elsewhere() {
    check(
        r#"(component
            (import "demo:store/base" (instance $base
                (export "blob" (type $blob (sub resource)))
                (export "[constructor]blob" (func (param "size" u32) (result (own $blob))))
                (export "[method]blob.read" (func (param "self" (borrow $blob)) (param "at" u64) (result u8)))
                (export "[static]blob.merge" (func (param "a" (own $blob)) (param "b" (own $blob)) (result (own $blob))))))
            (alias export $base "blob" (type $blob))
            (import "demo:store/user" (instance
                (export "blob" (type $b (eq $blob)))
                (export "drain" (func (param "b" (borrow $b))))))
            (import "demo:store/renamer" (instance
                (export "chunk" (type $b (eq $blob)))
                (export "take" (func (param "b" (own $b))))))
            (import "look" (func (param "b" (borrow $blob)))))"#,
        &[
            "resource blob {",
            "constructor(size: u32);",
            "read: func(at: u64) -> u8;",
            "merge: static func(a: blob, b: blob) -> blob;",
            "use base.{blob};",
            "use base.{blob as chunk};",
            "use demo:store/base.{blob};",
            "take: func(b: chunk);",
            "import look: func(b: borrow<blob>);",
        ],
    );
}

/// The plan does not say so, but the author of `near` did not write the record a second time.
#[test]
fn types_come_along_with_a_resource() {
    let interface = |name: &str, resource: &str| {
        format!(
            r#"(import "demo:store/{name}" (instance
                {resource}
                (alias outer 1 $item (type $i'))
                (export "item" (type $i (eq $i')))
                (export "other" (type (eq $i')))
                (export "f" (func (param "i" $i)))))"#
        )
    };
    let text = format!(
        r#"(component
            (type $record (record (field "n" u8)))
            (import "demo:store/base" (instance $base
                (alias outer 1 $record (type $r'))
                (export "item" (type $r (eq $r')))
                (export "blob" (type $blob (sub resource)))
                (export "g" (func (param "i" $r)))))
            (alias export $base "item" (type $item))
            (alias export $base "blob" (type $blob))
            {} {})"#,
        interface("near", r#"(export "blob" (type $b (eq $blob)))"#),
        interface("far", ""),
    );
    let wit = print(&text);
    let near = &wit[wit.find("interface near").unwrap()..wit.find("interface far").unwrap()];
    let far = &wit[wit.find("interface far").unwrap()..];
    assert!(near.contains("use base.{item};") && !near.contains("record"), "{wit}");
    assert!(near.contains("type other = item;"), "{wit}");
    assert!(far.contains("record item {") && !far.contains("use"), "{wit}");
}

#[test]
fn resources_of_the_component_itself_are_exported() {
    check(
        r#"(component
            (type $r' (resource (rep i32)))
            (component $shell
                (import "r" (type $r (sub resource)))
                (import "get" (func $get (result (own $r))))
                (export $r2 "counter" (type $r))
                (export "make" (func $get) (func (result (own $r2)))))
            (core module $m (func (export "get") (result i32) unreachable))
            (core instance $m (instantiate $m))
            (func $get (result (own $r')) (canon lift (core func $m "get")))
            (instance $i (instantiate $shell (with "r" (type $r')) (with "get" (func $get))))
            (export "demo:count/api" (instance $i)))"#,
        &["export demo:count/api;", "resource counter;", "make: func() -> counter;"],
    );
}

#[test]
fn an_instance_that_is_no_interface_is_written_out() {
    check(
        r#"(component
            (import "plain" (instance (export "f" (func (result u8)))))
            (import "locked" (implements "demo:a/b@1.0.0") (instance (export "g" (func)))))"#,
        &["import plain: interface {", "f: func() -> u8;", "import locked: demo:a/b@1.0.0;", "package demo:a@1.0.0 {"],
    );
}

#[test]
fn types_of_the_world_are_defined_there() {
    check(
        r#"(component
            (type $r' (record (field "a" u8)))
            (import "rec" (type $r (eq $r')))
            (import "thing" (type $t (sub resource)))
            (import "[method]thing.poke" (func (param "self" (borrow $t))))
            (import "f" (func (param "r" $r) (result (own $t)))))"#,
        &["record rec {", "resource thing {", "poke: func();", "import f: func(r: rec) -> thing;"],
    );
}

#[test]
fn what_wit_cannot_say_is_a_comment() {
    check(
        r#"(component (core module $m) (export "m" (core module $m)) (component $c) (export "c" (component $c)))"#,
        &["// export m: a core module, which WIT cannot say", "// export c: a component, which WIT cannot say"],
    );
}

#[test]
fn asynchronous_and_newer_types() {
    check(
        r#"(component
            (import "f" (func async (param "s" (stream u8)) (param "t" (future)) (result (map string (list u8 4))))))"#,
        &["import f: async func(s: stream<u8>, t: future) -> map<string, list<u8, 4>>;"],
    );
}

#[test]
fn a_small_component_does_not_stand_for_a_large_text() {
    let mut text = "(component (type $t0 (tuple u8 u8))".to_owned();
    for level in 1..14 {
        text.push_str(&format!("(type $t{level} (tuple $t{before} $t{before}))", before = level - 1));
    }
    for function in 0..10 {
        text.push_str(&format!("(import \"f{function}\" (func (param \"x\" $t13)))"));
    }
    text.push(')');
    let wit = print(&text);
    assert!(wit.len() < 1 << 20, "{} bytes", wit.len());
    assert!(wit.contains("type unnamed-type"));
}
