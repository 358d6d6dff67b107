//! Calls between guest and host: requests, parameters that are taken, results that are given.

use super::each;
use crate::image::{HostImportKind, ParamMode, ResultMode, request};

fn component(pointer: &str, memory: &str) -> String {
    let p = pointer;
    format!(
        r#"(component
        (import "get" (func $get (param "x" u32) (result (list string))))
        (core module $memory
            (memory (export "memory") {memory})
            (global $next (mut {p}) ({p}.const 64))
            (func (export "realloc") (param $old {p}) (param $had {p}) (param $align {p}) (param $want {p}) (result {p})
                (if ({p}.ne ({p}.or (local.get $old) (local.get $had)) ({p}.const 0)) (then unreachable))
                (if ({p}.ne (local.get $align) ({p}.const 4)) (then unreachable))
                (global.get $next)
                (global.set $next ({p}.add (global.get $next) (local.get $want)))))
        (core instance $memory (instantiate $memory))
        (core func $get (canon lower (func $get) (memory (core memory $memory "memory"))
            (realloc (core func $memory "realloc"))))
        (core module $m
            (import "" "get" (func $get (param i32 {p})))
            (global $posts (mut i32) (i32.const 0))
            (func (export "fetch") (call $get (i32.const 5) ({p}.const 16)))
            (func (export "echo") (param {p} {p}) (result {p}) ({p}.add (local.get 0) (local.get 1)))
            (func (export "post") (param {p}) (global.set $posts (i32.add (global.get $posts) (i32.const 1))))
            (func (export "posts") (result i32) (global.get $posts)))
        (core instance $i (instantiate $m (with "" (instance (export "get" (func $get))))))
        (func (export "fetch") (canon lift (core func $i "fetch")))
        (func (export "posts") (result u32) (canon lift (core func $i "posts")))
        (func (export "echo") (param "s" string) (result string)
            (canon lift (core func $i "echo") (memory (core memory $memory "memory"))
                (realloc (core func $memory "realloc")) (post-return (core func $i "post")))))"#
    )
}

#[test]
fn results_of_the_host_are_allocated_one_by_one() {
    for (pointer, memory) in [("i32", "1"), ("i64", "i64 1")] {
        each(&component(pointer, memory), |program| {
            let mut guest = program.start();
            guest.host().requests = vec![request(4, 7), request(4, 24), request(4, 16)];
            assert!(guest.call("fetch", &[]).is_ok());
            assert_eq!(guest.log(), ["call 5 16", "next 64", "next 80", "next 104"]);
            assert!(guest.call("fetch", &[]).is_ok());
            assert_eq!(guest.log(), ["call 5 16"], "nothing to allocate");
        });
    }
}

#[test]
fn parameters_are_taken_and_results_given() {
    for (pointer, memory) in [("i32", "1"), ("i64", "i64 1")] {
        each(&component(pointer, memory), |program| {
            let name = program.export("echo").to_owned();
            let export = program.image.lifts.iter().find(|export| export.export == name).unwrap();
            assert_eq!((export.params, export.results), (ParamMode::Requests, ResultMode::Given));
            let mut guest = program.start();
            guest.host().take = vec![64, 3];
            guest.host().requests = vec![request(4, 1)];
            assert!(guest.call("echo", &[request(4, 3)]).is_ok());
            assert_eq!(guest.log(), ["next 64", "next 67", "take", "give 67"]);
            assert_eq!(guest.call("posts", &[]), Ok(1));
            assert!(guest.call("echo", &[u64::MAX]).is_ok(), "there may be nothing to allocate");
            assert_eq!(guest.log(), ["take", "give 67"]);
        });
    }
}

#[test]
fn host_functions_see_their_memory() {
    each(&component("i32", "1"), |program| {
        for import in &program.image.imports {
            let sees = !matches!(import.kind, HostImportKind::Trap);
            assert_eq!(import.memory.as_deref(), sees.then_some("memory 0"), "{import:?}");
        }
    });
}
