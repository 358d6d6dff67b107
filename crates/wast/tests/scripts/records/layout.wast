;; CanonicalABI.md, "Alignment", "Element Size" and "Loading" (load_record): fields in their order, padded; results of several flat values lie in memory.

(component
  (type $inner' (record (field "x" u8) (field "y" u64)))
  (export $inner "inner" (type $inner'))
  (type $outer' (record (field "flag" bool) (field "inner" $inner) (field "tail" u16)))
  (export $outer "outer" (type $outer'))
  (core module $m
    (memory (export "mem") 1)
    ;; flag at 0, inner at 8 (x at 8, y at 16), tail at 24; 32 bytes in all
    (func (export "swap") (param $flag i32) (param $x i32) (param $y i64) (param $tail i32) (result i32)
      (i32.store8 (i32.const 64) (i32.eqz (local.get $flag)))
      (i32.store8 (i32.const 72) (i32.add (local.get $x) (i32.const 1)))
      (i64.store (i32.const 80) (i64.add (local.get $y) (i64.const 1)))
      (i32.store16 (i32.const 88) (i32.add (local.get $tail) (i32.const 1)))
      (i32.const 64))
    (func (export "unaligned") (result i32) (i32.const 4))
    (func (export "outside") (result i32) (i32.const 65512)))
  (core instance $m (instantiate $m))
  (func (export "swap") (param "o" $outer) (result $outer) (canon lift (core func $m "swap") (memory (core memory $m "mem")))))
(assert_return (invoke "swap" (record.const (field "flag" bool.const true) (field "inner" record.const (field "x" u8.const 254) (field "y" u64.const 0xfffffffffffffffe)) (field "tail" u16.const 65534)))
  (record.const (field "flag" bool.const false) (field "inner" record.const (field "x" u8.const 255) (field "y" u64.const 0xffffffffffffffff)) (field "tail" u16.const 65535)))

(component
  (type $inner' (record (field "x" u8) (field "y" u64)))
  (export $inner "inner" (type $inner'))
  (type $outer' (record (field "flag" bool) (field "inner" $inner) (field "tail" u16)))
  (export $outer "outer" (type $outer'))
  (core module $m
    (memory (export "mem") 1)
    ;; flag at 0, inner at 8 (x at 8, y at 16), tail at 24; 32 bytes in all
    (func (export "swap") (param $flag i32) (param $x i32) (param $y i64) (param $tail i32) (result i32)
      (i32.store8 (i32.const 64) (i32.eqz (local.get $flag)))
      (i32.store8 (i32.const 72) (i32.add (local.get $x) (i32.const 1)))
      (i64.store (i32.const 80) (i64.add (local.get $y) (i64.const 1)))
      (i32.store16 (i32.const 88) (i32.add (local.get $tail) (i32.const 1)))
      (i32.const 64))
    (func (export "unaligned") (result i32) (i32.const 4))
    (func (export "outside") (result i32) (i32.const 65512)))
  (core instance $m (instantiate $m))
  (func (export "swap") (param "o" $outer) (result $outer) (canon lift (core func $m "swap") (memory (core memory $m "mem"))))
  (func (export "unaligned") (result $outer) (canon lift (core func $m "unaligned") (memory (core memory $m "mem")))))
(assert_trap (invoke "unaligned") "unaligned")

(component
  (type $inner' (record (field "x" u8) (field "y" u64)))
  (export $inner "inner" (type $inner'))
  (type $outer' (record (field "flag" bool) (field "inner" $inner) (field "tail" u16)))
  (export $outer "outer" (type $outer'))
  (core module $m
    (memory (export "mem") 1)
    ;; flag at 0, inner at 8 (x at 8, y at 16), tail at 24; 32 bytes in all
    (func (export "swap") (param $flag i32) (param $x i32) (param $y i64) (param $tail i32) (result i32)
      (i32.store8 (i32.const 64) (i32.eqz (local.get $flag)))
      (i32.store8 (i32.const 72) (i32.add (local.get $x) (i32.const 1)))
      (i64.store (i32.const 80) (i64.add (local.get $y) (i64.const 1)))
      (i32.store16 (i32.const 88) (i32.add (local.get $tail) (i32.const 1)))
      (i32.const 64))
    (func (export "unaligned") (result i32) (i32.const 4))
    (func (export "outside") (result i32) (i32.const 65512)))
  (core instance $m (instantiate $m))
  (func (export "swap") (param "o" $outer) (result $outer) (canon lift (core func $m "swap") (memory (core memory $m "mem"))))
  (func (export "outside") (result $outer) (canon lift (core func $m "outside") (memory (core memory $m "mem")))))
(assert_trap (invoke "outside") "out-of-bounds")
