;; CanonicalABI.md, "Storing" (store_string): every encoding to every other, from component to component. Attack 20.

;; utf8 calls utf8
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
    (func (export "echo") (param i32 i32) (result i32)
      (i32.store (i32.const 16) (local.get 0))
      (i32.store (i32.const 20) (local.get 1))
      (i32.const 16)))
    (core instance $m (instantiate $m))
    (func (export "echo") (param "s" string) (result string)
      (canon lift (core func $m "echo") string-encoding=utf8 (memory (core memory $m "mem")) (realloc (core func $m "realloc")))))
  (component $Caller
    (import "echo" (func $echo (param "s" string) (result string)))
    (core module $libc
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
      (local.get $at)))
    (core instance $libc (instantiate $libc))
    (core func $echo' (canon lower (func $echo) string-encoding=utf8
      (memory (core memory $libc "mem")) (realloc (core func $libc "realloc"))))
    (core module $m
      (import "" "mem" (memory 1))
      (import "" "echo" (func $echo (param i32 i32 i32)))
      (func (export "echo") (param i32 i32) (result i32)
        (call $echo (local.get 0) (local.get 1) (i32.const 16))
        (i32.const 16)))
    (core instance $m (instantiate $m (with "" (instance
      (export "mem" (memory $libc "mem"))
      (export "echo" (func $echo'))))))
    (func (export "echo") (param "s" string) (result string)
      (canon lift (core func $m "echo") string-encoding=utf8
        (memory (core memory $libc "mem")) (realloc (core func $libc "realloc")))))
  (instance $callee (instantiate $Callee))
  (instance $caller (instantiate $Caller (with "echo" (func $callee "echo"))))
  (func (export "echo") (alias export $caller "echo")))
(assert_return (invoke "echo" (str.const "")) (str.const ""))
(assert_return (invoke "echo" (str.const "a")) (str.const "a"))
(assert_return (invoke "echo" (str.const "héllo")) (str.const "héllo"))
(assert_return (invoke "echo" (str.const "☃ snow")) (str.const "☃ snow"))
(assert_return (invoke "echo" (str.const "\u{1f600}x\u{10ffff}")) (str.const "\u{1f600}x\u{10ffff}"))
(assert_return (invoke "echo" (str.const "\u{00}\u{7f}\u{80}\u{ff}\u{100}")) (str.const "\u{00}\u{7f}\u{80}\u{ff}\u{100}"))
(assert_return (invoke "echo" (str.const "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxé")) (str.const "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxé"))
(assert_return (invoke "echo" (str.const "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx☃yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy")) (str.const "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx☃yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy"))

;; utf8 calls utf16
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
    (func (export "echo") (param i32 i32) (result i32)
      (i32.store (i32.const 16) (local.get 0))
      (i32.store (i32.const 20) (local.get 1))
      (i32.const 16)))
    (core instance $m (instantiate $m))
    (func (export "echo") (param "s" string) (result string)
      (canon lift (core func $m "echo") string-encoding=utf16 (memory (core memory $m "mem")) (realloc (core func $m "realloc")))))
  (component $Caller
    (import "echo" (func $echo (param "s" string) (result string)))
    (core module $libc
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
      (local.get $at)))
    (core instance $libc (instantiate $libc))
    (core func $echo' (canon lower (func $echo) string-encoding=utf8
      (memory (core memory $libc "mem")) (realloc (core func $libc "realloc"))))
    (core module $m
      (import "" "mem" (memory 1))
      (import "" "echo" (func $echo (param i32 i32 i32)))
      (func (export "echo") (param i32 i32) (result i32)
        (call $echo (local.get 0) (local.get 1) (i32.const 16))
        (i32.const 16)))
    (core instance $m (instantiate $m (with "" (instance
      (export "mem" (memory $libc "mem"))
      (export "echo" (func $echo'))))))
    (func (export "echo") (param "s" string) (result string)
      (canon lift (core func $m "echo") string-encoding=utf8
        (memory (core memory $libc "mem")) (realloc (core func $libc "realloc")))))
  (instance $callee (instantiate $Callee))
  (instance $caller (instantiate $Caller (with "echo" (func $callee "echo"))))
  (func (export "echo") (alias export $caller "echo")))
(assert_return (invoke "echo" (str.const "")) (str.const ""))
(assert_return (invoke "echo" (str.const "a")) (str.const "a"))
(assert_return (invoke "echo" (str.const "héllo")) (str.const "héllo"))
(assert_return (invoke "echo" (str.const "☃ snow")) (str.const "☃ snow"))
(assert_return (invoke "echo" (str.const "\u{1f600}x\u{10ffff}")) (str.const "\u{1f600}x\u{10ffff}"))
(assert_return (invoke "echo" (str.const "\u{00}\u{7f}\u{80}\u{ff}\u{100}")) (str.const "\u{00}\u{7f}\u{80}\u{ff}\u{100}"))
(assert_return (invoke "echo" (str.const "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxé")) (str.const "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxé"))
(assert_return (invoke "echo" (str.const "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx☃yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy")) (str.const "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx☃yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy"))

;; utf8 calls latin1+utf16
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
    (func (export "echo") (param i32 i32) (result i32)
      (i32.store (i32.const 16) (local.get 0))
      (i32.store (i32.const 20) (local.get 1))
      (i32.const 16)))
    (core instance $m (instantiate $m))
    (func (export "echo") (param "s" string) (result string)
      (canon lift (core func $m "echo") string-encoding=latin1+utf16 (memory (core memory $m "mem")) (realloc (core func $m "realloc")))))
  (component $Caller
    (import "echo" (func $echo (param "s" string) (result string)))
    (core module $libc
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
      (local.get $at)))
    (core instance $libc (instantiate $libc))
    (core func $echo' (canon lower (func $echo) string-encoding=utf8
      (memory (core memory $libc "mem")) (realloc (core func $libc "realloc"))))
    (core module $m
      (import "" "mem" (memory 1))
      (import "" "echo" (func $echo (param i32 i32 i32)))
      (func (export "echo") (param i32 i32) (result i32)
        (call $echo (local.get 0) (local.get 1) (i32.const 16))
        (i32.const 16)))
    (core instance $m (instantiate $m (with "" (instance
      (export "mem" (memory $libc "mem"))
      (export "echo" (func $echo'))))))
    (func (export "echo") (param "s" string) (result string)
      (canon lift (core func $m "echo") string-encoding=utf8
        (memory (core memory $libc "mem")) (realloc (core func $libc "realloc")))))
  (instance $callee (instantiate $Callee))
  (instance $caller (instantiate $Caller (with "echo" (func $callee "echo"))))
  (func (export "echo") (alias export $caller "echo")))
(assert_return (invoke "echo" (str.const "")) (str.const ""))
(assert_return (invoke "echo" (str.const "a")) (str.const "a"))
(assert_return (invoke "echo" (str.const "héllo")) (str.const "héllo"))
(assert_return (invoke "echo" (str.const "☃ snow")) (str.const "☃ snow"))
(assert_return (invoke "echo" (str.const "\u{1f600}x\u{10ffff}")) (str.const "\u{1f600}x\u{10ffff}"))
(assert_return (invoke "echo" (str.const "\u{00}\u{7f}\u{80}\u{ff}\u{100}")) (str.const "\u{00}\u{7f}\u{80}\u{ff}\u{100}"))
(assert_return (invoke "echo" (str.const "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxé")) (str.const "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxé"))
(assert_return (invoke "echo" (str.const "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx☃yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy")) (str.const "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx☃yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy"))

;; utf16 calls utf8
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
    (func (export "echo") (param i32 i32) (result i32)
      (i32.store (i32.const 16) (local.get 0))
      (i32.store (i32.const 20) (local.get 1))
      (i32.const 16)))
    (core instance $m (instantiate $m))
    (func (export "echo") (param "s" string) (result string)
      (canon lift (core func $m "echo") string-encoding=utf8 (memory (core memory $m "mem")) (realloc (core func $m "realloc")))))
  (component $Caller
    (import "echo" (func $echo (param "s" string) (result string)))
    (core module $libc
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
      (local.get $at)))
    (core instance $libc (instantiate $libc))
    (core func $echo' (canon lower (func $echo) string-encoding=utf16
      (memory (core memory $libc "mem")) (realloc (core func $libc "realloc"))))
    (core module $m
      (import "" "mem" (memory 1))
      (import "" "echo" (func $echo (param i32 i32 i32)))
      (func (export "echo") (param i32 i32) (result i32)
        (call $echo (local.get 0) (local.get 1) (i32.const 16))
        (i32.const 16)))
    (core instance $m (instantiate $m (with "" (instance
      (export "mem" (memory $libc "mem"))
      (export "echo" (func $echo'))))))
    (func (export "echo") (param "s" string) (result string)
      (canon lift (core func $m "echo") string-encoding=utf16
        (memory (core memory $libc "mem")) (realloc (core func $libc "realloc")))))
  (instance $callee (instantiate $Callee))
  (instance $caller (instantiate $Caller (with "echo" (func $callee "echo"))))
  (func (export "echo") (alias export $caller "echo")))
(assert_return (invoke "echo" (str.const "")) (str.const ""))
(assert_return (invoke "echo" (str.const "a")) (str.const "a"))
(assert_return (invoke "echo" (str.const "héllo")) (str.const "héllo"))
(assert_return (invoke "echo" (str.const "☃ snow")) (str.const "☃ snow"))
(assert_return (invoke "echo" (str.const "\u{1f600}x\u{10ffff}")) (str.const "\u{1f600}x\u{10ffff}"))
(assert_return (invoke "echo" (str.const "\u{00}\u{7f}\u{80}\u{ff}\u{100}")) (str.const "\u{00}\u{7f}\u{80}\u{ff}\u{100}"))
(assert_return (invoke "echo" (str.const "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxé")) (str.const "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxé"))
(assert_return (invoke "echo" (str.const "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx☃yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy")) (str.const "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx☃yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy"))

;; utf16 calls utf16
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
    (func (export "echo") (param i32 i32) (result i32)
      (i32.store (i32.const 16) (local.get 0))
      (i32.store (i32.const 20) (local.get 1))
      (i32.const 16)))
    (core instance $m (instantiate $m))
    (func (export "echo") (param "s" string) (result string)
      (canon lift (core func $m "echo") string-encoding=utf16 (memory (core memory $m "mem")) (realloc (core func $m "realloc")))))
  (component $Caller
    (import "echo" (func $echo (param "s" string) (result string)))
    (core module $libc
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
      (local.get $at)))
    (core instance $libc (instantiate $libc))
    (core func $echo' (canon lower (func $echo) string-encoding=utf16
      (memory (core memory $libc "mem")) (realloc (core func $libc "realloc"))))
    (core module $m
      (import "" "mem" (memory 1))
      (import "" "echo" (func $echo (param i32 i32 i32)))
      (func (export "echo") (param i32 i32) (result i32)
        (call $echo (local.get 0) (local.get 1) (i32.const 16))
        (i32.const 16)))
    (core instance $m (instantiate $m (with "" (instance
      (export "mem" (memory $libc "mem"))
      (export "echo" (func $echo'))))))
    (func (export "echo") (param "s" string) (result string)
      (canon lift (core func $m "echo") string-encoding=utf16
        (memory (core memory $libc "mem")) (realloc (core func $libc "realloc")))))
  (instance $callee (instantiate $Callee))
  (instance $caller (instantiate $Caller (with "echo" (func $callee "echo"))))
  (func (export "echo") (alias export $caller "echo")))
(assert_return (invoke "echo" (str.const "")) (str.const ""))
(assert_return (invoke "echo" (str.const "a")) (str.const "a"))
(assert_return (invoke "echo" (str.const "héllo")) (str.const "héllo"))
(assert_return (invoke "echo" (str.const "☃ snow")) (str.const "☃ snow"))
(assert_return (invoke "echo" (str.const "\u{1f600}x\u{10ffff}")) (str.const "\u{1f600}x\u{10ffff}"))
(assert_return (invoke "echo" (str.const "\u{00}\u{7f}\u{80}\u{ff}\u{100}")) (str.const "\u{00}\u{7f}\u{80}\u{ff}\u{100}"))
(assert_return (invoke "echo" (str.const "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxé")) (str.const "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxé"))
(assert_return (invoke "echo" (str.const "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx☃yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy")) (str.const "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx☃yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy"))

;; utf16 calls latin1+utf16
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
    (func (export "echo") (param i32 i32) (result i32)
      (i32.store (i32.const 16) (local.get 0))
      (i32.store (i32.const 20) (local.get 1))
      (i32.const 16)))
    (core instance $m (instantiate $m))
    (func (export "echo") (param "s" string) (result string)
      (canon lift (core func $m "echo") string-encoding=latin1+utf16 (memory (core memory $m "mem")) (realloc (core func $m "realloc")))))
  (component $Caller
    (import "echo" (func $echo (param "s" string) (result string)))
    (core module $libc
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
      (local.get $at)))
    (core instance $libc (instantiate $libc))
    (core func $echo' (canon lower (func $echo) string-encoding=utf16
      (memory (core memory $libc "mem")) (realloc (core func $libc "realloc"))))
    (core module $m
      (import "" "mem" (memory 1))
      (import "" "echo" (func $echo (param i32 i32 i32)))
      (func (export "echo") (param i32 i32) (result i32)
        (call $echo (local.get 0) (local.get 1) (i32.const 16))
        (i32.const 16)))
    (core instance $m (instantiate $m (with "" (instance
      (export "mem" (memory $libc "mem"))
      (export "echo" (func $echo'))))))
    (func (export "echo") (param "s" string) (result string)
      (canon lift (core func $m "echo") string-encoding=utf16
        (memory (core memory $libc "mem")) (realloc (core func $libc "realloc")))))
  (instance $callee (instantiate $Callee))
  (instance $caller (instantiate $Caller (with "echo" (func $callee "echo"))))
  (func (export "echo") (alias export $caller "echo")))
(assert_return (invoke "echo" (str.const "")) (str.const ""))
(assert_return (invoke "echo" (str.const "a")) (str.const "a"))
(assert_return (invoke "echo" (str.const "héllo")) (str.const "héllo"))
(assert_return (invoke "echo" (str.const "☃ snow")) (str.const "☃ snow"))
(assert_return (invoke "echo" (str.const "\u{1f600}x\u{10ffff}")) (str.const "\u{1f600}x\u{10ffff}"))
(assert_return (invoke "echo" (str.const "\u{00}\u{7f}\u{80}\u{ff}\u{100}")) (str.const "\u{00}\u{7f}\u{80}\u{ff}\u{100}"))
(assert_return (invoke "echo" (str.const "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxé")) (str.const "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxé"))
(assert_return (invoke "echo" (str.const "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx☃yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy")) (str.const "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx☃yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy"))

;; latin1+utf16 calls utf8
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
    (func (export "echo") (param i32 i32) (result i32)
      (i32.store (i32.const 16) (local.get 0))
      (i32.store (i32.const 20) (local.get 1))
      (i32.const 16)))
    (core instance $m (instantiate $m))
    (func (export "echo") (param "s" string) (result string)
      (canon lift (core func $m "echo") string-encoding=utf8 (memory (core memory $m "mem")) (realloc (core func $m "realloc")))))
  (component $Caller
    (import "echo" (func $echo (param "s" string) (result string)))
    (core module $libc
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
      (local.get $at)))
    (core instance $libc (instantiate $libc))
    (core func $echo' (canon lower (func $echo) string-encoding=latin1+utf16
      (memory (core memory $libc "mem")) (realloc (core func $libc "realloc"))))
    (core module $m
      (import "" "mem" (memory 1))
      (import "" "echo" (func $echo (param i32 i32 i32)))
      (func (export "echo") (param i32 i32) (result i32)
        (call $echo (local.get 0) (local.get 1) (i32.const 16))
        (i32.const 16)))
    (core instance $m (instantiate $m (with "" (instance
      (export "mem" (memory $libc "mem"))
      (export "echo" (func $echo'))))))
    (func (export "echo") (param "s" string) (result string)
      (canon lift (core func $m "echo") string-encoding=latin1+utf16
        (memory (core memory $libc "mem")) (realloc (core func $libc "realloc")))))
  (instance $callee (instantiate $Callee))
  (instance $caller (instantiate $Caller (with "echo" (func $callee "echo"))))
  (func (export "echo") (alias export $caller "echo")))
(assert_return (invoke "echo" (str.const "")) (str.const ""))
(assert_return (invoke "echo" (str.const "a")) (str.const "a"))
(assert_return (invoke "echo" (str.const "héllo")) (str.const "héllo"))
(assert_return (invoke "echo" (str.const "☃ snow")) (str.const "☃ snow"))
(assert_return (invoke "echo" (str.const "\u{1f600}x\u{10ffff}")) (str.const "\u{1f600}x\u{10ffff}"))
(assert_return (invoke "echo" (str.const "\u{00}\u{7f}\u{80}\u{ff}\u{100}")) (str.const "\u{00}\u{7f}\u{80}\u{ff}\u{100}"))
(assert_return (invoke "echo" (str.const "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxé")) (str.const "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxé"))
(assert_return (invoke "echo" (str.const "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx☃yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy")) (str.const "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx☃yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy"))

;; latin1+utf16 calls utf16
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
    (func (export "echo") (param i32 i32) (result i32)
      (i32.store (i32.const 16) (local.get 0))
      (i32.store (i32.const 20) (local.get 1))
      (i32.const 16)))
    (core instance $m (instantiate $m))
    (func (export "echo") (param "s" string) (result string)
      (canon lift (core func $m "echo") string-encoding=utf16 (memory (core memory $m "mem")) (realloc (core func $m "realloc")))))
  (component $Caller
    (import "echo" (func $echo (param "s" string) (result string)))
    (core module $libc
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
      (local.get $at)))
    (core instance $libc (instantiate $libc))
    (core func $echo' (canon lower (func $echo) string-encoding=latin1+utf16
      (memory (core memory $libc "mem")) (realloc (core func $libc "realloc"))))
    (core module $m
      (import "" "mem" (memory 1))
      (import "" "echo" (func $echo (param i32 i32 i32)))
      (func (export "echo") (param i32 i32) (result i32)
        (call $echo (local.get 0) (local.get 1) (i32.const 16))
        (i32.const 16)))
    (core instance $m (instantiate $m (with "" (instance
      (export "mem" (memory $libc "mem"))
      (export "echo" (func $echo'))))))
    (func (export "echo") (param "s" string) (result string)
      (canon lift (core func $m "echo") string-encoding=latin1+utf16
        (memory (core memory $libc "mem")) (realloc (core func $libc "realloc")))))
  (instance $callee (instantiate $Callee))
  (instance $caller (instantiate $Caller (with "echo" (func $callee "echo"))))
  (func (export "echo") (alias export $caller "echo")))
(assert_return (invoke "echo" (str.const "")) (str.const ""))
(assert_return (invoke "echo" (str.const "a")) (str.const "a"))
(assert_return (invoke "echo" (str.const "héllo")) (str.const "héllo"))
(assert_return (invoke "echo" (str.const "☃ snow")) (str.const "☃ snow"))
(assert_return (invoke "echo" (str.const "\u{1f600}x\u{10ffff}")) (str.const "\u{1f600}x\u{10ffff}"))
(assert_return (invoke "echo" (str.const "\u{00}\u{7f}\u{80}\u{ff}\u{100}")) (str.const "\u{00}\u{7f}\u{80}\u{ff}\u{100}"))
(assert_return (invoke "echo" (str.const "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxé")) (str.const "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxé"))
(assert_return (invoke "echo" (str.const "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx☃yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy")) (str.const "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx☃yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy"))

;; latin1+utf16 calls latin1+utf16
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
    (func (export "echo") (param i32 i32) (result i32)
      (i32.store (i32.const 16) (local.get 0))
      (i32.store (i32.const 20) (local.get 1))
      (i32.const 16)))
    (core instance $m (instantiate $m))
    (func (export "echo") (param "s" string) (result string)
      (canon lift (core func $m "echo") string-encoding=latin1+utf16 (memory (core memory $m "mem")) (realloc (core func $m "realloc")))))
  (component $Caller
    (import "echo" (func $echo (param "s" string) (result string)))
    (core module $libc
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
      (local.get $at)))
    (core instance $libc (instantiate $libc))
    (core func $echo' (canon lower (func $echo) string-encoding=latin1+utf16
      (memory (core memory $libc "mem")) (realloc (core func $libc "realloc"))))
    (core module $m
      (import "" "mem" (memory 1))
      (import "" "echo" (func $echo (param i32 i32 i32)))
      (func (export "echo") (param i32 i32) (result i32)
        (call $echo (local.get 0) (local.get 1) (i32.const 16))
        (i32.const 16)))
    (core instance $m (instantiate $m (with "" (instance
      (export "mem" (memory $libc "mem"))
      (export "echo" (func $echo'))))))
    (func (export "echo") (param "s" string) (result string)
      (canon lift (core func $m "echo") string-encoding=latin1+utf16
        (memory (core memory $libc "mem")) (realloc (core func $libc "realloc")))))
  (instance $callee (instantiate $Callee))
  (instance $caller (instantiate $Caller (with "echo" (func $callee "echo"))))
  (func (export "echo") (alias export $caller "echo")))
(assert_return (invoke "echo" (str.const "")) (str.const ""))
(assert_return (invoke "echo" (str.const "a")) (str.const "a"))
(assert_return (invoke "echo" (str.const "héllo")) (str.const "héllo"))
(assert_return (invoke "echo" (str.const "☃ snow")) (str.const "☃ snow"))
(assert_return (invoke "echo" (str.const "\u{1f600}x\u{10ffff}")) (str.const "\u{1f600}x\u{10ffff}"))
(assert_return (invoke "echo" (str.const "\u{00}\u{7f}\u{80}\u{ff}\u{100}")) (str.const "\u{00}\u{7f}\u{80}\u{ff}\u{100}"))
(assert_return (invoke "echo" (str.const "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxé")) (str.const "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxé"))
(assert_return (invoke "echo" (str.const "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx☃yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy")) (str.const "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx☃yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy"))
