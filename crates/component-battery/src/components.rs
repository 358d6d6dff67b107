//! Components around a type, as text.
//!
//! No code has to be generated for the type: a function with more than sixteen flat parameters gets them in memory, as
//! a tuple, and returns a tuple as a pointer. So a guest returns a parameter by returning where it lies.

use tambo_component_abi::types::Pointer;

use crate::shape::align_to;
use crate::{Shape, Source};

/// The elements of the list of `u32`, of fixed length, that is the parameter before the value: enough to put both in
/// memory.
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
    /// Its addresses.
    pub pointer: Pointer,
}

impl Abi {
    /// One of all that there are.
    pub fn any(source: &mut Source<'_>) -> Self {
        let pointer = if source.below(4) == 3 { Pointer::Bits64 } else { Pointer::Bits32 };
        Self { strings: Strings::ALL[source.below(3)], pointer }
    }

    /// The core type of an address.
    pub(crate) fn address(self) -> &'static str {
        match self.pointer {
            Pointer::Bits32 => "i32",
            Pointer::Bits64 => "i64",
        }
    }

    pub(crate) fn options(self) -> String {
        let strings = self.strings.option();
        format!(r#"(memory (core memory $libc "memory")) (realloc (core func $libc "realloc")) {strings}"#)
    }

    /// What begins a memory's type.
    pub(crate) fn memory(self) -> &'static str {
        if self.pointer == Pointer::Bits64 { "i64" } else { "" }
    }
}

/// A memory and an allocator that never frees, and starts at an odd multiple of its alignment.
fn libc(abi: Abi) -> String {
    let libc = r#"
    (core module $libc
        (memory (export "memory") MEMORY 20)
        (global $next (mut A) (A.const 4104))
        (func (export "realloc") (param $old A) (param $old-size A) (param $align A) (param $size A) (result A)
            (local $at A)
            (local.set $at (A.and
                (A.add (global.get $next) (A.sub (local.get $align) (A.const 1)))
                (A.sub (A.const 0) (local.get $align))))
            (global.set $next (A.add (local.get $at) (local.get $size)))
            (if (A.gt_u (global.get $next) (A.const 1310720)) (then (unreachable)))
            (memory.copy (local.get $at) (local.get $old)
                (select (local.get $old-size) (local.get $size) (A.lt_u (local.get $old-size) (local.get $size))))
            (local.get $at)))
    (core instance $libc (instantiate $libc))"#;
    libc.replace("MEMORY", abi.memory())
        .replace("A.", &format!("{}.", abi.address()))
        .replace(" A)", &format!(" {})", abi.address()))
}

/// The function's parameters as text, and the offset of the value among them.
fn signature(shape: &Shape, ty: &str, abi: Abi) -> (String, u32) {
    let value = Shape::Tuple(vec![shape.clone(), Shape::U8]);
    let (_, align) = value.layout(abi.pointer);
    let offset = align_to(PADDING * 4, align);
    let padding = format!("(param \"padding\" (list u32 {PADDING}))");
    (format!("{padding} (param \"value\" (tuple {ty} u8)) (result (tuple {ty} u8))"), offset)
}

/// A component that exports `echo`, with a list of [`PADDING`] numbers and a tuple of the value and a `u8` as parameters, of
/// which it returns the tuple. Named types are exported as `tN`.
pub fn echo(shape: &Shape, abi: Abi) -> String {
    format!("(component {})", echo_fields(shape, abi))
}

