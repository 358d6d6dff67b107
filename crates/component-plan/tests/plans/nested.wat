;; A component within a component within the root; the middle one is instantiated twice, so there are two of
;; everything in it. Names come from the name section, or are made up.
(component $outermost
  (component $middle
    (component
      (core module $adder
        (func (export "add") (param i32) (result i32) (i32.add (local.get 0) (i32.const 1))))
      (core instance $adder (instantiate $adder))
      (func (export "add") (param "x" u32) (result u32) (canon lift (core func $adder "add"))))
    (instance $unnamed (instantiate 0))
    (export "add" (func $unnamed "add")))
  (instance $first (instantiate $middle))
  (instance $second (instantiate $middle))
  (export "first" (func $first "add"))
  (export "second" (func $second "add")))
