;; CanonicalABI.md, "Despecialization": an option is a variant; options nest.

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
    (func (export "depth") (param i32 i32 i32) (result i32)
      (i32.add (local.get 0) (local.get 1)))
    (func (export "first") (param i32 i32 i32) (result i32)
      (i32.store8 (i32.const 8) (local.get 0))
      (i32.store (i32.const 12) (local.get 1))
      (i32.store (i32.const 16) (local.get 2))
      (i32.const 8)))
  (core instance $m (instantiate $m))
  (func (export "depth") (param "x" (option (option u8))) (result u32) (canon lift (core func $m "depth")))
  (func (export "echo") (param "x" (option string)) (result (option string)) (canon lift (core func $m "first") (memory (core memory $m "mem")) (realloc (core func $m "realloc")))))
(assert_return (invoke "depth" (option.none)) (u32.const 0))
(assert_return (invoke "depth" (option.some (option.none))) (u32.const 1))
(assert_return (invoke "depth" (option.some (option.some (u8.const 9)))) (u32.const 2))
(assert_return (invoke "echo" (option.none)) (option.none))
(assert_return (invoke "echo" (option.some (str.const "yes"))) (option.some (str.const "yes")))
