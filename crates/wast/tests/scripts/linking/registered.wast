;; Explainer.md, "Import and Export Definitions": what one component exports can be what another one, loaded later, imports.

(component $provider
  (core module $m (func (export "f") (param i32) (result i32) (i32.mul (local.get 0) (i32.const 3))))
  (core instance $m (instantiate $m))
  (func (export "triple") (param "x" u32) (result u32) (canon lift (core func $m "f"))))
(register "provider" $provider)
(component $user
  (import "provider" (instance $p (export "triple" (func (param "x" u32) (result u32)))))
  (core func $t (canon lower (func $p "triple")))
  (core module $m
    (import "" "t" (func $t (param i32) (result i32)))
    (func (export "f") (param i32) (result i32) (call $t (call $t (local.get 0)))))
  (core instance $m (instantiate $m (with "" (instance (export "t" (func $t))))))
  (func (export "nine-times") (param "x" u32) (result u32) (canon lift (core func $m "f"))))
(assert_return (invoke $user "nine-times" (u32.const 2)) (u32.const 18))
(assert_return (invoke $provider "triple" (u32.const 2)) (u32.const 6))
(assert_unlinkable (component (import "absent" (func))) "absent")
(assert_unlinkable (component (import "provider" (instance (export "quadruple" (func))))) "quadruple")
(assert_unlinkable (component (import "provider" (instance (export "triple" (func (param "x" u64) (result u32)))))) "type")
