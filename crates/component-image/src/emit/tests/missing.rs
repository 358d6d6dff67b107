//! What is not there yet traps when it is called, in words that say what is missing, and harms nothing before.

use super::each;

/// Calls what has no implementation, after something that has.
fn missing(definition: &str, import: &str, call: &str) -> Vec<String> {
    let text = format!(
        r#"(component
        (type $stream (stream u8))
        (import "f" (func $later async (param "x" string)))
        (core module $memory (memory (export "memory") 1))
        (core instance $memory (instantiate $memory))
        {definition}
        (core module $m
            (import "" "f" {import})
            (func (export "ok") (result i32) (i32.const 5))
            (func (export "run") {call}))
        (core instance $i (instantiate $m (with "" (instance (export "f" (func $f))))))
        (func (export "ok") (result u32) (canon lift (core func $i "ok")))
        (func (export "run") (canon lift (core func $i "run"))))"#
    );
    let told = std::cell::RefCell::new(Vec::new());
    each(&text, |program| {
        let mut guest = program.start();
        assert_eq!(guest.call("ok", &[]), Ok(5));
        assert_eq!(guest.call("run", &[]), Err(None));
        told.borrow_mut().extend(guest.log());
    });
    let mut told = told.into_inner();
    told.dedup();
    told
}

#[test]
fn built_ins_are_named() {
    let word = "(func (result i32))";
    let told = missing("(core func $f (canon waitable-set.new))", word, "(drop (call 0))");
    assert_eq!(told, ["root uses the built-in `waitable-set.new`, which is not supported yet"]);
    let read = r#"(core func $f (canon stream.read $stream async (memory (core memory $memory "memory"))))"#;
    let told = missing(
        read,
        "(func (param i32 i32 i32) (result i32))",
        "(drop (call 0 (i32.const 0) (i32.const 0) (i32.const 0)))",
    );
    assert_eq!(told, ["root uses the built-in `stream.read`, which is not supported yet"]);
}

#[test]
fn asynchronous_calls_name_the_function() {
    let told = missing(
        r#"(core func $f (canon lower (func $later) async (memory (core memory $memory "memory"))))"#,
        "(func (param i32 i32) (result i32))",
        "(drop (call 0 (i32.const 0) (i32.const 0)))",
    );
    let expected = "the import `f`: the asynchronous calling convention in a call by root, which is not supported yet";
    assert_eq!(told, [expected]);
}

#[test]
fn an_instance_passes_no_strings_to_itself() {
    let told = missing(
        r#"(core module $own
            (memory (export "memory") 1)
            (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 0))
            (func (export "g") (param i32 i32)))
        (core instance $own (instantiate $own))
        (func $g (param "text" string) (canon lift (core func $own "g")
            (memory (core memory $own "memory")) (realloc (core func $own "realloc"))))
        (core func $f (canon lower (func $g) (memory (core memory $memory "memory"))))"#,
        "(func (param i32 i32))",
        "(call 0 (i32.const 0) (i32.const 0))",
    );
    let what = "strings, lists or handles that it passes to itself in a call by root, which is not supported yet";
    assert_eq!(told, [format!("a function of root: {what}")]);
}
