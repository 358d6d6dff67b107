;; CanonicalABI.md, "Flattening" and "Lifting and Lowering Values": 16 flat parameters are flat, 17 lie in memory.

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
    (func (export "last") (param $at i32) (result i32) (i32.load8_u (i32.add (local.get $at) (i32.const 16))))
    (func (export "sixteenth") (param i32) (param i32) (param i32) (param i32) (param i32) (param i32) (param i32) (param i32) (param i32) (param i32) (param i32) (param i32) (param i32) (param i32) (param i32) (param i32) (result i32) (local.get 15)))
  (core instance $m (instantiate $m))
  (func (export "last") (param "a" u8) (param "b" u8) (param "c" u8) (param "d" u8) (param "e" u8) (param "f" u8) (param "g" u8) (param "h" u8) (param "i" u8) (param "j" u8) (param "k" u8) (param "l" u8) (param "m" u8) (param "n" u8) (param "o" u8) (param "p" u8) (param "q" u8) (result u8) (canon lift (core func $m "last") (memory (core memory $m "mem")) (realloc (core func $m "realloc"))))
  (func (export "sixteenth") (param "a" u8) (param "b" u8) (param "c" u8) (param "d" u8) (param "e" u8) (param "f" u8) (param "g" u8) (param "h" u8) (param "i" u8) (param "j" u8) (param "k" u8) (param "l" u8) (param "m" u8) (param "n" u8) (param "o" u8) (param "p" u8) (result u8) (canon lift (core func $m "sixteenth"))))
(assert_return (invoke "last" (u8.const 1) (u8.const 2) (u8.const 3) (u8.const 4) (u8.const 5) (u8.const 6) (u8.const 7) (u8.const 8) (u8.const 9) (u8.const 10) (u8.const 11) (u8.const 12) (u8.const 13) (u8.const 14) (u8.const 15) (u8.const 16) (u8.const 17)) (u8.const 17))
(assert_return (invoke "sixteenth" (u8.const 1) (u8.const 2) (u8.const 3) (u8.const 4) (u8.const 5) (u8.const 6) (u8.const 7) (u8.const 8) (u8.const 9) (u8.const 10) (u8.const 11) (u8.const 12) (u8.const 13) (u8.const 14) (u8.const 15) (u8.const 16)) (u8.const 16))
