//! When instances may be left and entered, what `realloc` may return, and exceptions.

use tambo_component_plan::InstanceId;
use tambo_engine::Engine;

use super::{Host, each, each_that, image_of};
use crate::image::{BuildOptions, FuncOrigin, TrapCode};

/// A callee with an allocator and something after the return, each of which may call the host.
fn leaving(realloc: &str, post_return: &str) -> String {
    format!(
        r#"(component
        (import "log" (func $log (param "x" u32)))
        (component $callee
            (import "log" (func $log (param "x" u32)))
            (core func $log (canon lower (func $log)))
            (core module $m
                (import "" "log" (func $log (param i32)))
                (memory (export "memory") 1)
                (func (export "realloc") (param i32 i32 i32 i32) (result i32) {realloc})
                (func (export "f") (param i32 i32) (result i32) (call $log (i32.const 2)) (i32.const 3))
                (func (export "post") (param i32) {post_return}))
            (core instance $i (instantiate $m (with "" (instance (export "log" (func $log))))))
            (func (export "f") (param "s" string) (result u32)
                (canon lift (core func $i "f") (memory (core memory $i "memory"))
                    (realloc (core func $i "realloc")) (post-return (core func $i "post")))))
        (component $caller
            (import "f" (func $f (param "s" string) (result u32)))
            (core module $memory (memory (export "memory") 1))
            (core instance $memory (instantiate $memory))
            (core func $f (canon lower (func $f) (memory (core memory $memory "memory"))))
            (core module $m
                (import "" "f" (func $f (param i32 i32) (result i32)))
                (func (export "run") (result i32) (call $f (i32.const 0) (i32.const 4))))
            (core instance $i (instantiate $m (with "" (instance (export "f" (func $f))))))
            (func (export "run") (result u32) (canon lift (core func $i "run"))))
        (instance $callee (instantiate $callee (with "log" (func $log))))
        (instance $caller (instantiate $caller (with "f" (func $callee "f"))))
        (export "run" (func $caller "run"))
        (export "f" (func $callee "f")))"#
    )
}

#[test]
fn realloc_and_post_return_may_not_leave() {
    let call = "(call $log (i32.const 1))";
    each(&leaving("(i32.const 8)", ""), |program| {
        let mut guest = program.start();
        for _ in 0..2 {
            assert_eq!(guest.call("run", &[]), Ok(3));
            assert_eq!(guest.log(), ["call 2"]);
        }
    });
    each(&leaving(&format!("{call} (i32.const 8)"), ""), |program| {
        let mut guest = program.start();
        assert_eq!(guest.call("run", &[]), Err(Some(TrapCode::CannotLeave)));
        assert!(guest.log().is_empty());
    });
    each(&leaving("(i32.const 8)", call), |program| {
        let mut guest = program.start();
        assert_eq!(guest.call("run", &[]), Err(Some(TrapCode::CannotLeave)));
        assert_eq!(guest.log(), ["call 2"]);
    });
    // The same when the host is the caller.
    each(&leaving(&format!("{call} (i32.const 8)"), ""), |program| {
        assert_eq!(program.run("f", &[8]), Err(Some(TrapCode::CannotLeave)));
    });
    each(&leaving("(i32.const 8)", call), |program| {
        assert_eq!(program.run("f", &[u64::MAX]), Err(Some(TrapCode::CannotLeave)));
    });
}

#[test]
fn post_return_gets_the_flat_results() {
    each(&leaving("(i32.const 8)", "(if (i32.ne (local.get 0) (i32.const 3)) (then unreachable))"), |program| {
        assert_eq!(program.run("run", &[]), Ok(3));
        assert_eq!(program.run("f", &[u64::MAX]), Ok(3));
    });
}

#[test]
fn what_realloc_returns_is_checked() {
    for (pointer, wanted) in [
        (0x1_0000 - 4, Ok(3)),
        (0x1_0000 - 3, Err(Some(TrapCode::ReallocOutOfBounds))),
        (-1, Err(Some(TrapCode::ReallocOutOfBounds))),
    ] {
        each(&leaving(&format!("(i32.const {pointer})"), ""), |program| {
            assert_eq!(program.run("run", &[]), wanted, "{pointer}");
        });
    }
    let utf16 = leaving("(i32.const 9)", "").replace("(post-return", "string-encoding=utf16 (post-return");
    each(&utf16, |program| assert_eq!(program.run("run", &[]), Err(Some(TrapCode::BadRealloc))));
}

