;; CanonicalABI.md, "canon lower" and "Lifting and Lowering Context" (may_leave): realloc and post-return cannot call out. Attack 23.

(component definition $Test
  (component $Other
    (core module $m (func (export "f")))
    (core instance $m (instantiate $m))
    (func (export "f") (canon lift (core func $m "f"))))
  (instance $other (instantiate $Other))
  (component $Caller
    (import "f" (func $f))
    (core func $f (canon lower (func $f)))
    (core module $m
      (import "" "f" (func $f))
      (memory (export "mem") 1)
      (func (export "realloc") (param i32 i32 i32 i32) (result i32) (call $f) (i32.const 1024))
      (func (export "take") (param i32 i32))
      (func (export "run") (call $f))
      (func (export "after") (call $f)))
    (core instance $m (instantiate $m (with "" (instance (export "f" (func $f))))))
    (func (export "good") (canon lift (core func $m "run")))
    (func (export "bad-after") (canon lift (core func $m "run") (post-return (core func $m "after"))))
    (func (export "bad-realloc") (param "s" string)
      (canon lift (core func $m "take") (memory (core memory $m "mem")) (realloc (core func $m "realloc")))))
  (instance $caller (instantiate $Caller (with "f" (func $other "f"))))
  (export "good" (func $caller "good"))
  (export "bad-after" (func $caller "bad-after"))
  (export "bad-realloc" (func $caller "bad-realloc")))
(component instance $t $Test)
(assert_return (invoke "good"))
(assert_trap (invoke "bad-after") "cannot leave component instance")
(component instance $t $Test)
(assert_trap (invoke "bad-realloc" (str.const "x")) "cannot leave component instance")
