;; CanonicalABI.md, "Loading" (load_string_from_range): what is not UTF-8 traps. Attack 20.

(component
  (core module $m
    (memory (export "mem") 1)
    (data (i32.const 8) "\80")
    (func (export "f") (result i32)
      (i32.store (i32.const 0) (i32.const 8))
      (i32.store (i32.const 4) (i32.const 1))
      (i32.const 0)))
  (core instance $m (instantiate $m))
  (func (export "lone-continuation") (result string) (canon lift (core func $m "f") string-encoding=utf8 (memory (core memory $m "mem")))))
(assert_trap (invoke "lone-continuation") "UTF-8")
(component
  (core module $m
    (memory (export "mem") 1)
    (data (i32.const 8) "\c0\80")
    (func (export "f") (result i32)
      (i32.store (i32.const 0) (i32.const 8))
      (i32.store (i32.const 4) (i32.const 2))
      (i32.const 0)))
  (core instance $m (instantiate $m))
  (func (export "overlong") (result string) (canon lift (core func $m "f") string-encoding=utf8 (memory (core memory $m "mem")))))
(assert_trap (invoke "overlong") "UTF-8")
(component
  (core module $m
    (memory (export "mem") 1)
    (data (i32.const 8) "\ed\a0\80")
    (func (export "f") (result i32)
      (i32.store (i32.const 0) (i32.const 8))
      (i32.store (i32.const 4) (i32.const 3))
      (i32.const 0)))
  (core instance $m (instantiate $m))
  (func (export "surrogate") (result string) (canon lift (core func $m "f") string-encoding=utf8 (memory (core memory $m "mem")))))
(assert_trap (invoke "surrogate") "UTF-8")
(component
  (core module $m
    (memory (export "mem") 1)
    (data (i32.const 8) "\f4\90\80\80")
    (func (export "f") (result i32)
      (i32.store (i32.const 0) (i32.const 8))
      (i32.store (i32.const 4) (i32.const 4))
      (i32.const 0)))
  (core instance $m (instantiate $m))
  (func (export "too-large") (result string) (canon lift (core func $m "f") string-encoding=utf8 (memory (core memory $m "mem")))))
(assert_trap (invoke "too-large") "UTF-8")
(component
  (core module $m
    (memory (export "mem") 1)
    (data (i32.const 8) "\e2\98\83")
    (func (export "f") (result i32)
      (i32.store (i32.const 0) (i32.const 8))
      (i32.store (i32.const 4) (i32.const 2))
      (i32.const 0)))
  (core instance $m (instantiate $m))
  (func (export "cut-off") (result string) (canon lift (core func $m "f") string-encoding=utf8 (memory (core memory $m "mem")))))
(assert_trap (invoke "cut-off") "UTF-8")
(component
  (core module $m
    (memory (export "mem") 1)
    (data (i32.const 8) "\ff")
    (func (export "f") (result i32)
      (i32.store (i32.const 0) (i32.const 8))
      (i32.store (i32.const 4) (i32.const 1))
      (i32.const 0)))
  (core instance $m (instantiate $m))
  (func (export "bad-lead") (result string) (canon lift (core func $m "f") string-encoding=utf8 (memory (core memory $m "mem")))))
(assert_trap (invoke "bad-lead") "UTF-8")
