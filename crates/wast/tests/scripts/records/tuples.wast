;; CanonicalABI.md, "Despecialization": a tuple is a record; one flat value is returned as such.

(component
  (core module $m
    (memory (export "mem") 1)
    (func (export "one") (param i32) (result i32) (local.get 0))
    (func (export "rotate") (param i32 i64 f32) (result i32)
      (f32.store (i32.const 8) (local.get 2))
      (i32.store8 (i32.const 12) (local.get 0))
      (i64.store (i32.const 16) (local.get 1))
      (i32.const 8)))
  (core instance $m (instantiate $m))
  (func (export "one") (param "x" (tuple u32)) (result (tuple u32)) (canon lift (core func $m "one")))
  (func (export "rotate") (param "x" (tuple s8 (tuple s64 f32))) (result (tuple f32 s8 s64)) (canon lift (core func $m "rotate") (memory (core memory $m "mem")))))
(assert_return (invoke "one" (tuple.const (u32.const 5))) (tuple.const (u32.const 5)))
(assert_return (invoke "rotate" (tuple.const (s8.const -3) (tuple.const (s64.const -4) (f32.const 1.5))))
  (tuple.const (f32.const 1.5) (s8.const -3) (s64.const -4)))
