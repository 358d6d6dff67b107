;; Explainer.md, "Start Definitions" and Binary.md: core modules start in the order of instantiation.

(component
  (core module $log
    (global $n (mut i32) (i32.const 0))
    (func (export "log") (param i32)
      (global.set $n (i32.add (i32.mul (global.get $n) (i32.const 10)) (local.get 0))))
    (func (export "get") (result i32) (global.get $n)))
  (core instance $log (instantiate $log))
  (core module $one (import "" "log" (func $log (param i32))) (func $s (call $log (i32.const 1))) (start $s))
  (core module $two (import "" "log" (func $log (param i32))) (func $s (call $log (i32.const 2))) (start $s))
  (core instance (instantiate $two (with "" (instance $log))))
  (core instance (instantiate $one (with "" (instance $log))))
  (core instance (instantiate $two (with "" (instance $log))))
  (func (export "get") (result u32) (canon lift (core func $log "get"))))
(assert_return (invoke "get") (u32.const 212))
(assert_trap (component (core module $m (func $s unreachable) (start $s)) (core instance (instantiate $m))) "unreachable")
