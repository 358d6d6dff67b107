;; CanonicalABI.md, "Loading" (load_list): lists of lists at the same bytes are many values of few bytes. Attack 12.

(component definition $Amplify
  (core module $m
    (memory (export "mem") 1)
    (func (export "f") (result i32) (local $at i32)
      (local.set $at (i32.const 64))
      ;; 8000 lists, each of the same 60000 bytes: 480 million values.
      (loop $next
        (i32.store (local.get $at) (i32.const 0))
        (i32.store offset=4 (local.get $at) (i32.const 60000))
        (local.set $at (i32.add (local.get $at) (i32.const 8)))
        (br_if $next (i32.lt_u (local.get $at) (i32.const 64064))))
      (i32.store (i32.const 65000) (i32.const 64))
      (i32.store (i32.const 65004) (i32.const 8000))
      (i32.const 65000)))
  (core instance $m (instantiate $m))
  (func (export "f") (result (list (list u8))) (canon lift (core func $m "f") (memory (core memory $m "mem")))))
(component instance $t $Amplify)
(assert_trap (invoke "f") "larger than the host may hold")
