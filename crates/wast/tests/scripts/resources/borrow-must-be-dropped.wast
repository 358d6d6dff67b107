;; CanonicalABI.md, "canon lift" and "Tasks" (num_borrows): a borrowed handle that the callee still has when it returns traps.

(component definition $Test
  (component $Owner
    (core module $d
      (global $dropped (mut i32) (i32.const 0))
      (func (export "dtor") (param i32) (global.set $dropped (local.get 0)))
      (func (export "dropped") (result i32) (global.get $dropped)))
    (core instance $d (instantiate $d))
    (type $r' (resource (rep i32) (dtor (core func $d "dtor"))))
    (export $r "r" (type $r'))
    (core func $new (canon resource.new $r'))
    (core func $drop (canon resource.drop $r'))
    (core module $m
      (import "" "new" (func $new (param i32) (result i32)))
      (import "" "drop" (func $drop (param i32)))
      (func (export "make") (param i32) (result i32) (call $new (local.get 0)))
      (func (export "look") (param i32) (result i32) (local.get 0))
      (func (export "take") (param i32) (call $drop (local.get 0))))
    (core instance $m (instantiate $m (with "" (instance
      (export "new" (func $new)) (export "drop" (func $drop))))))
    (func (export "make") (param "rep" u32) (result (own $r)) (canon lift (core func $m "make")))
    (func (export "look") (param "r" (borrow $r)) (result u32) (canon lift (core func $m "look")))
    (func (export "take") (param "r" (own $r)) (canon lift (core func $m "take")))
    (func (export "dropped") (result u32) (canon lift (core func $d "dropped"))))
  (component $Middle
    (import "o" (instance $o (export "r" (type $r (sub resource)))))
    (alias export $o "r" (type $r))
    (core func $drop (canon resource.drop $r))
    (core module $m
      (import "" "drop" (func $drop (param i32)))
      (func (export "keep") (param i32))
      (func (export "give-back") (param i32) (call $drop (local.get 0))))
    (core instance $m (instantiate $m (with "" (instance (export "drop" (func $drop))))))
    (func (export "keep") (param "r" (borrow $r)) (canon lift (core func $m "keep")))
    (func (export "give-back") (param "r" (borrow $r)) (canon lift (core func $m "give-back"))))
  (component $User
    (import "o" (instance $o
      (export "r" (type $r (sub resource)))
      (export "make" (func (param "rep" u32) (result (own $r))))))
    (alias export $o "r" (type $r))
    (import "m" (instance $k
      (export "keep" (func (param "r" (borrow $r))))
      (export "give-back" (func (param "r" (borrow $r))))))
    (core func $make (canon lower (func $o "make")))
    (core func $keep (canon lower (func $k "keep")))
    (core func $give-back (canon lower (func $k "give-back")))
    (core module $m
      (import "" "make" (func $make (param i32) (result i32)))
      (import "" "keep" (func $keep (param i32)))
      (import "" "give-back" (func $give-back (param i32)))
      (func (export "good") (call $give-back (call $make (i32.const 1))))
      (func (export "bad") (call $keep (call $make (i32.const 1)))))
    (core instance $m (instantiate $m (with "" (instance
      (export "make" (func $make)) (export "keep" (func $keep)) (export "give-back" (func $give-back))))))
    (func (export "good") (canon lift (core func $m "good")))
    (func (export "bad") (canon lift (core func $m "bad"))))
  (instance $o (instantiate $Owner))
  (instance $k (instantiate $Middle (with "o" (instance $o))))
  (instance $u (instantiate $User (with "o" (instance $o)) (with "m" (instance $k))))
  (func (export "good") (alias export $u "good"))
  (func (export "bad") (alias export $u "bad")))
(component instance $t $Test)
(assert_return (invoke "good"))
(assert_trap (invoke "bad") "borrow")
