;; What tools make of a module that exports its memory and lowers imports that need it: a shim that the module is
;; linked to, and a fixup that fills the shim's table once the memory is there.
(component
  (import "test:io/out@0.2.0" (instance $out (export "write" (func (param "s" string) (result string)))))
  (core module $main
    (import "out" "write" (func (param i32 i32 i32)))
    (memory (export "memory") 1)
    (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) i32.const 0)
    (func (export "run")))
  (core module $shim
    (type $t (func (param i32 i32 i32)))
    (table (export "$imports") 1 1 funcref)
    (func (export "0") (param i32 i32 i32)
      (call_indirect (type $t) (local.get 0) (local.get 1) (local.get 2) (i32.const 0))))
  (core module $fixup
    (import "" "0" (func (param i32 i32 i32)))
    (import "" "$imports" (table 1 1 funcref))
    (elem (i32.const 0) func 0))
  (core instance $shim (instantiate $shim))
  (core instance $main (instantiate $main (with "out" (instance (export "write" (func $shim "0"))))))
  (core func $write (canon lower (func $out "write") (memory (core memory $main "memory")) (realloc (core func $main "cabi_realloc"))))
  (core instance (instantiate $fixup (with "" (instance
    (export "0" (func $write))
    (export "$imports" (table $shim "$imports"))))))
  (func $run (canon lift (core func $main "run")))
  (instance $exported (export "run" (func $run)))
  (export "test:cli/run@0.2.0" (instance $exported)))
