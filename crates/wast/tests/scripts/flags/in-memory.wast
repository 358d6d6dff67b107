;; CanonicalABI.md, "Element Size" (elem_size_flags): 1, 2 or 4 bytes.

(component
  (type $a' (flags "f0" "f1" "f2"))
  (export $a "a" (type $a'))
  (type $b' (flags "f0" "f1" "f2" "f3" "f4" "f5" "f6" "f7" "f8"))
  (export $b "b" (type $b'))
  (type $c' (flags "f0" "f1" "f2" "f3" "f4" "f5" "f6" "f7" "f8" "f9" "f10" "f11" "f12" "f13" "f14" "f15" "f16" "f17" "f18" "f19"))
  (export $c "c" (type $c'))
  (core module $m
    (memory (export "mem") 1)
    (func (export "store") (param i32 i32 i32) (result i32)
      (i32.store8 (i32.const 8) (local.get 0))
      (i32.store16 (i32.const 10) (local.get 1))
      (i32.store (i32.const 12) (local.get 2))
      (i32.const 8)))
  (core instance $m (instantiate $m))
  (func (export "echo") (param "a" $a) (param "b" $b) (param "c" $c) (result (tuple $a $b $c)) (canon lift (core func $m "store") (memory (core memory $m "mem")))))
(assert_return (invoke "echo" (flags.const "f0" "f2") (flags.const "f8") (flags.const "f1" "f19"))
  (tuple.const (flags.const "f0" "f2") (flags.const "f8") (flags.const "f1" "f19")))
(assert_return (invoke "echo" (flags.const) (flags.const) (flags.const))
  (tuple.const (flags.const) (flags.const) (flags.const)))
