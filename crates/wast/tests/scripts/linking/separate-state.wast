;; Explainer.md, "Instance Definitions": a component that is instantiated twice has two of everything.

(component
  (component $Counter
    (core module $m
      (global $n (mut i32) (i32.const 0))
      (func (export "next") (result i32)
        (global.set $n (i32.add (global.get $n) (i32.const 1)))
        (global.get $n)))
    (core instance $m (instantiate $m))
    (func (export "next") (result u32) (canon lift (core func $m "next"))))
  (instance $a (instantiate $Counter))
  (instance $b (instantiate $Counter))
  (export "a" (func $a "next"))
  (export "b" (func $b "next")))
(assert_return (invoke "a") (u32.const 1))
(assert_return (invoke "a") (u32.const 2))
(assert_return (invoke "b") (u32.const 1))
(assert_return (invoke "a") (u32.const 3))
