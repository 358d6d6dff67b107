;; A core module, a component and a type of the root, used two levels down.
(component $root
  (core module $code (func (export "f") (param i32 i32) (result i32) (local.get 1)))
  (type $point (record (field "x" u8) (field "y" u16)))
  (component $leaf
    (core instance $i (instantiate $code))
    (alias outer $root $point (type $p))
    (export $exported "point" (type $p))
    (func (export "f") (param "p" $exported) (result u16) (canon lift (core func $i "f"))))
  (component $outer
    (component $inner
      (instance $leaf (instantiate $leaf))
      (export "leaf" (instance $leaf)))
    (instance $inner (instantiate $inner))
    (export "inner" (instance $inner)))
  (instance $outer (instantiate $outer))
  (export "outer" (instance $outer)))
