//! Functions of the host that the image calls again itself.

use std::task::{Context, Poll, Waker};

use tambo_component_plan::{HostFuncId, Plan};
use tambo_engine::{Limits, Slot};

use super::{Host, engines, import};
use crate::image::{BuildOptions, HostImport, HostImportKind, NO_REQUEST, request};
use crate::{build, locate};

/// One that gives a number, and one whose result is allocated.
const COMPONENT: &str = r#"(component
    (import "number" (func $number (param "x" u32) (result u32)))
    (import "nothing" (func $nothing))
    (import "text" (func $text (param "x" u32) (result string)))
    (core module $memory
        (memory (export "memory") 1)
        (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 64)))
    (core instance $memory (instantiate $memory))
    (core func $number (canon lower (func $number)))
    (core func $nothing (canon lower (func $nothing)))
    (core func $text (canon lower (func $text) (memory (core memory $memory "memory"))
        (realloc (core func $memory "realloc"))))
    (core module $m
        (import "" "number" (func $number (param i32) (result i32)))
        (import "" "nothing" (func $nothing))
        (import "" "text" (func $text (param i32 i32)))
        (func (export "number") (param i32) (result i32) (call $number (local.get 0)))
        (func (export "nothing") (call $nothing))
        (func (export "text") (call $text (i32.const 5) (i32.const 8))))
    (core instance $i (instantiate $m (with "" (instance
        (export "number" (func $number)) (export "nothing" (func $nothing)) (export "text" (func $text))))))
    (func (export "number-again") (param "x" u32) (result u32) (canon lift (core func $i "number")))
    (func (export "nothing-again") (canon lift (core func $i "nothing")))
    (func (export "text-again") (canon lift (core func $i "text"))))"#;

fn options(waiting: &[u32]) -> BuildOptions {
    BuildOptions { waiting: waiting.iter().copied().map(HostFuncId).collect(), ..BuildOptions::default() }
}

/// Run each export with so many calls that are not ready, blocking or not: what was told to the host.
fn logs(waiting: &[u32], parks: bool, pending: usize) -> Vec<Vec<String>> {
    let bytes = wat::parse_str(COMPONENT).unwrap();
    let plan = Plan::new(&bytes).unwrap();
    let image = build(&plan, &bytes, &options(waiting)).unwrap();
    let imports: Vec<_> = image.imports.iter().map(import).collect();
    let mut all: Vec<Vec<String>> = Vec::new();
    for engine in engines() {
        let prepared = engine.compile(&image.wasm).unwrap().prepare(&imports, "none", parks).unwrap();
        let logs: Vec<_> = image
            .lifts
            .iter()
            .map(|lift| {
                let host = Host { pending, requests: vec![NO_REQUEST, request(1, 3)], ..Host::default() };
                let mut instance = prepared.instantiate(host, &Limits::default()).unwrap();
                let (function, ty) = instance.function(&lift.export).unwrap();
                let mut slots = vec![Slot::from(5); ty.slots()];
                if parks {
                    let mut call = instance.call_async(function, &mut slots);
                    let done = call.as_mut().poll(&mut Context::from_waker(Waker::noop()));
                    assert!(matches!(done, Poll::Ready(Ok(()))), "{done:?}");
                } else {
                    instance.call(function, &mut slots).unwrap();
                }
                std::mem::take(&mut instance.data_mut().log)
            })
            .collect();
        assert!(all.is_empty() || all == logs, "the engines differ");
        all = logs;
    }
    all
}

#[test]
fn what_is_not_ready_is_called_again_with_the_same_arguments() {
    for (parks, waits) in [(false, "block"), (true, "wait")] {
        assert_eq!(
            logs(&[0, 1, 2], parks, 2),
            [
                vec!["not ready", waits, "not ready", waits, "call 5"],
                vec!["not ready", waits, "not ready", waits, "call"],
                vec!["not ready", waits, "not ready", waits, "call 5 8", "next 64"],
            ]
        );
    }
}

#[test]
fn what_is_ready_costs_no_wait() {
    for parks in [false, true] {
        let expected = [vec!["call 5"], vec!["call"], vec!["call 5 8", "next 64"]];
        assert_eq!(logs(&[0, 1, 2], parks, 0), expected);
        assert_eq!(logs(&[1], parks, 0), expected);
    }
}

#[test]
fn only_what_was_named_is_called_again() {
    let bytes = wat::parse_str(COMPONENT).unwrap();
    let plan = Plan::new(&bytes).unwrap();
    let retried = |waiting: &[u32]| {
        let image = build(&plan, &bytes, &options(waiting)).unwrap();
        let retried = image.imports.iter().filter(|import| import.retries);
        let calls = retried.filter(|HostImport { kind, .. }| matches!(kind, HostImportKind::Call { .. })).count();
        (calls, image.imports.iter().any(|import| import.kind == HostImportKind::Park))
    };
    assert_eq!(retried(&[]), (0, false));
    assert_eq!(retried(&[1]), (1, true));
    assert_eq!(retried(&[0, 2]), (2, true));
}

/// Finding places again lays out the same image.
#[test]
fn places_are_found_in_such_an_image() {
    let bytes = wat::parse_str(COMPONENT).unwrap();
    let plan = Plan::new(&bytes).unwrap();
    let image = build(&plan, &bytes, &options(&[0, 2])).unwrap();
    let first = image.imports.len() as u32;
    let functions: Vec<_> = (first..first + image.sources.len() as u32).map(|function| (function, 0)).collect();
    let found = locate(&plan, &bytes, &image, &functions).unwrap();
    for ((function, _), place) in functions.iter().zip(found) {
        let is_module = matches!(image.origin(*function), Some(crate::FuncOrigin::Module { .. }));
        assert_eq!(place.is_some(), is_module, "function {function}");
    }
}
