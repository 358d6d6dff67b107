;; CanonicalABI.md, "Flat Lifting": the bits above the width of an integer type are not looked at.

(component
  (core module $m
    (func (export "bits") (param i32) (result i32) (local.get 0))
    (func (export "ones") (result i32) (i32.const -1)))
  (core instance $m (instantiate $m))
  (func (export "to-u8") (param "x" u32) (result u8) (canon lift (core func $m "bits")))
  (func (export "to-s8") (param "x" u32) (result s8) (canon lift (core func $m "bits")))
  (func (export "to-u16") (param "x" u32) (result u16) (canon lift (core func $m "bits")))
  (func (export "to-s16") (param "x" u32) (result s16) (canon lift (core func $m "bits")))
  (func (export "from-s8") (param "x" s8) (result s32) (canon lift (core func $m "bits")))
  (func (export "from-u8") (param "x" u8) (result s32) (canon lift (core func $m "bits")))
  (func (export "from-s16") (param "x" s16) (result u32) (canon lift (core func $m "bits"))))
(assert_return (invoke "to-u8" (u32.const 0x1ff)) (u8.const 255))
(assert_return (invoke "to-s8" (u32.const 0x180)) (s8.const -128))
(assert_return (invoke "to-u16" (u32.const 0x12345)) (u16.const 0x2345))
(assert_return (invoke "to-s16" (u32.const 0xabcd8000)) (s16.const -32768))
;; Lowering extends by the type's sign.
(assert_return (invoke "from-s8" (s8.const -1)) (s32.const -1))
(assert_return (invoke "from-u8" (u8.const 255)) (s32.const 255))
(assert_return (invoke "from-s16" (s16.const -2)) (u32.const 0xfffffffe))
