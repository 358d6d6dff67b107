;; CanonicalABI.md, "Lifting" (lift_own, lift_borrow) and "canon resource.rep": a handle of another type traps.

(component definition $Types
  (type $a (resource (rep i32)))
  (type $b (resource (rep i32)))
  (core func $new-a (canon resource.new $a))
  (core func $rep-a (canon resource.rep $a))
  (core func $rep-b (canon resource.rep $b))
  (core func $drop-b (canon resource.drop $b))
  (core module $m
    (import "" "new-a" (func $new-a (param i32) (result i32)))
    (import "" "rep-a" (func $rep-a (param i32) (result i32)))
    (import "" "rep-b" (func $rep-b (param i32) (result i32)))
    (import "" "drop-b" (func $drop-b (param i32)))
    (func (export "right") (result i32) (call $rep-a (call $new-a (i32.const 7))))
    (func (export "wrong-rep") (result i32) (call $rep-b (call $new-a (i32.const 7))))
    (func (export "wrong-drop") (result i32) (call $drop-b (call $new-a (i32.const 7))) (i32.const 0)))
  (core instance $m (instantiate $m (with "" (instance
    (export "new-a" (func $new-a)) (export "rep-a" (func $rep-a))
    (export "rep-b" (func $rep-b)) (export "drop-b" (func $drop-b))))))
  (func (export "right") (result u32) (canon lift (core func $m "right")))
  (func (export "wrong-rep") (result u32) (canon lift (core func $m "wrong-rep")))
  (func (export "wrong-drop") (result u32) (canon lift (core func $m "wrong-drop"))))
(component instance $t $Types)
(assert_return (invoke "right") (u32.const 7))
(assert_trap (invoke "wrong-rep") "type")
(component instance $t $Types)
(assert_trap (invoke "wrong-drop") "type")
