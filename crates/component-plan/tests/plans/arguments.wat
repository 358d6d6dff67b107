;; Instances, functions, components and core modules as arguments. The import of `user` shows only one of the two
;; functions of what it is given, and the export of it no more than that.
(component $root
  (component $provider
    (core module $m (func (export "a")) (func (export "b")))
    (core instance $m (instantiate $m))
    (func $a (canon lift (core func $m "a")))
    (func $b (canon lift (core func $m "b")))
    (export "a" (func $a))
    (export "b" (func $b)))
  (component $user
    (import "api" (instance $api (export "a" (func))))
    (import "maker" (component $maker (export "b" (func))))
    (import "code" (core module $code (import "" "f" (func))))
    (import "extra" (func $extra))
    (core func $lowered (canon lower (func $api "a")))
    (core instance (instantiate $code (with "" (instance (export "f" (func $lowered))))))
    (core func $lowered-extra (canon lower (func $extra)))
    (core instance (instantiate $code (with "" (instance (export "f" (func $lowered-extra))))))
    (instance $made (instantiate $maker))
    (export "api" (instance $api))
    (export "b" (func $made "b")))
  (core module $code (import "" "f" (func)) (start 0))
  (instance $provided (instantiate $provider))
  (instance $bag (export "a" (func $provided "a")) (export "b" (func $provided "b")))
  (instance $user (instantiate $user
    (with "api" (instance $bag))
    (with "maker" (component $provider))
    (with "code" (core module $code))
    (with "extra" (func $provided "b"))))
  (export "through" (instance $user "api"))
  (export "b" (func $user "b"))
  (export "ascribed" (instance $provided) (instance (export "b" (func)))))
