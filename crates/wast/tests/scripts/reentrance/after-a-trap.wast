;; CanonicalABI.md, "Embedding": an instance that trapped cannot be entered again.

(component definition $Test
  (core module $m (func (export "trap") unreachable) (func (export "fine")))
  (core instance $m (instantiate $m))
  (func (export "trap") (canon lift (core func $m "trap")))
  (func (export "fine") (canon lift (core func $m "fine"))))
(component instance $t $Test)
(assert_return (invoke "fine"))
(assert_trap (invoke "trap") "unreachable")
(assert_trap (invoke "fine") "cannot enter component instance")
(component instance $t $Test)
(assert_return (invoke "fine"))
