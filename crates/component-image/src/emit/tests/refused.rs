//! What has no image yet, in words that say what is missing.

use super::image_of;
use crate::ImageError;
use crate::image::BuildOptions;

#[test]
fn an_async_function_that_is_called_synchronously_is_fine() {
    let text = r#"(component
        (import "f" (func $f async (param "x" u32)))
        (core func $f (canon lower (func $f)))
        (core module $m (import "" "f" (func (param i32))))
        (core instance (instantiate $m (with "" (instance (export "f" (func $f)))))))"#;
    assert!(image_of(text, &BuildOptions::default()).is_ok());
}

#[test]
fn code_that_grows_with_the_power_of_its_types_is_refused() {
    // Each type is a tuple of four of the one before.
    let mut types = String::from("(type $t0 (option bool))");
    for level in 1..10 {
        let parts = format!("$t{} ", level - 1).repeat(4);
        types.push_str(&format!("(type $t{level} (tuple {parts}))"));
    }
    let text = format!(
        r#"(component
        (component $callee
            {types}
            (core module $m
                (memory (export "memory") 1)
                (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 0))
                (func (export "f") (param i32 i32)))
            (core instance $i (instantiate $m))
            (func (export "f") (param "x" (list $t9))
                (canon lift (core func $i "f") (memory (core memory $i "memory")) (realloc (core func $i "realloc")))))
        (component $caller
            {types}
            (import "f" (func $f (param "x" (list $t9))))
            (core module $memory (memory (export "memory") 1))
            (core instance $memory (instantiate $memory))
            (core func $f (canon lower (func $f) (memory (core memory $memory "memory"))))
            (core module $m (import "" "f" (func (param i32 i32))))
            (core instance (instantiate $m (with "" (instance (export "f" (func $f)))))))
        (instance $callee (instantiate $callee))
        (instance (instantiate $caller (with "f" (func $callee "f")))))"#
    );
    let small = BuildOptions { max_size: 1 << 20, ..BuildOptions::default() };
    assert!(matches!(image_of(&text, &small), Err(ImageError::TooLarge(_))));
}

/// Each use of a type is code of its own, so that few bytes can ask for much of it.
#[test]
fn attack_24_code_is_bounded_by_what_it_is_made_of() {
    let mut types = "(type $t0 (list u8))".to_owned();
    for depth in 1..=5 {
        let parts = format!("$t{} ", depth - 1).repeat(8);
        types += &format!("(type $t{depth} (tuple {parts}))");
    }
    let text = format!(
        r#"(component
        (component $callee
            {types}
            (core module $m
                (memory (export "memory") 1)
                (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 0))
                (func (export "f") (param i32)))
            (core instance $i (instantiate $m))
            (func (export "f") (param "x" $t5)
                (canon lift (core func $i "f") (memory (core memory $i "memory")) (realloc (core func $i "realloc")))))
        (component $caller
            {types}
            (import "f" (func $f (param "x" $t5)))
            (core module $memory (memory (export "memory") 1))
            (core instance $memory (instantiate $memory))
            (core func $f (canon lower (func $f) (memory (core memory $memory "memory"))))
            (core module $m (import "" "f" (func (param i32))))
            (core instance (instantiate $m (with "" (instance (export "f" (func $f)))))))
        (instance $callee (instantiate $callee))
        (instance (instantiate $caller (with "f" (func $callee "f")))))"#
    );
    let refused = image_of(&text, &BuildOptions::default());
    assert!(matches!(refused, Err(ImageError::TooLarge(_))), "{:?}", refused.map(|(_, image)| image.wasm.len()));
}
