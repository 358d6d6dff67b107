;; CanonicalABI.md, "Loading" (load_string_from_range): the highest bit of a length says that the units have 16 bits.

(component
  (core module $m
    (memory (export "mem") 1)
    (data (i32.const 8) "\e9\ff\00a")
    (data (i32.const 16) "\03\26\e9\00")
    (func $at (param $pointer i32) (param $length i32) (result i32)
      (i32.store (i32.const 0) (local.get $pointer))
      (i32.store (i32.const 4) (local.get $length))
      (i32.const 0))
    (func (export "bytes") (result i32) (call $at (i32.const 8) (i32.const 4)))
    (func (export "units") (result i32) (call $at (i32.const 16) (i32.const 0x80000002)))
    (func (export "none") (result i32) (call $at (i32.const 16) (i32.const 0x80000000))))
  (core instance $m (instantiate $m))
  (func (export "bytes") (result string) (canon lift (core func $m "bytes") string-encoding=latin1+utf16 (memory (core memory $m "mem"))))
  (func (export "units") (result string) (canon lift (core func $m "units") string-encoding=latin1+utf16 (memory (core memory $m "mem"))))
  (func (export "none") (result string) (canon lift (core func $m "none") string-encoding=latin1+utf16 (memory (core memory $m "mem")))))
(assert_return (invoke "bytes") (str.const "é\u{ff}\u{0}a"))
(assert_return (invoke "units") (str.const "☃é"))
(assert_return (invoke "none") (str.const ""))
