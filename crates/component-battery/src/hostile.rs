//! Components that misbehave wherever the canonical ABI lets a guest decide something.
//!
//! A *callee* and a *caller* are made in the same way: each exports `f`, `mk`, `bw` and `tk`, imports such functions of
//! the host, and the caller those of the callee too. What they do is a few calls with arguments that are forged,
//! misaligned, out of bounds or too long; what they return is no better, nor is what their allocators return. Allocators,
//! destructors and `post-return` functions call back into imports.

use std::fmt::Write;

use tambo_component_abi::types::{Flat, MAX_FLAT_PARAMS, Pointer};

use crate::components::definitions;
use crate::{Abi, Shape, Source};

/// A component that misbehaves, and how it is called.
#[derive(Clone, Debug)]
pub struct Hostile {
    /// The component. It imports what [`hostile`] says.
    pub text: String,
    /// The type of the parameter `v`, and of the result, of the exports `guest#f` and `callee#f`.
    pub shape: Shape,
}

const INTERESTING: [u32; 28] = [
    0,
    1,
    2,
    3,
    4,
    5,
    6,
    8,
    16,
    0x40,
    0x101,
    0x200,
    0xff00,
    0xfff0,
    0xfff8,
    0xffff,
    0x1_0000,
    0xffff_fff0,
    0xffff_ffff,
    0x7fff_ffff,
    0x8000_0000,
    0x8000_0004,
    0x0fff_ffff,
    0x1000_0000,
    0xd800,
    0xdfff_d800,
    0x0011_0000,
    0x80c3_28ff,
];

/// What all of them define or import: `f` has the generated type.
const FUNCTIONS: &str = r#"
    (import "r" (type $r (sub resource)))
    (import "host" (func $host (param "v" T) (result T)))
    (import "texts" (func $texts (param "s" string) (param "l" (list (tuple u8 string (option char))))
        (result (list (list string)))))
    (import "make" (func $make (result (own $r))))
    (import "use" (func $use (param "b" (borrow $r)) (param "l" (list (borrow $r))) (result (option (own $r)))))
    (import "give" (func $give (param "l" (list (own $r)))))"#;

const OF_CALLEE: &str = r#"
    (import "res" (type $res (sub resource)))
    (import "f" (func $f (param "v" T) (result T)))
    (import "mk" (func $mk (result (own $res))))
    (import "bw" (func $bw (param "b" (borrow $res)) (param "l" (list (borrow $res))) (param "s" string)
        (result string)))
    (import "tk" (func $tk (param "l" (list (own $res)))))"#;

/// A function as core code sees it.
struct Function {
    name: &'static str,
    params: Vec<Flat>,
    result: Option<Flat>,
}

