;; Two instances of one core module, linked to each other by what is re-exported: memories, globals, tables and tags.
(component
  (core module $state
    (memory (export "memory") 1)
    (global (export "global") (mut i32) (i32.const 0))
    (table (export "table") 1 funcref)
    (tag (export "tag") (param i32)))
  (core module $user
    (import "one" "memory" (memory 1))
    (import "two" "memory" (memory 1))
    (import "two" "table" (table 1 funcref))
    (import "bag" "renamed" (global (mut i32)))
    (import "bag" "tag" (tag (param i32))))
  (core instance $one (instantiate $state))
  (core instance $two (instantiate $state))
  (core instance $bag
    (export "renamed" (global $one "global"))
    (export "tag" (tag $two "tag")))
  (core instance (instantiate $user
    (with "one" (instance $one)) (with "two" (instance $two)) (with "bag" (instance $bag)))))
