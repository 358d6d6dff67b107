;; CanonicalABI.md, "Flat Lifting" and "Loading": every number but 0 is true; true is lowered as 1.

(component
  (core module $m
    (memory (export "mem") 1)
    (func (export "id") (param i32) (result i32) (local.get 0))
    (func (export "in-memory") (param i32) (result i32)
      (i32.store8 (i32.const 8) (local.get 0))
      (i32.store8 (i32.const 9) (i32.const 0))
      (i32.const 8)))
  (core instance $m (instantiate $m))
  (func (export "to-bool") (param "x" u32) (result bool) (canon lift (core func $m "id")))
  (func (export "from-bool") (param "x" bool) (result u32) (canon lift (core func $m "id")))
  (func (export "load") (param "x" u8) (result (tuple bool bool)) (canon lift (core func $m "in-memory") (memory (core memory $m "mem")))))
(assert_return (invoke "to-bool" (u32.const 0)) (bool.const false))
(assert_return (invoke "to-bool" (u32.const 1)) (bool.const true))
(assert_return (invoke "to-bool" (u32.const 0x100)) (bool.const true))
(assert_return (invoke "to-bool" (u32.const 0x80000000)) (bool.const true))
(assert_return (invoke "from-bool" (bool.const true)) (u32.const 1))
(assert_return (invoke "from-bool" (bool.const false)) (u32.const 0))
(assert_return (invoke "load" (u8.const 2)) (tuple.const (bool.const true) (bool.const false)))
(assert_return (invoke "load" (u8.const 0)) (tuple.const (bool.const false) (bool.const false)))
