//! Matching imports.

use tambo_engine::{ErrorStage, ExternKind, FuncType, ValueType};

use crate::Make;
use crate::rig::{Rig, call_i32};

fn link_error(make: Make<'_>, text: &str) -> String {
    for parks in [false, true] {
        let error = Rig::new(make).prepare(text, parks).err().expect("linking must fail");
        assert_eq!(error.stage, ErrorStage::Link, "{error}");
        if parks {
            return error.message;
        }
    }
    unreachable!()
}

/// The error says which import has nothing behind it, and what it should be.
pub fn a_missing_import_is_named(make: Make<'_>) {
    let message = link_error(make, r#"(module (import "host" "absent" (func (param i32) (result i64))))"#);
    for part in ["`host`", "`absent`", "func(i32) -> i64"] {
        assert!(message.contains(part), "{message}");
    }
}

/// The error says which import has another type, and both types.
pub fn another_type_is_named(make: Make<'_>) {
    let message = link_error(make, r#"(module (import "host" "wait" (func (param f64))))"#);
    for part in ["`host`", "`wait`", "func(f64)", "func(i32) -> i32"] {
        assert!(message.contains(part), "{message}");
    }
}

/// Memories, tables and globals cannot be imported.
pub fn only_functions_are_imported(make: Make<'_>) {
    for (text, kind) in [
        (r#"(module (import "host" "wait" (memory 2)))"#, "memory"),
        (r#"(module (import "host" "wait" (table 1 funcref)))"#, "table"),
        (r#"(module (import "host" "wait" (global i32)))"#, "global"),
    ] {
        let message = link_error(make, text);
        assert!(message.contains(kind) && message.contains("`wait`"), "{message}");
    }
}

/// A host offers more than a module imports.
pub fn unused_imports_are_left_out(make: Make<'_>) {
    let rig = Rig::new(make);
    assert!(rig.prepare("(module)", false).is_ok());
    assert!(rig.prepare(r#"(module (import "host" "wait" (func (param i32) (result i32))))"#, true).is_ok());
}

/// The binary format allows the same name twice.
pub fn an_import_may_be_named_twice(make: Make<'_>) {
    let text = r#"(module
        (import "host" "inc" (func $a (param i32) (result i32)))
        (import "host" "wait" (func $b (param i32) (result i32)))
        (import "host" "inc" (func $c (param i32) (result i32)))
        (import "host" "wait" (func $d (param i32) (result i32)))
        (func (export "f") (result i32) (call $a (call $b (call $c (call $d (i32.const 0)))))))"#;
    let rig = Rig::new(make);
    assert_eq!(call_i32(&mut *rig.instance(text), "f", &[]).unwrap(), 4);
    assert_eq!(call_i32(&mut *rig.parking(text), "f", &[]).unwrap(), 4);
}

/// A module tells what it imports and exports, in order; what the engine adds for itself is not told.
pub fn imports_and_exports_are_listed(make: Make<'_>) {
    let text = r#"(module
        (import "host" "log" (func (param i64)))
        (import "env" "table" (table 1 funcref))
        (memory (export "memory") 1 2)
        (global (export "g") i32 (i32.const 0))
        (func $s) (start $s)
        (func (export "f") (param i32) (result f64) unreachable))"#;
    let module = Rig::new(make).compile(text).unwrap();
    let imports = module.imports();
    assert_eq!((&*imports[0].module, &*imports[0].name), ("host", "log"));
    assert_eq!(imports[0].kind, ExternKind::Func(FuncType::new([ValueType::I64], [])));
    assert_eq!(imports[1].kind, ExternKind::Table);
    let exports = module.exports();
    let names: Vec<&str> = exports.iter().map(|export| &*export.name).collect();
    assert_eq!(names, ["memory", "g", "f"]);
    let memory = ExternKind::Memory { minimum: 1, maximum: Some(2), memory64: false, shared: false };
    assert_eq!(exports[0].kind, memory);
    assert_eq!(exports[2].kind, ExternKind::Func(FuncType::new([ValueType::I32], [ValueType::F64])));
}
