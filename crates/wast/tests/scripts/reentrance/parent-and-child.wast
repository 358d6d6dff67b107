;; CanonicalABI.md, "Component Instances" (may_enter_from): a child may call its parent, which waits for it; nobody may
;; call the child meanwhile. Attack 23.

(component definition $Test
  ;; What the child calls: the function in the table, of which the parent decides.
  (core module $cell
    (table (export "t") 1 funcref)
    (func (export "call") (call_indirect (i32.const 0))))
  (core instance $cell (instantiate $cell))
  (func $back (canon lift (core func $cell "call")))
  (component $Child
    (import "back" (func $back))
    (core func $back (canon lower (func $back)))
    (core module $m (import "" "back" (func $back)) (func (export "go") (call $back)) (func (export "stay")))
    (core instance $m (instantiate $m (with "" (instance (export "back" (func $back))))))
    (func (export "go") (canon lift (core func $m "go")))
    (func (export "stay") (canon lift (core func $m "stay"))))
  (instance $child (instantiate $Child (with "back" (func $back))))
  (core func $go (canon lower (func $child "go")))
  (core func $stay (canon lower (func $child "stay")))
  (core module $m
    (import "" "go" (func $go))
    (import "" "stay" (func $stay))
    (import "" "t" (table 1 funcref))
    (elem declare func $stay $harmless)
    (func $harmless)
    (func (export "there-and-back")
      (table.set (i32.const 0) (ref.func $harmless))
      (call $go))
    (func (export "back-into-the-child")
      (table.set (i32.const 0) (ref.func $stay))
      (call $go))
    (func (export "there") (call $stay) (call $stay)))
  (core instance $m (instantiate $m (with "" (instance
    (export "go" (func $go)) (export "stay" (func $stay)) (export "t" (table $cell "t"))))))
  (func (export "there-and-back") (canon lift (core func $m "there-and-back")))
  (func (export "back-into-the-child") (canon lift (core func $m "back-into-the-child")))
  (func (export "there") (canon lift (core func $m "there"))))
(component instance $t $Test)
(assert_return (invoke "there"))
(assert_return (invoke "there-and-back"))
(assert_trap (invoke "back-into-the-child") "cannot enter component instance")
