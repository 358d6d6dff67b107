;; CanonicalABI.md, "Embedding": a component that exhausts the stack traps, and the host goes on.

(component definition $Deep
  (core module $m (func $f (export "f") (call $f)))
  (core instance $m (instantiate $m))
  (func (export "f") (canon lift (core func $m "f"))))
(component instance $t $Deep)
(assert_exhaustion (invoke "f") "call stack exhausted")
(module (func $f (export "f") (call $f)) (func (export "g") (result i32) (i32.const 1)))
(assert_exhaustion (invoke "f") "call stack exhausted")
(assert_return (invoke "g") (i32.const 1))