/// A component that misbehaves as the bytes say.
///
/// It imports a resource type `r` and functions `host` (the same as `f`), `texts`, `make`, `use` and `give`. It exports
/// two instances, `guest` and `callee`, each with `f`, `mk: func() -> own<x>`,
/// `bw: func(b: borrow<x>, l: list<borrow<x>>, s: string) -> string` and `tk: func(l: list<own<x>>)`; `x` is `r` for the
/// former, a type of its own, `res`, for the latter.
pub fn hostile(source: &mut Source<'_>) -> Hostile {
    let depth = source.below(3) as u32;
    let shape = Shape::any(source, depth);
    let mut named = Vec::new();
    let ty = shape.text(&mut named);
    let types = definitions(&named, |at| format!(r#"(import "t{at}" (type $t{at} (eq $d{at})))"#));
    let imports = format!("{types}{}", FUNCTIONS.replace('T', &ty));
    let given = |of: &str| -> String {
        let types = (0..named.len()).map(|at| format!(r#"(with "t{at}" (type $t{at}))"#));
        let functions =
            ["host", "texts", "make", "use", "give"].map(|name| format!(r#"(with "{name}" (func ${name}))"#));
        types.chain(functions).collect::<String>() + r#"(with "r" (type $r))"# + of
    };
    let of_callee = ["f", "mk", "bw", "tk"].map(|name| format!(r#"(with "{name}" (func $callee "{name}"))"#)).concat();
    let [callee, caller] = [false, true].map(|calls| guest(source, &shape, &ty, calls));
    let text = format!(
        r#"(component
        {imports}
        (component $callee {imports} {callee})
        (component $caller {imports} {of_callee_imports} {caller})
        (instance $callee (instantiate $callee {}))
        (instance $caller (instantiate $caller {}))
        (export "guest" (instance $caller))
        (export "callee" (instance $callee)))"#,
        given(""),
        given(&format!(r#"(with "res" (type $callee "res")) {of_callee}"#)),
        of_callee_imports = OF_CALLEE.replace('T', &ty),
    );
    Hostile { text, shape }
}

fn guest(source: &mut Source<'_>, shape: &Shape, ty: &str, calls: bool) -> String {
    let abi = Abi::any(source);
    let mut text = libc(source, abi);
    let resource = if calls {
        "$r"
    } else {
        let destructor = if source.below(2) == 1 { r#"(dtor (core func $libc "dtor"))"# } else { "" };
        write!(text, r#"(type $own (resource (rep i32) {destructor})) (export $exported "res" (type $own))"#).ok();
        "$exported"
    };
    let functions = functions(shape, abi, calls);
    for function in functions.iter().filter(|function| !function.name.contains('-')) {
        write!(text, "(core func ${0} (canon lower (func ${0}) {1}))", function.name, abi.options()).ok();
    }
    write!(text, "(core func $drop-r (canon resource.drop $r))").ok();
    if calls {
        write!(text, "(core func $drop-res (canon resource.drop $res))").ok();
    } else {
        for builtin in ["drop", "new", "rep"] {
            write!(text, "(core func ${builtin}-res (canon resource.{builtin} $own))").ok();
        }
    }
    let given: String =
        functions.iter().map(|function| format!(r#"(export "{0}" (func ${0}))"#, function.name)).collect();
    write!(
        text,
        r#"(core module $main {}) (core instance $main (instantiate $main (with "" (instance {given}
            (export "t" (table $libc "t")) (export "memory" (memory $libc "memory"))))))"#,
        main_module(source, shape, abi, &functions)
    )
    .ok();
    text.push_str(&lifts(source, abi, ty, resource));
    text
}

/// What a guest may call.
fn functions(shape: &Shape, abi: Abi, calls: bool) -> Vec<Function> {
    use Flat::I32;
    let a = abi.pointer.flat();
    let value = shape.flat(abi.pointer);
    let lowered = |name, params: Vec<Flat>, results: Vec<Flat>| {
        let mut params = if params.len() > MAX_FLAT_PARAMS { vec![a] } else { params };
        let result = if results.len() > 1 {
            params.push(a);
            None
        } else {
            results.first().copied()
        };
        Function { name, params, result }
    };
    let mut functions = vec![
        lowered("host", value.clone(), value.clone()),
        lowered("texts", vec![a; 4], vec![a; 2]),
        lowered("make", vec![], vec![I32]),
        lowered("use", vec![I32, a, a], vec![I32; 2]),
        lowered("give", vec![a; 2], vec![]),
        lowered("drop-r", vec![I32], vec![]),
        lowered("drop-res", vec![I32], vec![]),
    ];
    if calls {
        functions.extend([
            lowered("f", value.clone(), value),
            lowered("mk", vec![], vec![I32]),
            lowered("bw", vec![I32, a, a, a, a], vec![a; 2]),
            lowered("tk", vec![a; 2], vec![]),
        ]);
    } else {
        functions.extend([lowered("new-res", vec![I32], vec![I32]), lowered("rep-res", vec![I32], vec![I32])]);
    }
    functions
}

/// The exported functions.
fn lifts(source: &mut Source<'_>, abi: Abi, ty: &str, resource: &str) -> String {
    let mut text = String::new();
    for (name, signature) in [
        ("f", format!(r#"(param "v" {ty}) (result {ty})"#)),
        ("mk", format!("(result (own {resource}))")),
        (
            "bw",
            format!(
                r#"(param "b" (borrow {resource})) (param "l" (list (borrow {resource}))) (param "s" string)
                (result string)"#
            ),
        ),
        ("tk", format!(r#"(param "l" (list (own {resource})))"#)),
    ] {
        let post = if source.below(4) == 3 {
            format!(r#"(post-return (core func $main "post-{name}"))"#)
        } else {
            String::new()
        };
        let options = abi.options();
        write!(
            text,
            r#"(func (export "{name}") {signature} (canon lift (core func $main "{name}") {options} {post}))"#
        )
        .ok();
    }
    text
}

/// A memory full of bad pointers, an allocator that misbehaves at some time, a destructor.
fn libc(source: &mut Source<'_>, abi: Abi) -> String {
    let a = abi.address();
    let when = match source.below(4) {
        0 => "(i32.const 0)".to_owned(),
        1 => format!("(i32.eq (global.get $count) (i32.const {}))", 1 + source.below(6)),
        _ => format!("(i32.ge_u (global.get $count) (i32.const {}))", 1 + source.below(6)),
    };
    let what = match source.below(9) {
        0 => "(unreachable)".to_owned(),
        1 => format!("(return (i32.const {}))", interesting(source)),
        2 => "(return (i32.add (global.get $next) (i32.const 1)))".to_owned(),
        3 => "(return (local.get 0))".to_owned(),
        4 => "(return (i32.const 0xfff8))".to_owned(),
        5 => "(call_indirect (type $v) (i32.const 0))".to_owned(),
        6 => "(drop (memory.grow (i32.const 3)))".to_owned(),
        7 => "(loop (br 0))".to_owned(),
        _ => "(return (i32.const 0x400))".to_owned(),
    };
    let addresses = |text: String| {
        // Of all constants here, those that are returned or added are addresses.
        if abi.pointer == Pointer::Bits32 { text } else { text.replace("return (i32", "return (i64") }
    };
    let what = addresses(what).replace("(global.get $next) (i32.", &format!("(global.get $next) ({a}."));
    let what = if a == "i64" { what.replace("grow (i32", "grow (i64") } else { what };
    let destroy = if source.below(2) == 1 { "(call_indirect (type $v) (i32.const 1))" } else { "" };
    let mut data = String::new();
    for _ in 0..24 {
        for byte in (interesting(source) as u32).to_le_bytes() {
            write!(data, "\\{byte:02x}").ok();
        }
    }
    format!(
        r#"(core module $libc
            (type $v (func))
            (memory (export "memory") {memory} 1 20)
            (table (export "t") 2 funcref)
            (global $count (mut i32) (i32.const 0))
            (global $next (mut {a}) ({a}.const 1032))
            (func (export "realloc") (param {a} {a} {a} {a}) (result {a})
                (local {a})
                (global.set $count (i32.add (global.get $count) (i32.const 1)))
                (if {when} (then {what}))
                (local.set 4 ({a}.and ({a}.add (global.get $next) ({a}.sub (local.get 2) ({a}.const 1)))
                    ({a}.sub ({a}.const 0) (local.get 2))))
                (global.set $next ({a}.add (local.get 4) (local.get 3)))
                (if ({a}.gt_u (global.get $next) ({a}.const 0xff00)) (then (unreachable)))
                (memory.copy (local.get 4) (local.get 0) (local.get 1))
                (local.get 4))
            (func (export "dtor") (param i32) {destroy})
            (data ({a}.const 0) "{data}") (data ({a}.const 256) "{data}") (data ({a}.const 0xff80) "{data}"))
        (core instance $libc (instantiate $libc))"#,
        memory = abi.memory(),
    )
}

/// Mostly what may pass, so that a call is not refused for its first argument.
fn interesting(source: &mut Source<'_>) -> i32 {
    match source.below(5) {
        0..=2 => source.byte().trailing_zeros() as i32,
        3 => i32::from(source.byte() & !15),
        _ => INTERESTING[source.below(INTERESTING.len())] as i32,
    }
}

fn core(flat: Flat) -> &'static str {
    match flat {
        Flat::I32 => "i32",
        Flat::I64 => "i64",
        Flat::F32 => "f32",
        Flat::F64 => "f64",
    }
}

/// The module with the functions that are exported, what they call, and `post-return` functions.
fn main_module(source: &mut Source<'_>, shape: &Shape, abi: Abi, calls: &[Function]) -> String {
    let a = abi.pointer.flat();
    let mut text = String::new();
    for call in calls {
        write!(text, r#"(import "" "{0}" (func ${0} {1}))"#, call.name, signature(&call.params, call.result)).ok();
    }
    write!(text, r#"(import "" "t" (table 2 funcref)) (import "" "memory" (memory {} 1))"#, abi.memory()).ok();
    write!(text, "(elem (i32.const 0) $again $destroy)").ok();
    for name in ["again", "destroy"] {
        let body = body(source, calls, &[], None);
        write!(text, "(func ${name} {body})").ok();
    }
    let value = shape.flat(abi.pointer);
    let result = if value.len() > 1 { a } else { value.first().copied().unwrap_or(a) };
    let value = if value.len() > MAX_FLAT_PARAMS { vec![a] } else { value };
    for (name, params, result) in [
        ("f", value, Some(result)),
        ("mk", vec![], Some(Flat::I32)),
        ("bw", vec![Flat::I32, a, a, a, a], Some(a)),
        ("tk", vec![a; 2], None),
    ] {
        let body = body(source, calls, &params, result);
        write!(text, r#"(func (export "{name}") {} {body})"#, signature(&params, result)).ok();
        let (params, body) = (Vec::from_iter(result), if source.below(2) == 1 { "(call $again)" } else { "" });
        write!(text, r#"(func (export "post-{name}") {} {body})"#, signature(&params, None)).ok();
    }
    text
}

fn signature(params: &[Flat], result: Option<Flat>) -> String {
    let params: String = params.iter().map(|&flat| format!("(param {})", core(flat))).collect();
    params + &result.map_or_else(String::new, |flat| format!("(result {})", core(flat)))
}

/// Some calls, and a result. Results of calls are kept in a local of their type and may be the arguments of others.
fn body(source: &mut Source<'_>, calls: &[Function], params: &[Flat], result: Option<Flat>) -> String {
    let mut text = "(local i32 i64 f32 f64)".to_owned();
    let value = |source: &mut Source<'_>, flat: Flat| match source.below(8) {
        0..=1 => format!("(local.get {})", params.len() + flat as usize),
        2 if flat == Flat::I32 => format!("(local.get {})", params.len()),
        3..=4 if params.contains(&flat) => {
            format!("(local.get {})", params.iter().position(|&param| param == flat).unwrap_or_default())
        }
        _ => format!("({}.const {})", core(flat), interesting(source)),
    };
    let makers: Vec<_> = calls.iter().filter(|call| ["make", "mk", "new-res"].contains(&call.name)).collect();
    if source.below(4) != 0 {
        let maker = if source.below(2) == 0 { "make" } else { makers[makers.len() - 1].name };
        let number = if maker == "new-res" { "(i32.const 5)" } else { "" };
        write!(text, "(local.set {} (call ${maker} {number}))", params.len()).ok();
    }
    for _ in 0..source.below(6) {
        let call = &calls[source.below(calls.len())];
        let arguments: String = call.params.iter().map(|&flat| value(source, flat)).collect();
        match call.result {
            Some(flat) => {
                write!(text, "(local.set {} (call ${} {arguments}))", params.len() + flat as usize, call.name).ok()
            }
            None => write!(text, "(call ${} {arguments})", call.name).ok(),
        };
    }
    if let Some(result) = result {
        text.push_str(&value(source, result));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn they_are_valid() {
        for seed in 0..300_u64 {
            let bytes: Vec<u8> = (0..800_u64)
                .map(|at| (((seed << 16 | at) + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 40) as u8)
                .collect();
            let Hostile { text, .. } = hostile(&mut Source::new(&bytes));
            let wasm = wat::parse_str(&text).unwrap_or_else(|error| panic!("{text}\n{error}"));
            let mut validator = wasmparser::Validator::new_with_features(wasmparser::WasmFeatures::all());
            validator.validate_all(&wasm).unwrap_or_else(|error| panic!("{text}\n{error}"));
        }
    }
}
