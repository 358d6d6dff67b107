;; Two instances of a component that defines a resource type have two types. A component that imports a type gets
;; the actual one, and the types that it builds from it are of the actual one.
(component $root
  (component $maker
    (core module $m
      (func (export "drop") (param i32))
      (func (export "make") (result i32) i32.const 0))
    (core instance $m (instantiate $m))
    (type $thing (resource (rep i32) (dtor (core func $m "drop"))))
    (core func $new (canon resource.new $thing))
    (core func $rep (canon resource.rep $thing))
    (export $out "thing" (type $thing))
    (func (export "[constructor]thing") (result (own $out)) (canon lift (core func $m "make"))))
  (component $user
    (import "api" (instance $api
      (export "thing" (type $thing (sub resource)))
      (export "[constructor]thing" (func (result (own $thing))))))
    (alias export $api "thing" (type $thing))
    (core func $make (canon lower (func $api "[constructor]thing")))
    (core func $drop (canon resource.drop $thing))
    (core module $memory
      (memory (export "m") 1)
      (func (export "realloc") (param i32 i32 i32 i32) (result i32) i32.const 0))
    (core instance $memory (instantiate $memory))
    (core module $m
      (import "" "make" (func (result i32)))
      (import "" "drop" (func (param i32)))
      (func (export "take") (param i32 i32)))
    (core instance $m (instantiate $m
      (with "" (instance (export "make" (func $make)) (export "drop" (func $drop))))))
    (export $again "thing" (type $thing))
    (func (export "take") (param "list" (list (own $again))) (canon lift (core func $m "take")
      (memory (core memory $memory "m")) (realloc (core func $memory "realloc")))))
  (instance $one (instantiate $maker))
  (instance $two (instantiate $maker))
  (instance $of-one (instantiate $user (with "api" (instance $one))))
  (instance $of-two (instantiate $user (with "api" (instance $two))))
  (export "one" (instance $one))
  (export "take-two" (instance $of-two)))
