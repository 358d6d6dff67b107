;; CanonicalABI.md, "Loading" (MAX_LIST_BYTE_LENGTH, MAX_STRING_BYTE_LENGTH): no string or list has 2^28 bytes. Attack 11.

(component definition $Big
  (core module $m
    (memory (export "mem") 4097)
    (func (export "echo") (param i32 i32) (result i32)
      (i32.store (i32.const 16) (local.get 0))
      (i32.store (i32.const 20) (local.get 1))
      (i32.const 16)))
  (core instance $m (instantiate $m))
  (func (export "text") (param "pointer" u32) (param "length" u32) (result string) (canon lift (core func $m "echo") (memory (core memory $m "mem"))))
  (func (export "words") (param "pointer" u32) (param "length" u32) (result (list u64)) (canon lift (core func $m "echo") (memory (core memory $m "mem")))))
(component instance $t $Big)
(assert_trap (invoke "text" (u32.const 0) (u32.const 0x10000000)) "too long")
(component instance $t $Big)
(assert_trap (invoke "words" (u32.const 0) (u32.const 0x2000000)) "too long")
