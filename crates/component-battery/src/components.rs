//! Components around a type, as text.
//!
//! No code has to be generated for the type: a function with more than sixteen flat parameters gets them in memory, as
//! a tuple, and returns a tuple as a pointer. So a guest returns a parameter by returning where it lies.

use crate::Shape;
use crate::shape::align_to;

/// Parameters of type `u32` before the value, enough to put all of them in memory.
pub const PADDING: u32 = 17;

/// How strings lie in a guest's memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names are those of the canonical ABI")]
pub enum Strings {
    Utf8,
    Utf16,
    Latin1OrUtf16,
}

impl Strings {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Utf8, Self::Utf16, Self::Latin1OrUtf16];

    fn option(self) -> &'static str {
        match self {
            Self::Utf8 => "string-encoding=utf8",
            Self::Utf16 => "string-encoding=utf16",
            Self::Latin1OrUtf16 => "string-encoding=latin1+utf16",
        }
    }
}

/// How a guest is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Abi {
    /// Its strings.
    pub strings: Strings,
}

/// A memory and an allocator that never frees, and starts at an odd multiple of its alignment.
const LIBC: &str = r#"
    (core module $libc
        (memory (export "memory") 20)
        (global $next (mut i32) (i32.const 4104))
        (func (export "realloc") (param $old i32) (param $old-size i32) (param $align i32) (param $size i32) (result i32)
            (local $at i32)
            (local.set $at (i32.and
                (i32.add (global.get $next) (i32.sub (local.get $align) (i32.const 1)))
                (i32.sub (i32.const 0) (local.get $align))))
            (global.set $next (i32.add (local.get $at) (local.get $size)))
            (if (i32.gt_u (global.get $next) (i32.const 1310720)) (then (unreachable)))
            (memory.copy (local.get $at) (local.get $old)
                (select (local.get $old-size) (local.get $size) (i32.lt_u (local.get $old-size) (local.get $size))))
            (local.get $at)))
    (core instance $libc (instantiate $libc))"#;

/// The function's parameters as text, and the offset of the value among them.
fn signature(shape: &Shape, ty: &str) -> (String, u32) {
    let padding: String = (0..PADDING).map(|at| format!("(param \"p{at}\" u32) ")).collect();
    let value = Shape::Tuple(vec![shape.clone(), Shape::U8]);
    let (_, align) = value.layout();
    let offset = align_to(PADDING * 4, align);
    (format!("{padding} (param \"value\" (tuple {ty} u8)) (result (tuple {ty} u8))"), offset)
}

fn options(abi: Abi) -> String {
    format!(r#"(memory (core memory $libc "memory")) (realloc (core func $libc "realloc")) {}"#, abi.strings.option())
}

/// A component that exports `echo`, with [`PADDING`] numbers and then a tuple of the value and a `u8` as parameters, of
/// which it returns the tuple. Named types are exported as `tN`.
pub fn echo(shape: &Shape, abi: Abi) -> String {
    format!("(component {})", echo_fields(shape, abi))
}

fn echo_fields(shape: &Shape, abi: Abi) -> String {
    let mut named = Vec::new();
    let ty = shape.text(&mut named);
    let (signature, offset) = signature(shape, &ty);
    let types: String = definitions(&named, |at| format!(r#"(export $t{at} "t{at}" (type $d{at}))"#));
    format!(
        r#"{types} {LIBC}
        (core module $main
            (func (export "echo") (param i32) (result i32) (i32.add (local.get 0) (i32.const {offset}))))
        (core instance $main (instantiate $main))
        (func (export "echo") {signature}
            (canon lift (core func $main "echo") {options}))"#,
        options = options(abi),
    )
}

/// Definitions of the named types, each followed by what makes it usable in an exported function.
fn definitions(named: &[String], usable: impl Fn(usize) -> String) -> String {
    let define = |(at, text): (usize, &String)| format!("(type $d{at} {text}) {}\n", usable(at));
    named.iter().enumerate().map(define).collect()
}

/// A component that contains one such as [`echo`] makes and one that calls it. Exports the latter as an instance `relay`
/// with the same function.
pub fn relay(shape: &Shape, inner: Abi, outer: Abi) -> String {
    let mut named = Vec::new();
    let ty = shape.text(&mut named);
    let (wanted, _) = signature(shape, &ty);
    let (offered, _) = signature(shape, &ty.replace("$t", "$x"));
    let imported = definitions(&named, |at| format!(r#"(import "t{at}" (type $t{at} (eq $d{at})))"#));
    // What is exported refers to what is exported, not to what is imported.
    let exported = definitions(&named, |at| format!(r#"(export $t{at} "t{at}" (type $d{at}))"#));
    let exported = exported.replace("$t", "$x").replace("$d", "$y");
    let given: String = (0..named.len()).map(|at| format!(r#"(with "t{at}" (type $inner "t{at}"))"#)).collect();
    format!(
        r#"(component
        (component $inner {inner_fields})
        (component $outer
            {imported}
            (import "echo" (func $echo {wanted}))
            {exported}
            {LIBC}
            (core func $echo (canon lower (func $echo) {options}))
            (core module $main
                (import "inner" "echo" (func $echo (param i32 i32)))
                (func (export "echo") (param i32) (result i32)
                    (call $echo (local.get 0) (i32.const 16))
                    (i32.const 16)))
            (core instance $main (instantiate $main (with "inner" (instance (export "echo" (func $echo))))))
            (func (export "echo") {offered} (canon lift (core func $main "echo") {options})))
        (instance $inner (instantiate $inner))
        (instance $outer (instantiate $outer {given} (with "echo" (func $inner "echo"))))
        (export "relay" (instance $outer)))"#,
        inner_fields = echo_fields(shape, inner),
        options = options(outer),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Source;

    #[test]
    fn components_around_any_type_are_valid() {
        for seed in 0..200_u64 {
            let bytes: Vec<u8> =
                (0..64).map(|at| (seed * 2_654_435_761 >> (at % 24)) as u8 ^ (at * seed) as u8).collect();
            let shape = Shape::any(&mut Source::new(&bytes), 3);
            let abi = |at: u64| Abi { strings: Strings::ALL[((seed + at) % 3) as usize] };
            for text in [echo(&shape, abi(0)), relay(&shape, abi(0), abi(seed / 3))] {
                let wasm = wat::parse_str(&text).unwrap_or_else(|error| panic!("{shape:?}\n{error}"));
                let mut validator = wasmparser::Validator::new_with_features(wasmparser::WasmFeatures::all());
                validator.validate_all(&wasm).unwrap_or_else(|error| panic!("{shape:?}\n{text}\n{error}"));
            }
        }
    }
}
