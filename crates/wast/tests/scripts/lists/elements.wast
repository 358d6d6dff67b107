;; CanonicalABI.md, "Loading" (load_list) and "Storing" (store_list): lists of everything, in and out.

(component
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
    (func (export "echo") (param i32 i32) (result i32)
      (i32.store (i32.const 16) (local.get 0))
      (i32.store (i32.const 20) (local.get 1))
      (i32.const 16)))
  (core instance $m (instantiate $m))
  (func (export "echo") (param "x" (list u8)) (result (list u8)) (canon lift (core func $m "echo") (memory (core memory $m "mem")) (realloc (core func $m "realloc"))))
  (func (export "nested") (param "x" (list (list u8))) (result (list (list u8))) (canon lift (core func $m "echo") (memory (core memory $m "mem")) (realloc (core func $m "realloc")))))
(assert_return (invoke "echo" (list.const (u8.const 0) (u8.const 255) (u8.const 7))) (list.const (u8.const 0) (u8.const 255) (u8.const 7)))
(assert_return (invoke "echo" (list.const)) (list.const))
(assert_return (invoke "nested" (list.const (list.const (u8.const 0) (u8.const 255) (u8.const 7)) (list.const) (list.const (u8.const 0) (u8.const 255) (u8.const 7)))) (list.const (list.const (u8.const 0) (u8.const 255) (u8.const 7)) (list.const) (list.const (u8.const 0) (u8.const 255) (u8.const 7))))

(component
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
    (func (export "echo") (param i32 i32) (result i32)
      (i32.store (i32.const 16) (local.get 0))
      (i32.store (i32.const 20) (local.get 1))
      (i32.const 16)))
  (core instance $m (instantiate $m))
  (func (export "echo") (param "x" (list s16)) (result (list s16)) (canon lift (core func $m "echo") (memory (core memory $m "mem")) (realloc (core func $m "realloc"))))
  (func (export "nested") (param "x" (list (list s16))) (result (list (list s16))) (canon lift (core func $m "echo") (memory (core memory $m "mem")) (realloc (core func $m "realloc")))))
(assert_return (invoke "echo" (list.const (s16.const -1) (s16.const 300))) (list.const (s16.const -1) (s16.const 300)))
(assert_return (invoke "echo" (list.const)) (list.const))
(assert_return (invoke "nested" (list.const (list.const (s16.const -1) (s16.const 300)) (list.const) (list.const (s16.const -1) (s16.const 300)))) (list.const (list.const (s16.const -1) (s16.const 300)) (list.const) (list.const (s16.const -1) (s16.const 300))))

(component
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
    (func (export "echo") (param i32 i32) (result i32)
      (i32.store (i32.const 16) (local.get 0))
      (i32.store (i32.const 20) (local.get 1))
      (i32.const 16)))
  (core instance $m (instantiate $m))
  (func (export "echo") (param "x" (list u64)) (result (list u64)) (canon lift (core func $m "echo") (memory (core memory $m "mem")) (realloc (core func $m "realloc"))))
  (func (export "nested") (param "x" (list (list u64))) (result (list (list u64))) (canon lift (core func $m "echo") (memory (core memory $m "mem")) (realloc (core func $m "realloc")))))
(assert_return (invoke "echo" (list.const (u64.const 18446744073709551615))) (list.const (u64.const 18446744073709551615)))
(assert_return (invoke "echo" (list.const)) (list.const))
(assert_return (invoke "nested" (list.const (list.const (u64.const 18446744073709551615)) (list.const) (list.const (u64.const 18446744073709551615)))) (list.const (list.const (u64.const 18446744073709551615)) (list.const) (list.const (u64.const 18446744073709551615))))

(component
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
    (func (export "echo") (param i32 i32) (result i32)
      (i32.store (i32.const 16) (local.get 0))
      (i32.store (i32.const 20) (local.get 1))
      (i32.const 16)))
  (core instance $m (instantiate $m))
  (func (export "echo") (param "x" (list f64)) (result (list f64)) (canon lift (core func $m "echo") (memory (core memory $m "mem")) (realloc (core func $m "realloc"))))
  (func (export "nested") (param "x" (list (list f64))) (result (list (list f64))) (canon lift (core func $m "echo") (memory (core memory $m "mem")) (realloc (core func $m "realloc")))))
