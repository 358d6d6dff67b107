//! Case 20: strings that are not what their encoding says, and allocators that do not do what they should, wherever a
//! string is taken or given.

use super::*;

const ENCODINGS: [&str; 3] = ["utf8", "utf16", "latin1+utf16"];

/// How an allocator of the callee begins.
struct Allocator {
    body: &'static str,
    told: &'static str,
}

/// The caller, which has `bytes` at address 64, passes `length` units of it on to the callee: `run` through the image,
/// `host` to the host, `back` from the host. The callee allocates by `allocator`.
fn component(from: &str, to: &str, bytes: &[u8], allocator: &str) -> String {
    let data: String = bytes.iter().map(|byte| format!("\\{byte:02x}")).collect();
    let text = r#"(component
        (import "take" (func $take (param "s" string)))
        (component $callee
            (import "take" (func $take (param "s" string)))
            (core module $libc
                (type $v (func))
                (memory (export "memory") 1 3)
                (table (export "t") 1 funcref)
                (global $next (mut i32) (i32.const 1024))
                (func (export "realloc") (param $old i32) (param $had i32) (param $align i32) (param $want i32)
                    (result i32) (local $new i32)
                    ALLOCATOR
                    ;; Every block moves, and what was there before is overwritten.
                    (local.set $new (global.get $next))
                    (global.set $next (i32.and (i32.add (local.get $new) (i32.add (local.get $want) (i32.const 9)))
                        (i32.const -2)))
                    (memory.copy (local.get $new) (local.get $old)
                        (select (local.get $had) (local.get $want) (i32.lt_u (local.get $had) (local.get $want))))
                    (memory.fill (local.get $old) (i32.const 0xee) (local.get $had))
                    (local.get $new)))
            (core instance $libc (instantiate $libc))
            (core func $take (canon lower (func $take) OPTIONS))
            (core module $m
                (import "" "t" (table 1 funcref))
                (import "" "memory" (memory 1))
                (import "" "take" (func $take (param i32 i32)))
                (elem (i32.const 0) $again)
                (func $again (call $take (i32.const 0) (i32.const 0)))
                (func (export "echo") (param i32 i32) (result i32)
                    (i32.store (i32.const 16) (local.get 0)) (i32.store (i32.const 20) (local.get 1)) (i32.const 16)))
            (core instance $m (instantiate $m (with "" (instance (export "t" (table $libc "t"))
                (export "memory" (memory $libc "memory")) (export "take" (func $take))))))
            (func (export "echo") (param "s" string) (result string)
                (canon lift (core func $m "echo") OPTIONS string-encoding=TO)))
        (instance $callee (instantiate $callee (with "take" (func $take))))
        LIBC
        (core func $echo (canon lower (func $callee "echo") OPTIONS string-encoding=FROM))
        (core func $take (canon lower (func $take) OPTIONS string-encoding=FROM))
        (core module $m
            (import "" "memory" (memory 1))
            (import "" "echo" (func $echo (param i32 i32 i32)))
            (import "" "take" (func $take (param i32 i32)))
            (data (i32.const 64) "DATA")
            (func (export "run") (param i32 i32) (result i32)
                (call $echo (local.get 0) (local.get 1) (i32.const 16)) (i32.const 16))
            (func (export "host") (param i32 i32) (call $take (local.get 0) (local.get 1))))
        (core instance $m (instantiate $m (with "" (instance
            (export "memory" (memory $libc "memory")) (export "echo" (func $echo)) (export "take" (func $take))))))
        (func (export "run") (param "at" u32) (param "length" u32) (result string)
            (canon lift (core func $m "run") OPTIONS string-encoding=FROM))
        (func (export "host") (param "at" u32) (param "length" u32) (canon lift (core func $m "host")))
        (export "back" (func $callee "echo")))"#;
    text.replace("ALLOCATOR", allocator)
        .replace("LIBC", LIBC)
        .replace("DATA", &data)
        .replace("OPTIONS", OPTIONS)
        .replace("FROM", from)
        .replace("TO", to)
}

fn linker() -> Linker<Vec<String>> {
    let mut linker = Linker::new();
    linker.func::<(&'static str,), (), _>("take", |taken: &mut Vec<String>, (text,)| {
        taken.push(text.to_owned());
        Ok(())
    });
    linker
}

fn each_pair(test: impl Fn(&Runtime, &str, &str)) {
    on_each_engine(|runtime| {
        for from in ENCODINGS {
            for to in ENCODINGS {
                test(runtime, from, to);
            }
        }
    });
}

fn wide(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_le_bytes).collect()
}

/// A string that has to grow, to shrink and to change its encoding on the way, in each encoding: bytes and length.
fn mixed(encoding: &str) -> (Vec<u8>, u32) {
    const TEXT: &str = "plain, grüß dich, 世界, 😀";
    let units = TEXT.encode_utf16().count() as u32;
    match encoding {
        "utf8" => (TEXT.into(), TEXT.len() as u32),
        "utf16" => (wide(TEXT), units),
        _ => (wide(TEXT), units | 1 << 31),
    }
}

