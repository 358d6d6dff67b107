;; CanonicalABI.md, "Loading" (load_variant), "Flat Lifting" (lift_flat_variant) and "Flattening" (join): cases share flat values; a discriminant beyond the cases traps. Attack 21.

(component definition $Shapes
  (type $shape' (variant (case "none") (case "small" u8) (case "wide" f64) (case "text" string)))
  (export $shape "shape" (type $shape'))
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
    ;; The discriminant; then i64, which carries u8, f64 and a pointer; then i32, a length.
    (func (export "echo") (param $case i32) (param $payload i64) (param $length i32) (result i32)
      (i32.store8 (i32.const 32) (local.get $case))
      (i64.store (i32.const 40) (local.get $payload))
      (if (i32.eq (local.get $case) (i32.const 3)) (then
        (i32.store (i32.const 44) (local.get $length))))
      (i32.const 32))
    (func (export "case") (param $case i32) (result i32)
      (i32.store8 (i32.const 32) (local.get $case))
      (i32.const 32)))
  (core instance $m (instantiate $m))
  (func (export "echo") (param "s" $shape) (result $shape) (canon lift (core func $m "echo") (memory (core memory $m "mem")) (realloc (core func $m "realloc"))))
  (func (export "case") (param "n" u8) (result $shape) (canon lift (core func $m "case") (memory (core memory $m "mem")))))
(component instance $c $Shapes)
(assert_return (invoke "echo" (variant.const "none")) (variant.const "none"))
(assert_return (invoke "echo" (variant.const "small" (u8.const 200))) (variant.const "small" (u8.const 200)))
(assert_return (invoke "echo" (variant.const "wide" (f64.const -0.5))) (variant.const "wide" (f64.const -0.5)))
(assert_return (invoke "echo" (variant.const "text" (str.const "☃"))) (variant.const "text" (str.const "☃")))
(assert_return (invoke "case" (u8.const 0)) (variant.const "none"))
(assert_trap (invoke "case" (u8.const 4)) "discriminant")
(component instance $c $Shapes)
(assert_trap (invoke "case" (u8.const 255)) "discriminant")
