;; CanonicalABI.md, "Component Instances" (may_enter) and "canon lift": an instance that is running cannot be entered again. Attack 23.

(component definition $Test
  (core module $cell
    (table (export "t") 1 funcref)
    (func (export "call") (call_indirect (i32.const 0)))
    (func (export "harmless")))
  (core instance $cell (instantiate $cell))
  (func $harmless (canon lift (core func $cell "harmless")))
  (component $Child
    (import "back" (func $back))
    (core func $back (canon lower (func $back)))
    (core module $m (import "" "back" (func $back)) (func (export "go") (call $back)) (func (export "stay")))
    (core instance $m (instantiate $m (with "" (instance (export "back" (func $back))))))
    (func (export "go") (canon lift (core func $m "go")))
    (func (export "stay") (canon lift (core func $m "stay"))))
  (instance $child (instantiate $Child (with "back" (func $harmless))))
  (core func $go (canon lower (func $child "go")))
  (core func $stay (canon lower (func $child "stay")))
  (core module $m
    (import "" "go" (func $go))
    (import "" "stay" (func $stay))
    (func (export "there-and-back") (call $go))
    (func (export "there") (call $stay)))
  (core instance $m (instantiate $m (with "" (instance (export "go" (func $go)) (export "stay" (func $stay))))))
  (func (export "there-and-back") (canon lift (core func $m "there-and-back")))
  (func (export "there") (canon lift (core func $m "there"))))
(component instance $t $Test)
(assert_trap (invoke "there-and-back") "cannot enter component instance")