(assert_return (invoke "echo" (list.const (f64.const 0.25) (f64.const -1))) (list.const (f64.const 0.25) (f64.const -1)))
(assert_return (invoke "echo" (list.const)) (list.const))
(assert_return (invoke "nested" (list.const (list.const (f64.const 0.25) (f64.const -1)) (list.const) (list.const (f64.const 0.25) (f64.const -1)))) (list.const (list.const (f64.const 0.25) (f64.const -1)) (list.const) (list.const (f64.const 0.25) (f64.const -1))))

(component
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
    (func (export "echo") (param i32 i32) (result i32)
      (i32.store (i32.const 16) (local.get 0))
      (i32.store (i32.const 20) (local.get 1))
      (i32.const 16)))
  (core instance $m (instantiate $m))
  (func (export "echo") (param "x" (list bool)) (result (list bool)) (canon lift (core func $m "echo") (memory (core memory $m "mem")) (realloc (core func $m "realloc"))))
  (func (export "nested") (param "x" (list (list bool))) (result (list (list bool))) (canon lift (core func $m "echo") (memory (core memory $m "mem")) (realloc (core func $m "realloc")))))
(assert_return (invoke "echo" (list.const (bool.const true) (bool.const false))) (list.const (bool.const true) (bool.const false)))
(assert_return (invoke "echo" (list.const)) (list.const))
(assert_return (invoke "nested" (list.const (list.const (bool.const true) (bool.const false)) (list.const) (list.const (bool.const true) (bool.const false)))) (list.const (list.const (bool.const true) (bool.const false)) (list.const) (list.const (bool.const true) (bool.const false))))

(component
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
    (func (export "echo") (param i32 i32) (result i32)
      (i32.store (i32.const 16) (local.get 0))
      (i32.store (i32.const 20) (local.get 1))
      (i32.const 16)))
  (core instance $m (instantiate $m))
  (func (export "echo") (param "x" (list char)) (result (list char)) (canon lift (core func $m "echo") (memory (core memory $m "mem")) (realloc (core func $m "realloc"))))
  (func (export "nested") (param "x" (list (list char))) (result (list (list char))) (canon lift (core func $m "echo") (memory (core memory $m "mem")) (realloc (core func $m "realloc")))))
(assert_return (invoke "echo" (list.const (char.const "é") (char.const "\u{10ffff}"))) (list.const (char.const "é") (char.const "\u{10ffff}")))
(assert_return (invoke "echo" (list.const)) (list.const))
(assert_return (invoke "nested" (list.const (list.const (char.const "é") (char.const "\u{10ffff}")) (list.const) (list.const (char.const "é") (char.const "\u{10ffff}")))) (list.const (list.const (char.const "é") (char.const "\u{10ffff}")) (list.const) (list.const (char.const "é") (char.const "\u{10ffff}"))))

(component
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
    (func (export "echo") (param i32 i32) (result i32)
      (i32.store (i32.const 16) (local.get 0))
      (i32.store (i32.const 20) (local.get 1))
      (i32.const 16)))
  (core instance $m (instantiate $m))
  (func (export "echo") (param "x" (list string)) (result (list string)) (canon lift (core func $m "echo") (memory (core memory $m "mem")) (realloc (core func $m "realloc"))))
  (func (export "nested") (param "x" (list (list string))) (result (list (list string))) (canon lift (core func $m "echo") (memory (core memory $m "mem")) (realloc (core func $m "realloc")))))
(assert_return (invoke "echo" (list.const (str.const "one") (str.const "") (str.const "☃"))) (list.const (str.const "one") (str.const "") (str.const "☃")))
(assert_return (invoke "echo" (list.const)) (list.const))
(assert_return (invoke "nested" (list.const (list.const (str.const "one") (str.const "") (str.const "☃")) (list.const) (list.const (str.const "one") (str.const "") (str.const "☃")))) (list.const (list.const (str.const "one") (str.const "") (str.const "☃")) (list.const) (list.const (str.const "one") (str.const "") (str.const "☃"))))
