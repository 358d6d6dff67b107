;; A plugin: counters up to a limit, as a resource. `examples/plugin.rs` is a host for it.
;;
;;     import log: func(line: string);
;;     resource counter {
;;         constructor(limit: u32);
;;         add: func(amount: u32) -> result<u32, string>;
;;     }
(component
  (import "log" (func $log (param "line" string)))

  (core module $libc (memory (export "memory") 1))
  (core instance $libc (instantiate $libc))
  (alias core export $libc "memory" (core memory $memory))

  ;; What happens when the host drops a counter.
  (core func $log (canon lower (func $log) (memory $memory)))
  (core module $drop
    (import "libc" "memory" (memory 1))
    (import "host" "log" (func $log (param i32 i32)))
    (data (i32.const 64) "a counter is gone")
    (func (export "drop") (param $counter i32) (call $log (i32.const 64) (i32.const 17))))
  (core instance $drop (instantiate $drop
    (with "libc" (instance $libc))
    (with "host" (instance (export "log" (func $log))))))
  (type $counter (resource (rep i32) (dtor (core func $drop "drop"))))
  (core func $new (canon resource.new $counter))

  ;; A counter is the address of its limit, behind which is its sum.
  (core module $counters
    (import "libc" "memory" (memory 1))
    (import "counter" "new" (func $new (param i32) (result i32)))
    (data (i32.const 32) "that is too much")
    (global $free (mut i32) (i32.const 1024))
    (func (export "make") (param $limit i32) (result i32) (local $counter i32)
      (local.set $counter (global.get $free))
      (global.set $free (i32.add (global.get $free) (i32.const 8)))
      (i32.store (local.get $counter) (local.get $limit))
      (call $new (local.get $counter)))
    ;; The result lies at 0: which case it is, and behind that the sum, or where the text is and how long.
    (func (export "add") (param $counter i32) (param $amount i32) (result i32) (local $sum i32)
      (local.set $sum (i32.load offset=4 (local.get $counter)))
      (if (i32.gt_u (local.get $amount) (i32.sub (i32.load (local.get $counter)) (local.get $sum)))
        (then
          (i32.store (i32.const 0) (i32.const 1))
          (i32.store (i32.const 4) (i32.const 32))
          (i32.store (i32.const 8) (i32.const 16)))
        (else
          (local.set $sum (i32.add (local.get $sum) (local.get $amount)))
          (i32.store offset=4 (local.get $counter) (local.get $sum))
          (i32.store (i32.const 0) (i32.const 0))
          (i32.store (i32.const 4) (local.get $sum))))
      (i32.const 0)))
  (core instance $counters (instantiate $counters
    (with "libc" (instance $libc))
    (with "counter" (instance (export "new" (func $new))))))

  (export $exported "counter" (type $counter))
  (func (export "[constructor]counter") (param "limit" u32) (result (own $exported))
    (canon lift (core func $counters "make")))
  (func (export "[method]counter.add")
    (param "self" (borrow $exported)) (param "amount" u32) (result (result u32 (error string)))
    (canon lift (core func $counters "add") (memory $memory))))
