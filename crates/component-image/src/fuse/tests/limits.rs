//! What is too large is refused, and before it is there.

use std::time::Instant;

use super::{Bench, export};
use crate::ImageError;

fn too_large(bench: Bench) -> String {
    match bench.fuse() {
        Err(ImageError::TooLarge(message)) => message,
        Err(other) => panic!("{other:?}"),
        Ok(image) => panic!("{} bytes", image.wasm.len()),
    }
}

/// Some hundred kilobytes, ten thousand times: gigabytes, of which a few megabytes are written.
#[test]
fn a_module_that_is_instantiated_often_is_refused_early() {
    for text in [
        format!(r#"(module (import "" "m" (memory 8)) (data (i32.const 0) "{}"))"#, "x".repeat(1 << 19)),
        format!(r#"(module (import "" "m" (memory 8)) (func {}))"#, "(drop (f64.const 1))".repeat(50_000)),
        format!(
            r#"(module (import "" "m" (memory 8)) (table 600000 funcref) (func $f) (elem (i32.const 0) {}))"#,
            "$f ".repeat(500_000)
        ),
    ] {
        let mut bench = Bench::new();
        bench.options.max_size = 2 << 20;
        let memory = bench.add(r#"(module (memory (export "m") 8))"#, &[]);
        let module = bench.module(&text);
        for _ in 0..10_000 {
            bench.instance(module, &[export(memory, "m")]);
        }
        let begin = Instant::now();
        let message = too_large(bench);
        assert!(begin.elapsed().as_secs() < 30, "{:?}", begin.elapsed());
        assert!(message.contains("the 2097152 bytes"), "{message}");
    }
}

#[test]
fn the_whole_image_counts() {
    let bench = || {
        let mut bench = Bench::new();
        bench.add(r#"(module (memory 1) (data (i32.const 0) "0123456789") (func (export "f")))"#, &[]);
        bench
    };
    let size = bench().image().wasm.len();
    for (max_size, fits) in [(size, true), (size - 1, false), (1, false), (0, false)] {
        let mut bench = bench();
        bench.options.max_size = max_size;
        assert_eq!(bench.fuse().is_ok(), fits, "{max_size} of {size}");
    }
}

#[test]
fn there_may_be_a_hundred_memories() {
    let bench = |memories: usize| {
        let mut bench = Bench::new();
        let module = bench.module("(module (memory 0))");
        for _ in 0..memories {
            bench.instance(module, &[]);
        }
        bench
    };
    assert!(bench(100).fuse().is_ok());
    let expected =
        "the component's core instances together have 101 memories; a core module, which they become, may have 100";
    assert_eq!(too_large(bench(101)), expected);
}

#[test]
fn counts_of_everything_are_limited() {
    for (text, what) in [
        (format!("(module {})", "(func)".repeat(1000)), "functions"),
        (format!("(module {})", "(global i32 (i32.const 0))".repeat(1000)), "globals"),
        (format!("(module {})", "(table 0 funcref)".repeat(100)), "tables"),
        (format!("(module {})", r#"(data "")"#.repeat(1000)), "data segments"),
        (format!("(module (func $f) {})", "(elem funcref)".repeat(1000)), "element segments"),
        (format!("(module {})", "(tag)".repeat(1000)), "tags"),
    ] {
        let mut bench = Bench::new();
        let module = bench.module(&text);
        for _ in 0..1001 {
            bench.instance(module, &[]);
        }
        let message = too_large(bench);
        assert!(message.contains(what), "{message}");
    }
}

/// A function of the largest size allowed grows when its calls get larger indices.
#[test]
fn a_function_can_become_too_large() {
    let mut bench = Bench::new();
    let many = bench.module(&format!("(module {})", "(func)".repeat(200)));
    bench.instance(many, &[]);
    let large = bench.module(&format!("(module (func $f {}))", "call 0 ".repeat(3_800_000)));
    bench.instance(large, &[]);
    let message = too_large(bench);
    assert!(message.starts_with("function 0 of the core module `m1` has "), "{message}");
}
