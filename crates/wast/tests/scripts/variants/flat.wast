;; CanonicalABI.md, "Flat Lifting" and "Flat Lowering" (variants): joined types keep their bits; the whole 32 bits are the discriminant. Attack 21.

(component definition $Joined
  (core module $m
    (memory (export "mem") 1)
    (func (export "id") (param i32 i32) (result i32) (local.get 1))
    (func (export "case") (param i32) (result i32) (local.get 0))
    (func (export "float") (param i32 i32) (result f32) (f32.reinterpret_i32 (local.get 1))))
  (core instance $m (instantiate $m))
  (func (export "bits") (param "x" (result f32 (error u32))) (result u32) (canon lift (core func $m "id")))
  (func (export "float") (param "x" (result u32 (error f32))) (result f32) (canon lift (core func $m "float")))
  (func (export "colour") (param "n" u32) (result (result)) (canon lift (core func $m "case"))))
(component instance $c $Joined)
(assert_return (invoke "bits" (result.ok (f32.const 1.5))) (u32.const 0x3fc00000))
(assert_return (invoke "bits" (result.err (u32.const 77))) (u32.const 77))
(assert_return (invoke "float" (result.ok (u32.const 0x3fc00000))) (f32.const 1.5))
(assert_return (invoke "float" (result.err (f32.const -2))) (f32.const -2))
(assert_return (invoke "colour" (u32.const 0)) (result.ok))
(assert_return (invoke "colour" (u32.const 1)) (result.err))
(assert_trap (invoke "colour" (u32.const 2)) "discriminant")
(component instance $c $Joined)
(assert_trap (invoke "colour" (u32.const 0x100)) "discriminant")
