;; Copies a file to standard output: `tambo run --dir .::/:ro examples/cat.wat README.md`
;;
;; The path is looked up beneath descriptor 3, the first directory that was granted. Without `--dir` there is none, and
;; the program cannot open anything. Exit code: 2 if it was not given one path, else the error number of WASI, 0 if all
;; went well.
(module
  (import "wasi_snapshot_preview1" "args_sizes_get" (func $args_sizes_get (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "args_get" (func $args_get (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "path_open"
    (func $path_open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_read" (func $fd_read (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_write" (func $fd_write (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "proc_exit" (func $proc_exit (param i32)))

  ;; 0 argument count, 4 size of all arguments, 8 descriptor, 12 buffer {address, length}, 20 bytes done
  ;; 64 argument addresses, 1024 arguments, 65536 the buffer
  (memory (export "memory") 2)
  (global $buffer i32 (i32.const 65536))

  (func $check (param $error i32)
    (if (local.get $error) (then (call $proc_exit (local.get $error)))))

  ;; Opens the second argument, which is also the last one, so that its length follows from the size of all.
  (func $open (result i32)
    (local $path i32)
    (call $check (call $args_sizes_get (i32.const 0) (i32.const 4)))
    (if (i32.or
          (i32.ne (i32.load (i32.const 0)) (i32.const 2))
          (i32.gt_u (i32.load (i32.const 4)) (i32.const 60000)))
      (then (call $proc_exit (i32.const 2))))
    (call $check (call $args_get (i32.const 64) (i32.const 1024)))
    (local.set $path (i32.load (i32.const 68)))
    (call $check
      (call $path_open
        (i32.const 3) (i32.const 1)                       ;; beneath 3, following links
        (local.get $path)
        (i32.sub (i32.add (i32.const 1023) (i32.load (i32.const 4))) (local.get $path))
        (i32.const 0) (i64.const 2) (i64.const 0) (i32.const 0)
        (i32.const 8)))
    (i32.load (i32.const 8)))

  (func $write_all (param $length i32)
    (i32.store (i32.const 12) (global.get $buffer))
    (loop $more
      (i32.store (i32.const 16) (local.get $length))
      (call $check (call $fd_write (i32.const 1) (i32.const 12) (i32.const 1) (i32.const 20)))
      (i32.store (i32.const 12) (i32.add (i32.load (i32.const 12)) (i32.load (i32.const 20))))
      (local.set $length (i32.sub (local.get $length) (i32.load (i32.const 20))))
      (br_if $more (local.get $length))))

  (func (export "_start")
    (local $file i32)
    (local.set $file (call $open))
    (loop $more
      (i32.store (i32.const 12) (global.get $buffer))
      (i32.store (i32.const 16) (i32.const 65536))
      (call $check (call $fd_read (local.get $file) (i32.const 12) (i32.const 1) (i32.const 20)))
      (if (i32.load (i32.const 20))
        (then
          (call $write_all (i32.load (i32.const 20)))
          (br $more))))))