/// A child that calls its parent, which calls the child again if told to.
const AGAIN: &str = r#"(component
    (component $child
        (import "back" (func $back (param "x" u32)))
        (core func $back (canon lower (func $back)))
        (core module $m
            (import "" "back" (func $back (param i32)))
            (func (export "f") (param i32) (if (local.get 0)
                (then (call $back (i32.sub (local.get 0) (i32.const 1)))))))
        (core instance $i (instantiate $m (with "" (instance (export "back" (func $back))))))
        (func (export "f") (param "x" u32) (canon lift (core func $i "f"))))
    (core module $parent
        (type $t (func (param i32)))
        (table (export "table") 1 funcref)
        (func (export "back") (type $t)
            (if (local.get 0) (then (call_indirect (type $t) (local.get 0) (i32.const 0))))))
    (core instance $parent (instantiate $parent))
    (func $back (param "x" u32) (canon lift (core func $parent "back")))
    (instance $child (instantiate $child (with "back" (func $back))))
    (core func $f (canon lower (func $child "f")))
    (core module $fill
        (import "" "table" (table 1 funcref))
        (import "" "f" (func $f (param i32)))
        (elem (i32.const 0) func $f)
        (func (export "run") (param i32) (call $f (local.get 0))))
    (core instance $fill (instantiate $fill (with "" (instance
        (export "table" (table $parent "table")) (export "f" (func $f))))))
    (func (export "run") (param "x" u32) (canon lift (core func $fill "run")))
    (export "f" (func $child "f")))"#;

#[test]
fn an_instance_that_runs_is_not_entered_again() {
    each(AGAIN, |program| {
        let mut guest = program.start();
        // To the child and back is fine, again and again; but not a second time to the child.
        for name in ["run", "f", "run"] {
            assert!(guest.call(name, &[0]).is_ok());
            assert!(guest.call(name, &[1]).is_ok());
        }
        assert_eq!(program.run("run", &[2]), Err(Some(TrapCode::CannotEnter)));
        assert_eq!(program.run("f", &[2]), Err(Some(TrapCode::CannotEnter)));
    });
}

#[test]
fn flags_are_kept_only_where_a_check_can_fail() {
    let (plan, _) = image_of(AGAIN, &BuildOptions::default()).unwrap();
    let instances = super::super::declare(&plan, &BuildOptions::default()).unwrap().outline.instances;
    let (root, child) = (InstanceId(0), InstanceId(1));
    assert_eq!(instances.entering(Some(root), child), [child]);
    assert_eq!(instances.entering(None, child), [child], "the host never enters the root twice");
    assert!(instances.entering(Some(child), root).is_empty());
    assert!(!instances.may_be_left(root) && !instances.may_be_left(child));

    let (plan, _) = image_of(&leaving("(i32.const 8)", ""), &BuildOptions::default()).unwrap();
    let instances = super::super::declare(&plan, &BuildOptions::default()).unwrap().outline.instances;
    let (callee, caller) = (InstanceId(1), InstanceId(2));
    assert!(instances.entering(Some(caller), callee).is_empty(), "the callee cannot come back");
    assert!(instances.may_be_left(callee) && !instances.may_be_left(caller));
}

#[test]
fn what_needs_no_code_gets_none() {
    let text = r#"(component
        (import "log" (func $log (param "x" u32)))
        (core func $log (canon lower (func $log)))
        (core module $m (import "" "log" (func $log (param i32))) (start $s) (func $s (call $log (i32.const 5))))
        (core instance (instantiate $m (with "" (instance (export "log" (func $log)))))))"#;
    let (_, image) = image_of(text, &BuildOptions::default()).unwrap();
    let generated = image.sources.iter().filter(|origin| **origin == FuncOrigin::Generated).count();
    assert!(generated <= 1, "nothing but a start function");
    each(text, |program| assert_eq!(program.start().log(), ["call 5"]));
}

/// A callee that throws, from where it is told to.
fn throwing(f: &str, realloc: &str, post_return: &str) -> String {
    leaving(&format!("{realloc} (i32.const 8)"), post_return)
        .replace("(call $log (i32.const 2))", f)
        .replace(
            r#"(import "" "log" (func $log (param i32)))"#,
            r#"(import "" "log" (func $log (param i32))) (tag $e)"#,
        )
        .replace(
            r#"(func (export "run") (result i32) (call $f (i32.const 0) (i32.const 4)))"#,
            r#"(func (export "run") (result i32)
                (block $caught (try_table (catch_all $caught) (return (call $f (i32.const 0) (i32.const 4)))))
                (i32.const 99))"#,
        )
}

#[test]
fn exceptions_do_not_leave_a_component() {
    let throws = |engine: &dyn Engine<Host>| engine.capabilities().exceptions;
    let trap = Err(Some(TrapCode::UncaughtException));
    for (f, realloc, post_return) in [("(throw $e)", "", ""), ("", "(throw $e)", ""), ("", "", "(throw $e)")] {
        each_that(&throwing(f, realloc, post_return), throws, |program| {
            assert_eq!(program.run("run", &[]), trap, "{f} {realloc} {post_return}");
            assert_eq!(program.run("f", &[8]), trap, "{f} {realloc} {post_return}");
        });
    }
    each_that(&throwing("", "", ""), throws, |program| assert_eq!(program.run("run", &[]), Ok(3)));
}
