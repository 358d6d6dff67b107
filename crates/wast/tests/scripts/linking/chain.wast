;; Explainer.md, "Instance Definitions": instances hand functions on, through exports of exports and outer aliases.

(component
  (component $Base
    (core module $m (func (export "f") (param i32) (result i32) (i32.add (local.get 0) (i32.const 1))))
    (core instance $m (instantiate $m))
    (func $f (param "x" u32) (result u32) (canon lift (core func $m "f")))
    (instance $api (export "inc" (func $f)))
    (export "demo:base/api@1.0.0" (instance $api)))
  (component $Twice
    (import "demo:base/api@1.0.0" (instance $i (export "inc" (func (param "x" u32) (result u32)))))
    (core func $inc (canon lower (func $i "inc")))
    (core module $m
      (import "" "inc" (func $inc (param i32) (result i32)))
      (func (export "f") (param i32) (result i32) (call $inc (call $inc (local.get 0)))))
    (core instance $m (instantiate $m (with "" (instance (export "inc" (func $inc))))))
    (func $f (param "x" u32) (result u32) (canon lift (core func $m "f")))
    (instance $api (export "inc" (func $f)))
    (export "demo:base/api@1.0.0" (instance $api)))
  (component $Four
    (import "i" (instance $i (export "inc" (func (param "x" u32) (result u32)))))
    (alias outer 1 $Twice (component $T))
    (instance $a (instantiate $T (with "demo:base/api@1.0.0" (instance $i))))
    (instance $b (instantiate $T (with "demo:base/api@1.0.0" (instance $a "demo:base/api@1.0.0"))))
    (export "f" (func $b "demo:base/api@1.0.0" "inc")))
  (instance $base (instantiate $Base))
  (instance $four (instantiate $Four (with "i" (instance $base "demo:base/api@1.0.0"))))
  (export "f" (func $four "f"))
  (export "one" (func $base "demo:base/api@1.0.0" "inc")))
(assert_return (invoke "f" (u32.const 10)) (u32.const 14))
(assert_return (invoke "one" (u32.const 10)) (u32.const 11))
