;; CanonicalABI.md, "Table State" (add): handles start at 1, and one that was given back is used again, the latest first.

(component
  (type $r (resource (rep i32)))
  (core func $new (canon resource.new $r))
  (core func $rep (canon resource.rep $r))
  (core func $drop (canon resource.drop $r))
  (core module $m
    (import "" "new" (func $new (param i32) (result i32)))
    (import "" "rep" (func $rep (param i32) (result i32)))
    (import "" "drop" (func $drop (param i32)))
    (func (export "new") (param i32) (result i32) (call $new (local.get 0)))
    (func (export "rep") (param i32) (result i32) (call $rep (local.get 0)))
    (func (export "drop") (param i32) (call $drop (local.get 0))))
  (core instance $m (instantiate $m (with "" (instance
    (export "new" (func $new)) (export "rep" (func $rep)) (export "drop" (func $drop))))))
  (func (export "new") (param "rep" u32) (result u32) (canon lift (core func $m "new")))
  (func (export "rep") (param "handle" u32) (result u32) (canon lift (core func $m "rep")))
  (func (export "drop") (param "handle" u32) (canon lift (core func $m "drop"))))
(assert_return (invoke "new" (u32.const 10)) (u32.const 1))
(assert_return (invoke "new" (u32.const 20)) (u32.const 2))
(assert_return (invoke "new" (u32.const 0xffffffff)) (u32.const 3))
(assert_return (invoke "rep" (u32.const 3)) (u32.const 0xffffffff))
(assert_return (invoke "drop" (u32.const 1)))
(assert_return (invoke "drop" (u32.const 2)))
(assert_return (invoke "new" (u32.const 30)) (u32.const 2))
(assert_return (invoke "new" (u32.const 40)) (u32.const 1))
(assert_return (invoke "rep" (u32.const 2)) (u32.const 30))
(assert_return (invoke "new" (u32.const 50)) (u32.const 4))
