;; CanonicalABI.md, "canon lower": a list of tuples from one component to another, and what the caller may not say of it.

(component
  (component $Callee
    (core module $m
      (memory (export "mem") 1)
    (global $next (mut i32) (i32.const 1024))
    (func (export "realloc") (param $old i32) (param $old-size i32) (param $align i32) (param $size i32) (result i32)
      (local $at i32)
      (local.set $at
        (i32.and
          (i32.add (global.get $next) (i32.sub (local.get $align) (i32.const 1)))
          (i32.sub (i32.const 0) (local.get $align))))
      (global.set $next (i32.add (local.get $at) (local.get $size)))
      (memory.copy (local.get $at) (local.get $old)
        (select (local.get $old-size) (local.get $size) (i32.lt_u (local.get $old-size) (local.get $size))))
      (local.get $at))
      (func (export "sum") (param $at i32) (param $left i32) (result i32)
        (local $sum i32)
        (loop $next
          (if (local.get $left) (then
            (local.set $sum (i32.add (local.get $sum)
              (i32.mul (i32.load8_u (local.get $at)) (i32.load (i32.add (local.get $at) (i32.const 4))))))
            (local.set $at (i32.add (local.get $at) (i32.const 8)))
            (local.set $left (i32.sub (local.get $left) (i32.const 1)))
            (br $next))))
        (local.get $sum)))
    (core instance $m (instantiate $m))
    (func (export "sum") (param "l" (list (tuple u8 u32))) (result u32) (canon lift (core func $m "sum") (memory (core memory $m "mem")) (realloc (core func $m "realloc")))))
  (component $Caller
    (import "sum" (func $sum (param "l" (list (tuple u8 u32))) (result u32)))
    (core module $libc (memory (export "mem") 1)
    (global $next (mut i32) (i32.const 1024))
    (func (export "realloc") (param $old i32) (param $old-size i32) (param $align i32) (param $size i32) (result i32)
      (local $at i32)
      (local.set $at
        (i32.and
          (i32.add (global.get $next) (i32.sub (local.get $align) (i32.const 1)))
          (i32.sub (i32.const 0) (local.get $align))))
      (global.set $next (i32.add (local.get $at) (local.get $size)))
      (memory.copy (local.get $at) (local.get $old)
        (select (local.get $old-size) (local.get $size) (i32.lt_u (local.get $old-size) (local.get $size))))
      (local.get $at)))
    (core instance $m (instantiate $libc))
    (core func $sum' (canon lower (func $sum) (memory (core memory $m "mem"))))
    (core module $pass
      (import "" "sum" (func $sum (param i32 i32) (result i32)))
      (func (export "sum") (param i32 i32) (result i32) (call $sum (local.get 0) (local.get 1))))
    (core instance $pass (instantiate $pass (with "" (instance (export "sum" (func $sum'))))))
    (func (export "sum") (param "l" (list (tuple u8 u32))) (result u32) (canon lift (core func $pass "sum") (memory (core memory $m "mem")) (realloc (core func $m "realloc"))))
    (core module $wild
      (import "" "sum" (func $sum (param i32 i32) (result i32)))
      (func (export "unaligned") (result i32) (call $sum (i32.const 2) (i32.const 1)))
      (func (export "outside") (result i32) (call $sum (i32.const 65528) (i32.const 2)))
      (func (export "endless") (result i32) (call $sum (i32.const 0) (i32.const 0x20000001))))
    (core instance $wild (instantiate $wild (with "" (instance (export "sum" (func $sum'))))))
    (func (export "unaligned") (result u32) (canon lift (core func $wild "unaligned")))
    (func (export "outside") (result u32) (canon lift (core func $wild "outside")))
    (func (export "endless") (result u32) (canon lift (core func $wild "endless"))))
  (instance $callee (instantiate $Callee))
  (instance $caller (instantiate $Caller (with "sum" (func $callee "sum"))))
  (export "sum" (func $caller "sum"))
)
(assert_return (invoke "sum" (list.const (tuple.const (u8.const 2) (u32.const 10)) (tuple.const (u8.const 3) (u32.const 100)))) (u32.const 320))
(assert_return (invoke "sum" (list.const)) (u32.const 0))

(component
  (component $Callee
    (core module $m
      (memory (export "mem") 1)
    (global $next (mut i32) (i32.const 1024))
    (func (export "realloc") (param $old i32) (param $old-size i32) (param $align i32) (param $size i32) (result i32)
      (local $at i32)
      (local.set $at
        (i32.and
          (i32.add (global.get $next) (i32.sub (local.get $align) (i32.const 1)))
          (i32.sub (i32.const 0) (local.get $align))))
      (global.set $next (i32.add (local.get $at) (local.get $size)))
      (memory.copy (local.get $at) (local.get $old)
        (select (local.get $old-size) (local.get $size) (i32.lt_u (local.get $old-size) (local.get $size))))
      (local.get $at))
      (func (export "sum") (param $at i32) (param $left i32) (result i32)
        (local $sum i32)
        (loop $next
          (if (local.get $left) (then
            (local.set $sum (i32.add (local.get $sum)
              (i32.mul (i32.load8_u (local.get $at)) (i32.load (i32.add (local.get $at) (i32.const 4))))))
            (local.set $at (i32.add (local.get $at) (i32.const 8)))
            (local.set $left (i32.sub (local.get $left) (i32.const 1)))
            (br $next))))
        (local.get $sum)))
    (core instance $m (instantiate $m))
    (func (export "sum") (param "l" (list (tuple u8 u32))) (result u32) (canon lift (core func $m "sum") (memory (core memory $m "mem")) (realloc (core func $m "realloc")))))
  (component $Caller
    (import "sum" (func $sum (param "l" (list (tuple u8 u32))) (result u32)))
    (core module $libc (memory (export "mem") 1)
    (global $next (mut i32) (i32.const 1024))
    (func (export "realloc") (param $old i32) (param $old-size i32) (param $align i32) (param $size i32) (result i32)
      (local $at i32)
      (local.set $at
        (i32.and
          (i32.add (global.get $next) (i32.sub (local.get $align) (i32.const 1)))
          (i32.sub (i32.const 0) (local.get $align))))
      (global.set $next (i32.add (local.get $at) (local.get $size)))
      (memory.copy (local.get $at) (local.get $old)
        (select (local.get $old-size) (local.get $size) (i32.lt_u (local.get $old-size) (local.get $size))))
      (local.get $at)))
    (core instance $m (instantiate $libc))
    (core func $sum' (canon lower (func $sum) (memory (core memory $m "mem"))))
    (core module $pass
      (import "" "sum" (func $sum (param i32 i32) (result i32)))
      (func (export "sum") (param i32 i32) (result i32) (call $sum (local.get 0) (local.get 1))))
    (core instance $pass (instantiate $pass (with "" (instance (export "sum" (func $sum'))))))
    (func (export "sum") (param "l" (list (tuple u8 u32))) (result u32) (canon lift (core func $pass "sum") (memory (core memory $m "mem")) (realloc (core func $m "realloc"))))
    (core module $wild
      (import "" "sum" (func $sum (param i32 i32) (result i32)))
      (func (export "unaligned") (result i32) (call $sum (i32.const 2) (i32.const 1)))
      (func (export "outside") (result i32) (call $sum (i32.const 65528) (i32.const 2)))
      (func (export "endless") (result i32) (call $sum (i32.const 0) (i32.const 0x20000001))))
    (core instance $wild (instantiate $wild (with "" (instance (export "sum" (func $sum'))))))
    (func (export "unaligned") (result u32) (canon lift (core func $wild "unaligned")))
    (func (export "outside") (result u32) (canon lift (core func $wild "outside")))
    (func (export "endless") (result u32) (canon lift (core func $wild "endless"))))
  (instance $callee (instantiate $Callee))
  (instance $caller (instantiate $Caller (with "sum" (func $callee "sum"))))
  (export "sum" (func $caller "sum"))
  (export "unaligned" (func $caller "unaligned")))
(assert_trap (invoke "unaligned") "unaligned")

(component
  (component $Callee
    (core module $m
      (memory (export "mem") 1)
    (global $next (mut i32) (i32.const 1024))
    (func (export "realloc") (param $old i32) (param $old-size i32) (param $align i32) (param $size i32) (result i32)
      (local $at i32)
      (local.set $at
        (i32.and
          (i32.add (global.get $next) (i32.sub (local.get $align) (i32.const 1)))
          (i32.sub (i32.const 0) (local.get $align))))
      (global.set $next (i32.add (local.get $at) (local.get $size)))
      (memory.copy (local.get $at) (local.get $old)
        (select (local.get $old-size) (local.get $size) (i32.lt_u (local.get $old-size) (local.get $size))))
      (local.get $at))
      (func (export "sum") (param $at i32) (param $left i32) (result i32)
        (local $sum i32)
        (loop $next
          (if (local.get $left) (then
            (local.set $sum (i32.add (local.get $sum)
              (i32.mul (i32.load8_u (local.get $at)) (i32.load (i32.add (local.get $at) (i32.const 4))))))
            (local.set $at (i32.add (local.get $at) (i32.const 8)))
            (local.set $left (i32.sub (local.get $left) (i32.const 1)))
            (br $next))))
        (local.get $sum)))
    (core instance $m (instantiate $m))
    (func (export "sum") (param "l" (list (tuple u8 u32))) (result u32) (canon lift (core func $m "sum") (memory (core memory $m "mem")) (realloc (core func $m "realloc")))))
  (component $Caller
    (import "sum" (func $sum (param "l" (list (tuple u8 u32))) (result u32)))
    (core module $libc (memory (export "mem") 1)
    (global $next (mut i32) (i32.const 1024))
    (func (export "realloc") (param $old i32) (param $old-size i32) (param $align i32) (param $size i32) (result i32)
      (local $at i32)
      (local.set $at
        (i32.and
          (i32.add (global.get $next) (i32.sub (local.get $align) (i32.const 1)))
          (i32.sub (i32.const 0) (local.get $align))))
      (global.set $next (i32.add (local.get $at) (local.get $size)))
      (memory.copy (local.get $at) (local.get $old)
        (select (local.get $old-size) (local.get $size) (i32.lt_u (local.get $old-size) (local.get $size))))
      (local.get $at)))
    (core instance $m (instantiate $libc))
    (core func $sum' (canon lower (func $sum) (memory (core memory $m "mem"))))
    (core module $pass
      (import "" "sum" (func $sum (param i32 i32) (result i32)))
      (func (export "sum") (param i32 i32) (result i32) (call $sum (local.get 0) (local.get 1))))
    (core instance $pass (instantiate $pass (with "" (instance (export "sum" (func $sum'))))))
    (func (export "sum") (param "l" (list (tuple u8 u32))) (result u32) (canon lift (core func $pass "sum") (memory (core memory $m "mem")) (realloc (core func $m "realloc"))))
    (core module $wild
      (import "" "sum" (func $sum (param i32 i32) (result i32)))
      (func (export "unaligned") (result i32) (call $sum (i32.const 2) (i32.const 1)))
      (func (export "outside") (result i32) (call $sum (i32.const 65528) (i32.const 2)))
      (func (export "endless") (result i32) (call $sum (i32.const 0) (i32.const 0x20000001))))
    (core instance $wild (instantiate $wild (with "" (instance (export "sum" (func $sum'))))))
    (func (export "unaligned") (result u32) (canon lift (core func $wild "unaligned")))
    (func (export "outside") (result u32) (canon lift (core func $wild "outside")))
    (func (export "endless") (result u32) (canon lift (core func $wild "endless"))))
  (instance $callee (instantiate $Callee))
  (instance $caller (instantiate $Caller (with "sum" (func $callee "sum"))))
  (export "sum" (func $caller "sum"))
  (export "outside" (func $caller "outside")))
(assert_trap (invoke "outside") "out of bounds")

(component
  (component $Callee
    (core module $m
      (memory (export "mem") 1)
    (global $next (mut i32) (i32.const 1024))
    (func (export "realloc") (param $old i32) (param $old-size i32) (param $align i32) (param $size i32) (result i32)
      (local $at i32)
      (local.set $at
        (i32.and
          (i32.add (global.get $next) (i32.sub (local.get $align) (i32.const 1)))
          (i32.sub (i32.const 0) (local.get $align))))
      (global.set $next (i32.add (local.get $at) (local.get $size)))
      (memory.copy (local.get $at) (local.get $old)
        (select (local.get $old-size) (local.get $size) (i32.lt_u (local.get $old-size) (local.get $size))))
      (local.get $at))
      (func (export "sum") (param $at i32) (param $left i32) (result i32)
        (local $sum i32)
        (loop $next
          (if (local.get $left) (then
            (local.set $sum (i32.add (local.get $sum)
              (i32.mul (i32.load8_u (local.get $at)) (i32.load (i32.add (local.get $at) (i32.const 4))))))
            (local.set $at (i32.add (local.get $at) (i32.const 8)))
            (local.set $left (i32.sub (local.get $left) (i32.const 1)))
            (br $next))))
        (local.get $sum)))
    (core instance $m (instantiate $m))
    (func (export "sum") (param "l" (list (tuple u8 u32))) (result u32) (canon lift (core func $m "sum") (memory (core memory $m "mem")) (realloc (core func $m "realloc")))))
  (component $Caller
    (import "sum" (func $sum (param "l" (list (tuple u8 u32))) (result u32)))
    (core module $libc (memory (export "mem") 1)
    (global $next (mut i32) (i32.const 1024))
    (func (export "realloc") (param $old i32) (param $old-size i32) (param $align i32) (param $size i32) (result i32)
      (local $at i32)
      (local.set $at
        (i32.and
          (i32.add (global.get $next) (i32.sub (local.get $align) (i32.const 1)))
          (i32.sub (i32.const 0) (local.get $align))))
      (global.set $next (i32.add (local.get $at) (local.get $size)))
      (memory.copy (local.get $at) (local.get $old)
        (select (local.get $old-size) (local.get $size) (i32.lt_u (local.get $old-size) (local.get $size))))
      (local.get $at)))
    (core instance $m (instantiate $libc))
    (core func $sum' (canon lower (func $sum) (memory (core memory $m "mem"))))
    (core module $pass
      (import "" "sum" (func $sum (param i32 i32) (result i32)))
      (func (export "sum") (param i32 i32) (result i32) (call $sum (local.get 0) (local.get 1))))
    (core instance $pass (instantiate $pass (with "" (instance (export "sum" (func $sum'))))))
    (func (export "sum") (param "l" (list (tuple u8 u32))) (result u32) (canon lift (core func $pass "sum") (memory (core memory $m "mem")) (realloc (core func $m "realloc"))))
    (core module $wild
      (import "" "sum" (func $sum (param i32 i32) (result i32)))
      (func (export "unaligned") (result i32) (call $sum (i32.const 2) (i32.const 1)))
      (func (export "outside") (result i32) (call $sum (i32.const 65528) (i32.const 2)))
      (func (export "endless") (result i32) (call $sum (i32.const 0) (i32.const 0x20000001))))
    (core instance $wild (instantiate $wild (with "" (instance (export "sum" (func $sum'))))))
    (func (export "unaligned") (result u32) (canon lift (core func $wild "unaligned")))
    (func (export "outside") (result u32) (canon lift (core func $wild "outside")))
    (func (export "endless") (result u32) (canon lift (core func $wild "endless"))))
  (instance $callee (instantiate $Callee))
  (instance $caller (instantiate $Caller (with "sum" (func $callee "sum"))))
  (export "sum" (func $caller "sum"))
  (export "endless" (func $caller "endless")))
(assert_trap (invoke "endless") "longer than")
