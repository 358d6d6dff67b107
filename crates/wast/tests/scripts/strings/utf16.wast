;; CanonicalABI.md, "Loading" (load_string_from_range) and "Storing" (store_string): utf16. Attack 20.

(component definition $Echo
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
    (canon lift (core func $m "echo") string-encoding=utf16 (memory (core memory $m "mem")) (realloc (core func $m "realloc"))))
  (func (export "at") (param "pointer" u32) (param "length" u32) (result string)
    (canon lift (core func $m "echo") string-encoding=utf16 (memory (core memory $m "mem")))))
(component instance $c $Echo)
(assert_return (invoke "echo" (str.const "")) (str.const ""))
(assert_return (invoke "echo" (str.const "a")) (str.const "a"))
(assert_return (invoke "echo" (str.const "héllo")) (str.const "héllo"))
(assert_return (invoke "echo" (str.const "☃ snow")) (str.const "☃ snow"))
(assert_return (invoke "echo" (str.const "\u{1f600}x\u{10ffff}")) (str.const "\u{1f600}x\u{10ffff}"))
(assert_return (invoke "echo" (str.const "\u{00}\u{7f}\u{80}\u{ff}\u{100}")) (str.const "\u{00}\u{7f}\u{80}\u{ff}\u{100}"))

;; The end of memory is a good place for nothing; beyond it is not.
(assert_return (invoke "at" (u32.const 65536) (u32.const 0)) (str.const ""))
(assert_trap (invoke "at" (u32.const 65534) (u32.const 4)) "out-of-bounds")
(component instance $c $Echo)
(assert_trap (invoke "at" (u32.const 65538) (u32.const 0)) "out-of-bounds")
(component instance $c $Echo)
(assert_trap (invoke "at" (u32.const 0xfffffffe) (u32.const 2)) "out-of-bounds")

;; Pointers to units of 16 bits are even, whatever the length.
(component instance $c $Echo)
(assert_trap (invoke "at" (u32.const 1) (u32.const 0)) "unaligned")
