//! Handles that go from one component to another, and the end of resources.

use super::each;
use crate::image::TrapCode;

/// A definer of a resource type, whose destructor logs and may call its user again; and a user.
const COMPONENT: &str = r#"(component
    (import "log" (func $log (param "x" u32)))
    (component $definer
        (import "log" (func $log (param "x" u32)))
        (core func $log (canon lower (func $log)))
        (core module $d
            (import "" "log" (func $log (param i32)))
            (func (export "dtor") (param i32) (call $log (local.get 0))))
        (core instance $d (instantiate $d (with "" (instance (export "log" (func $log))))))
        (type $r' (resource (rep i32) (dtor (core func $d "dtor"))))
        (export $r "r" (type $r'))
        (core func $new (canon resource.new $r'))
        (core func $rep (canon resource.rep $r'))
        (core func $drop (canon resource.drop $r'))
        (core module $m
            (import "" "new" (func $new (param i32) (result i32)))
            (import "" "rep" (func $rep (param i32) (result i32)))
            (import "" "drop" (func $drop (param i32)))
            (func (export "make") (param i32) (result i32) (call $new (local.get 0)))
            (func (export "use") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1)))
            (func (export "take") (param i32) (drop (call $rep (local.get 0))) (call $drop (local.get 0))))
        (core instance $i (instantiate $m (with "" (instance
            (export "new" (func $new)) (export "rep" (func $rep)) (export "drop" (func $drop))))))
        (func (export "make") (param "x" u32) (result (own $r)) (canon lift (core func $i "make")))
        (func (export "use") (param "a" (borrow $r)) (param "b" (borrow $r)) (result u32)
            (canon lift (core func $i "use")))
        (func (export "take") (param "a" (own $r)) (canon lift (core func $i "take"))))
    (component $user
        (import "r" (type $r (sub resource)))
        (import "make" (func $make (param "x" u32) (result (own $r))))
        (import "use" (func $use (param "a" (borrow $r)) (param "b" (borrow $r)) (result u32)))
        (import "take" (func $take (param "a" (own $r))))
        (core func $make (canon lower (func $make)))
        (core func $use (canon lower (func $use)))
        (core func $take (canon lower (func $take)))
        (core func $drop (canon resource.drop $r))
        (core module $m
            (import "" "make" (func $make (param i32) (result i32)))
            (import "" "use" (func $use (param i32 i32) (result i32)))
            (import "" "take" (func $take (param i32)))
            (import "" "drop" (func $drop (param i32)))
            (func (export "make") (param i32) (result i32) (call $make (local.get 0)))
            (func (export "use") (param i32 i32) (result i32) (call $use (local.get 0) (local.get 1)))
            (func (export "take") (param i32) (call $take (local.get 0)))
            (func (export "drop") (param i32) (call $drop (local.get 0))))
        (core instance $i (instantiate $m (with "" (instance
            (export "make" (func $make)) (export "use" (func $use)) (export "take" (func $take))
            (export "drop" (func $drop))))))
        (func (export "make") (param "x" u32) (result u32) (canon lift (core func $i "make")))
        (func (export "use") (param "x" u32) (param "y" u32) (result u32) (canon lift (core func $i "use")))
        (func (export "take") (param "x" u32) (canon lift (core func $i "take")))
        (func (export "drop") (param "x" u32) (canon lift (core func $i "drop"))))
    (instance $definer (instantiate $definer (with "log" (func $log))))
    (instance $user (instantiate $user
        (with "r" (type $definer "r")) (with "make" (func $definer "make")) (with "use" (func $definer "use"))
        (with "take" (func $definer "take"))))
    (export "make" (func $user "make"))
    (export "use" (func $user "use"))
    (export "take" (func $user "take"))
    (export "drop" (func $user "drop")))"#;

#[test]
fn handles_are_moved_and_lent() {
    each(COMPONENT, |program| {
        let mut guest = program.start();
        assert_eq!(guest.call("make", &[5]), Ok(105));
        assert_eq!(guest.log(), ["new 5", "own 1>2 5"]);
        assert_eq!(guest.call("use", &[1, 2]), Ok(403));
        assert_eq!(guest.log(), ["enter", "borrow 2>1 1", "borrow 2>1 2", "exit"]);
    });
}

#[test]
fn the_destructor_is_called_if_the_host_says_so() {
    each(COMPONENT, |program| {
        let mut guest = program.start();
        guest.host().dropped = -1;
        assert!(guest.call("drop", &[3]).is_ok());
        assert_eq!(guest.log(), ["drop 3"]);
        guest.host().dropped = 0xffff_ffff;
        assert!(guest.call("drop", &[3]).is_ok());
        assert_eq!(guest.log(), ["drop 3", "call 4294967295"]);
        // In the instance that defines the type, too.
        assert!(guest.call("take", &[4]).is_ok());
        assert_eq!(guest.log(), ["own 2>1 4", "rep 104", "drop 104", "call 4294967295"]);
        let (resource, name) = &program.image.destructors[0];
        assert_eq!((resource.0, program.image.destructors.len()), (0, 1));
        assert!(guest.call_core(name, &[77]).is_ok());
        assert_eq!(guest.log(), ["call 77"]);
    });
}

/// A child defines a type, its function calls the parent, and the parent drops a resource of the child.
const DROPPED_INSIDE: &str = r#"(component
    (component $child
        (import "back" (func $back))
        (core func $back (canon lower (func $back)))
        (core module $m
            (import "" "back" (func $back))
            (func (export "f") (call $back))
            (func (export "dtor") (param i32)))
        (core instance $i (instantiate $m (with "" (instance (export "back" (func $back))))))
        (type $r' (resource (rep i32) (dtor (core func $i "dtor"))))
        (export "r" (type $r'))
        (func (export "f") (canon lift (core func $i "f"))))
    (core module $parent
        (type $t (func (param i32)))
        (table (export "table") 1 funcref)
        (func (export "back") (call_indirect (type $t) (i32.const 1) (i32.const 0))))
    (core instance $parent (instantiate $parent))
    (func $back (canon lift (core func $parent "back")))
    (instance $child (instantiate $child (with "back" (func $back))))
    (alias export $child "r" (type $r))
    (core func $drop (canon resource.drop $r))
    (core func $f (canon lower (func $child "f")))
    (core module $fill
        (import "" "table" (table 1 funcref))
        (import "" "drop" (func $drop (param i32)))
        (import "" "f" (func $f))
        (elem (i32.const 0) func $drop)
        (func (export "run") (call $f))
        (func (export "drop") (call $drop (i32.const 1))))
    (core instance $fill (instantiate $fill (with "" (instance
        (export "table" (table $parent "table")) (export "drop" (func $drop)) (export "f" (func $f))))))
    (func (export "run") (canon lift (core func $fill "run")))
    (func (export "drop") (canon lift (core func $fill "drop"))))"#;

#[test]
fn a_destructor_does_not_enter_an_instance_that_runs() {
    each(DROPPED_INSIDE, |program| {
        assert!(program.run("drop", &[]).is_ok());
        let mut guest = program.start();
        guest.host().dropped = -1;
        assert!(guest.call("run", &[]).is_ok(), "a handle that is only borrowed");
        guest.host().dropped = 1;
        assert_eq!(guest.call("run", &[]), Err(Some(TrapCode::CannotEnter)));
    });
}
