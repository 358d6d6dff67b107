;; CanonicalABI.md, "canon resource.drop" (num_lends): a handle that is lent cannot be dropped or given away.

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
  (component $User
    (import "o" (instance $o
      (export "r" (type $r (sub resource)))
      (export "make" (func (param "rep" u32) (result (own $r))))))
    (alias export $o "r" (type $r))
    (import "two" (func $two (param "a" (borrow $r)) (param "b" (own $r))))
    (core func $make (canon lower (func $o "make")))
    (core func $two (canon lower (func $two)))
    (core module $m
      (import "" "make" (func $make (param i32) (result i32)))
      (import "" "two" (func $two (param i32 i32)))
      (func (export "different") (call $two (call $make (i32.const 1)) (call $make (i32.const 2))))
      (func (export "same") (local $h i32)
        (local.set $h (call $make (i32.const 1)))
        (call $two (local.get $h) (local.get $h))))
    (core instance $m (instantiate $m (with "" (instance (export "make" (func $make)) (export "two" (func $two))))))
    (func (export "different") (canon lift (core func $m "different")))
    (func (export "same") (canon lift (core func $m "same"))))
  (component $Middle
    (import "o" (instance $o (export "r" (type $r (sub resource)))))
    (alias export $o "r" (type $r))
    (core func $drop (canon resource.drop $r))
    (core module $m
      (import "" "drop" (func $drop (param i32)))
      (func (export "two") (param i32 i32) (call $drop (local.get 0)) (call $drop (local.get 1))))
    (core instance $m (instantiate $m (with "" (instance (export "drop" (func $drop))))))
    (func (export "two") (param "a" (borrow $r)) (param "b" (own $r)) (canon lift (core func $m "two"))))
  (instance $o (instantiate $Owner))
  (instance $k (instantiate $Middle (with "o" (instance $o))))
  (instance $u (instantiate $User (with "o" (instance $o)) (with "two" (func $k "two"))))
  (func (export "different") (alias export $u "different"))
  (func (export "same") (alias export $u "same")))
(component instance $t $Test)
(assert_return (invoke "different"))
(assert_trap (invoke "same") "while borrowed")
