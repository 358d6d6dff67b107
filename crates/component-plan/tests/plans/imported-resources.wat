;; Root imports: resource types of their own identity, an equal type, instances with nested instances, and a type that
;; is passed from one import to another.
(component
  (import "res" (type $res (sub resource)))
  (import "same" (type $same (eq $res)))
  (import "test:io/streams@0.2.1" (instance $streams
    (export "stream" (type $stream (sub resource)))
    (type $code (enum "closed" "failed"))
    (export "code" (type $c (eq $code)))
    (export "[method]stream.read" (func (param "self" (borrow $stream)) (param "n" u64)
      (result (result (list u8) (error $c)))))
    (export "inner" (instance (export "deep" (func async (param "c" $c)))))))
  (alias export $streams "stream" (type $stream))
  (import "test:io/user@0.2.1" (instance $user
    (alias outer 1 $stream (type $s))
    (export "stream" (type $t (eq $s)))
    (export "give" (func (result (own $t))))))
  (import "f" (func (param "r" (own $same)) (result (tuple (stream u8) (future)))))
  (core func (canon resource.drop $stream))
  (core func (canon resource.drop $same))
  (export "user" (instance $user))
  (export "stream" (type $stream)))