#[test]
fn case_20_an_allocator_that_moves_every_block_is_followed() {
    each_pair(|runtime, from, to| {
        let (bytes, length) = mixed(from);
        let component = load(runtime, &component(from, to, &bytes, ""));
        let mut instance = start(&component, &linker(), Vec::new());
        let returned = instance.call("run", &[Val::U32(64), Val::U32(length)]).unwrap();
        let text = "plain, grüß dich, 世界, 😀".to_owned();
        assert_eq!(returned, Some(Val::String(text.clone())), "{from} to {to}");
        assert_eq!(instance.call("back", &[Val::String(text.clone())]).unwrap(), Some(Val::String(text)));
    });
}

#[test]
fn case_20_allocators_that_misbehave_trap() {
    const OUT: &str = "out";
    let allocators = [
        Allocator { body: "(unreachable)", told: "unreachable" },
        Allocator { body: "(return (i32.const 0x1fffff00))", told: OUT },
        Allocator { body: "(return (i32.const -2))", told: OUT },
        Allocator {
            body: "(return (i32.and (i32.sub (i32.const 0x10003) (local.get $want)) (i32.const -2)))",
            told: OUT,
        },
        Allocator { body: "(call_indirect (type $v) (i32.const 0))", told: "cannot leave component instance" },
        // Only from its second call on, where there is one.
        Allocator { body: "(if (local.get $old) (then unreachable))", told: "unreachable" },
        Allocator { body: "(if (local.get $old) (then (return (i32.const -2))))", told: OUT },
    ];
    each_pair(|runtime, from, to| {
        let (bytes, length) = mixed(from);
        for (at, Allocator { body, told }) in allocators.iter().enumerate() {
            let component = load(runtime, &component(from, to, &bytes, body));
            let again = at >= 5;
            let mut instance = start(&component, &linker(), Vec::new());
            match instance.call("run", &[Val::U32(64), Val::U32(length)]) {
                // The whole string fitted into the first block.
                Ok(returned) => assert!(again && returned.is_some(), "{from} to {to}: {body}"),
                failed => assert_traps(failed, told),
            }
            assert!(instance.state().is_empty());
            let mut instance = start(&component, &linker(), Vec::new());
            match instance.call("back", &[Val::String("grüß dich".to_owned())]) {
                Ok(returned) => assert!(again && returned.is_some()),
                failed => assert_traps(failed, told),
            }
        }
    });
}

#[test]
fn case_20_blocks_that_are_not_aligned_trap() {
    each_pair(|runtime, from, to| {
        let (bytes, length) = mixed(from);
        let component = load(runtime, &component(from, to, &bytes, "(return (i32.const 2049))"));
        let call = |name, args: &[Val]| start(&component, &linker(), Vec::new()).call(name, args);
        if to == "utf8" {
            call("back", &[Val::String("fine".to_owned())]).unwrap();
            return;
        }
        assert_traps(call("run", &[Val::U32(64), Val::U32(length)]), "align");
        assert_traps(call("back", &[Val::String("grüß".to_owned())]), "align");
    });
}

#[test]
fn case_20_strings_that_are_not_well_formed_trap() {
    let surrogates: [&[u16]; 5] = [
        &[0xd800],
        &[0xdc00],
        &[0x61, 0xd800, 0x61],
        &[0xdc00, 0xd800],
        &[0x61, 0x62, 0x63, 0x64, 0x65, 0x66, 0x67, 0xdbff],
    ];
    let utf8: [&[u8]; 8] = [
        &[0xff],
        &[0xc0, 0x80],
        &[0xe0, 0x80, 0x80],
        &[0xed, 0xa0, 0x80],
        &[0xf4, 0x90, 0x80, 0x80],
        &[0xf0, 0x9f, 0x98],
        b"sixteen bytes of ascii and then\x80",
        &[0x61, 0xe2, 0x82],
    ];
    each_pair(|runtime, from, to| {
        let bad: Vec<(Vec<u8>, u32)> = match from {
            "utf8" => utf8.iter().map(|bytes| (bytes.to_vec(), bytes.len() as u32)).collect(),
            _ => {
                let tag = if from == "utf16" { 0 } else { 1 << 31 };
                let bytes = |units: &[u16]| units.iter().flat_map(|unit| unit.to_le_bytes()).collect();
                surrogates.iter().map(|units| (bytes(units), units.len() as u32 | tag)).collect()
            }
        };
        for (bytes, length) in bad {
            let component = load(runtime, &component(from, to, &bytes, ""));
            for name in ["run", "host"] {
                let mut instance = start(&component, &linker(), Vec::new());
                assert_traps(instance.call(name, &[Val::U32(64), Val::U32(length)]), "well-formed");
                assert!(instance.state().is_empty());
            }
        }
    });
}

#[test]
fn case_20_strings_that_are_not_aligned_trap() {
    each_pair(|runtime, from, to| {
        let (bytes, length) = mixed(from);
        let component = load(runtime, &component(from, to, &bytes, ""));
        for name in ["run", "host"] {
            let mut instance = start(&component, &linker(), Vec::new());
            let result = instance.call(name, &[Val::U32(65), Val::U32(length)]);
            if from == "utf8" {
                // One further on, the last character is cut, or there is nothing to complain about.
                assert!(result.is_ok() || instance.has_trapped());
            } else {
                assert_traps(result, "unaligned pointer");
            }
        }
    });
}
