;; CanonicalABI.md, "canonopt Validation": options that a type needs, and that fit.

(assert_invalid
  (component
    (core module $m (func (export "f") (result i32) (i32.const 0)))
    (core instance $m (instantiate $m))
    (func (export "f") (result string) (canon lift (core func $m "f"))))
  "memory")
(assert_invalid
  (component
    (core module $m (memory (export "mem") 1) (func (export "f") (param i32 i32)))
    (core instance $m (instantiate $m))
    (func (export "f") (param "x" string) (canon lift (core func $m "f") (memory (core memory $m "mem")))))
  "realloc")
(assert_invalid
  (component
    (core module $m (memory (export "mem") 1) (func (export "realloc") (param i32) (result i32) (local.get 0)) (func (export "f") (param i32 i32)))
    (core instance $m (instantiate $m))
    (func (export "f") (param "x" string) (canon lift (core func $m "f") (memory (core memory $m "mem")) (realloc (core func $m "realloc")))))
  "realloc")
(assert_invalid
  (component
    (core module $m (func (export "f") (result i32) (i32.const 0)) (func (export "p") (param i64)))
    (core instance $m (instantiate $m))
    (func (export "f") (result u32) (canon lift (core func $m "f") (post-return (core func $m "p")))))
  "post-return")
(assert_invalid
  (component
    (import "f" (func $f))
    (core module $m (func (export "p")))
    (core instance $m (instantiate $m))
    (core func (canon lower (func $f) (post-return (core func $m "p")))))
  "post-return")
(assert_invalid
  (component
    (core module $m (func (export "f") (param i32)))
    (core instance $m (instantiate $m))
    (func (export "f") (param "x" u64) (canon lift (core func $m "f"))))
  "type")
(assert_malformed (component quote "(core func (canon lower (func 0) string-encoding=ebcdic))") "expected")
