;; CanonicalABI.md, "Storing" (store_list_into_range): realloc is asked for aligned memory of the right size, and what it answers is checked. Attack 20.

(component
  (core module $m
    (memory (export "mem") 1)
    (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 2))
    (func (export "f") (param i32 i32)))
  (core instance $m (instantiate $m))
  (func (export "unaligned") (param "x" (list u32)) (canon lift (core func $m "f") (memory (core memory $m "mem")) (realloc (core func $m "realloc")))))
(assert_trap (invoke "unaligned" (list.const (u32.const 1) (u32.const 2))) "not aligned")

(component
  (core module $m
    (memory (export "mem") 1)
    (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 65536))
    (func (export "f") (param i32 i32)))
  (core instance $m (instantiate $m))
  (func (export "outside") (param "x" (list u32)) (canon lift (core func $m "f") (memory (core memory $m "mem")) (realloc (core func $m "realloc")))))
(assert_trap (invoke "outside" (list.const (u32.const 1) (u32.const 2))) "out-of-bounds")

(component
  (core module $m
    (memory (export "mem") 1)
    (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const -4))
    (func (export "f") (param i32 i32)))
  (core instance $m (instantiate $m))
  (func (export "far-outside") (param "x" (list u32)) (canon lift (core func $m "f") (memory (core memory $m "mem")) (realloc (core func $m "realloc")))))
(assert_trap (invoke "far-outside" (list.const (u32.const 1) (u32.const 2))) "out-of-bounds")

(component
  (core module $m
    (memory (export "mem") 1)
    (func (export "realloc") (param i32 i32 i32 i32) (result i32) unreachable)
    (func (export "f") (param i32 i32)))
  (core instance $m (instantiate $m))
  (func (export "traps") (param "x" string) (canon lift (core func $m "f") (memory (core memory $m "mem")) (realloc (core func $m "realloc")))))
(assert_trap (invoke "traps" (str.const "x")) "unreachable")

;; It is told the alignment and the size, and that there is nothing to move.
(component
  (core module $m
    (memory (export "mem") 1)
    (global $align (mut i32) (i32.const 0))
    (global $size (mut i32) (i32.const 0))
    (func (export "realloc") (param $old i32) (param $old-size i32) (param $align i32) (param $size i32) (result i32)
      (if (i32.or (local.get $old) (local.get $old-size)) (then unreachable))
      (global.set $align (local.get $align))
      (global.set $size (local.get $size))
      (i32.const 1024))
    (func (export "f") (param i32 i32) (result i32)
      (if (i32.ne (local.get 0) (i32.const 1024)) (then unreachable))
      (i32.add (i32.mul (i32.const 1000) (global.get $align)) (global.get $size))))
  (core instance $m (instantiate $m))
  (func (export "u64") (param "x" (list u64)) (result u32) (canon lift (core func $m "f") (memory (core memory $m "mem")) (realloc (core func $m "realloc"))))
  (func (export "u8") (param "x" (list u8)) (result u32) (canon lift (core func $m "f") (memory (core memory $m "mem")) (realloc (core func $m "realloc")))))
(assert_return (invoke "u64" (list.const (u64.const 1) (u64.const 2) (u64.const 3))) (u32.const 8024))
(assert_return (invoke "u8" (list.const (u8.const 1) (u8.const 2) (u8.const 3))) (u32.const 1003))
