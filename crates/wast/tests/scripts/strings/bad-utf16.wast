;; CanonicalABI.md, "Loading" (load_string_from_range): what is not UTF-16 traps. Attack 20.

(component
  (core module $m
    (memory (export "mem") 1)
    (data (i32.const 8) "\00\d8")
    (func (export "f") (result i32)
      (i32.store (i32.const 0) (i32.const 8))
      (i32.store (i32.const 4) (i32.const 1))
      (i32.const 0)))
  (core instance $m (instantiate $m))
  (func (export "lone-high") (result string) (canon lift (core func $m "f") string-encoding=utf16 (memory (core memory $m "mem")))))
(assert_trap (invoke "lone-high") "UTF-16")
(component
  (core module $m
    (memory (export "mem") 1)
    (data (i32.const 8) "\00\dc")
    (func (export "f") (result i32)
      (i32.store (i32.const 0) (i32.const 8))
      (i32.store (i32.const 4) (i32.const 1))
      (i32.const 0)))
  (core instance $m (instantiate $m))
  (func (export "lone-low") (result string) (canon lift (core func $m "f") string-encoding=utf16 (memory (core memory $m "mem")))))
(assert_trap (invoke "lone-low") "UTF-16")
(component
  (core module $m
    (memory (export "mem") 1)
    (data (i32.const 8) "\00\dc\00\d8")
    (func (export "f") (result i32)
      (i32.store (i32.const 0) (i32.const 8))
      (i32.store (i32.const 4) (i32.const 2))
      (i32.const 0)))
  (core instance $m (instantiate $m))
  (func (export "wrong-order") (result string) (canon lift (core func $m "f") string-encoding=utf16 (memory (core memory $m "mem")))))
(assert_trap (invoke "wrong-order") "UTF-16")
(component
  (core module $m
    (memory (export "mem") 1)
    (data (i32.const 8) "a\00\3d\d8\00\de")
    (func (export "f") (result i32)
      (i32.store (i32.const 0) (i32.const 8))
      (i32.store (i32.const 4) (i32.const 2))
      (i32.const 0)))
  (core instance $m (instantiate $m))
  (func (export "cut-off-pair") (result string) (canon lift (core func $m "f") string-encoding=utf16 (memory (core memory $m "mem")))))
(assert_trap (invoke "cut-off-pair") "UTF-16")
(component
  (core module $m
    (memory (export "mem") 1)
    (data (i32.const 8) "\00\d8")
    (func (export "f") (result i32)
      (i32.store (i32.const 0) (i32.const 8))
      (i32.store (i32.const 4) (i32.const 0x80000001))
      (i32.const 0)))
  (core instance $m (instantiate $m))
  (func (export "tagged-lone-high") (result string) (canon lift (core func $m "f") string-encoding=latin1+utf16 (memory (core memory $m "mem")))))
(assert_trap (invoke "tagged-lone-high") "UTF-16")