fn echo_fields(shape: &Shape, abi: Abi) -> String {
    let mut named = Vec::new();
    let ty = shape.text(&mut named);
    let (signature, offset) = signature(shape, &ty, abi);
    let types: String = definitions(&named, |at| format!(r#"(export $t{at} "t{at}" (type $d{at}))"#));
    format!(
        r#"{types} {libc}
        (core module $main
            (func (export "echo") (param {a}) (result {a}) ({a}.add (local.get 0) ({a}.const {offset}))))
        (core instance $main (instantiate $main))
        (func (export "echo") {signature}
            (canon lift (core func $main "echo") {options}))"#,
        a = abi.address(),
        libc = libc(abi),
        options = abi.options(),
    )
}

/// Definitions of the named types, each followed by what makes it usable in an exported function.
pub(crate) fn definitions(named: &[String], usable: impl Fn(usize) -> String) -> String {
    let define = |(at, text): (usize, &String)| format!("(type $d{at} {text}) {}\n", usable(at));
    named.iter().enumerate().map(define).collect()
}

/// A component that contains one such as [`echo`] makes and one that calls it. Exports the latter as an instance `relay`
/// with the same function.
pub fn relay(shape: &Shape, inner: Abi, outer: Abi) -> String {
    let mut named = Vec::new();
    shape.text(&mut named);
    let given: String = (0..named.len()).map(|at| format!(r#"(with "t{at}" (type $inner "t{at}"))"#)).collect();
    format!(
        r#"(component
        (component $inner {inner_fields})
        (component $outer {outer_fields})
        (instance $inner (instantiate $inner))
        (instance $outer (instantiate $outer {given} (with "echo" (func $inner "echo"))))
        (export "relay" (instance $outer)))"#,
        inner_fields = echo_fields(shape, inner),
        outer_fields = passing_fields(shape, outer, ""),
    )
}

/// A component that imports `echo`, exports a function of the same type and name, and passes every call on: for a host
/// that defines it. What it exports has names that begin with `x-`.
pub fn pass(shape: &Shape, abi: Abi) -> String {
    format!("(component {})", passing_fields(shape, abi, "x-"))
}

fn passing_fields(shape: &Shape, abi: Abi, prefix: &str) -> String {
    let mut named = Vec::new();
    let ty = shape.text(&mut named);
    let (wanted, _) = signature(shape, &ty, abi);
    let (offered, _) = signature(shape, &ty.replace("$t", "$x"), abi);
    let imported = definitions(&named, |at| format!(r#"(import "t{at}" (type $t{at} (eq $d{at})))"#));
    // What is exported refers to what is exported, not to what is imported.
    let exported = definitions(&named, |at| format!(r#"(export $t{at} "{prefix}t{at}" (type $d{at}))"#));
    let exported = exported.replace("$t", "$x").replace("$d", "$y");
    format!(
        r#"{imported}
        (import "echo" (func $echo {wanted}))
        {exported}
        {libc}
        (core func $echo (canon lower (func $echo) {options}))
        (core module $main
            (import "inner" "echo" (func $echo (param {a} {a})))
            (func (export "echo") (param {a}) (result {a})
                (call $echo (local.get 0) ({a}.const 16))
                ({a}.const 16)))
        (core instance $main (instantiate $main (with "inner" (instance (export "echo" (func $echo))))))
        (func (export "{prefix}echo") {offered} (canon lift (core func $main "echo") {options}))"#,
        a = abi.address(),
        libc = libc(abi),
        options = abi.options(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn components_around_any_type_are_valid() {
        for seed in 0..200_u64 {
            let bytes: Vec<u8> =
                (0..64).map(|at| ((seed * 2_654_435_761) >> (at % 24)) as u8 ^ (at * seed) as u8).collect();
            let shape = Shape::any(&mut Source::new(&bytes), 3);
            let abi = |at: u64| Abi::any(&mut Source::new(&[(seed + at) as u8, (seed / 2 + at) as u8]));
            let all = [echo(&shape, abi(0)), relay(&shape, abi(0), abi(seed / 3)), pass(&shape, abi(1))];
            for text in all {
                let wasm = wat::parse_str(&text).unwrap_or_else(|error| panic!("{shape:?}\n{error}"));
                let mut validator = wasmparser::Validator::new_with_features(wasmparser::WasmFeatures::all());
                validator.validate_all(&wasm).unwrap_or_else(|error| panic!("{shape:?}\n{text}\n{error}"));
            }
        }
    }
}
