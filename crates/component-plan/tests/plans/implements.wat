;; Plain names that say which interface they implement, and one that says nothing.
(component
  (import "primary" (implements "test:store/kv@1.2.0") (instance $a (export "get" (func (param "k" string)))))
  (import "backup" (implements "test:store/kv@1.2.0") (instance $b (export "get" (func (param "k" string)))))
  (import "plain" (instance $c))
  (export "out" (implements "test:store/kv@1.2.0") (instance $b)))
