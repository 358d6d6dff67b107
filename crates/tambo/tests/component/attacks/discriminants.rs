//! Case 21: bits that a type does not have. What must trap traps, what must be cut off is cut off, on the way to the
//! host, from guest to guest, in memory and flat.

use super::*;

/// `inner#raw` gives back the bits that it got, `give` returns bits as a value, flat; `load` as one in memory.
fn component(ty: &str, size: u32) -> String {
    let text = r#"(component
        (component $inner
            (type $t' TYPE)
            (export $t "t" (type $t'))
            (core module $m (func (export "raw") (param i32) (result i32) (local.get 0)))
            (core instance $m (instantiate $m))
            (func (export "raw") (param "v" $t) (result u32) (canon lift (core func $m "raw")))
            LIBC
            (core module $n
                (import "" "memory" (memory 1))
                (func (export "raw") (param i32 i32) (result i32) (iLOAD (local.get 0))))
            (core instance $n (instantiate $n (with "" (instance (export "memory" (memory $libc "memory"))))))
            (func (export "first") (param "v" (list $t)) (result u32) (canon lift (core func $n "raw") OPTIONS)))
        (instance $inner (instantiate $inner))
        (alias export $inner "t" (type $t'))
        (export $t "t" (type $t'))
        LIBC
        (core func $raw (canon lower (func $inner "raw")))
        (core func $first (canon lower (func $inner "first") OPTIONS))
        (core module $m
            (import "" "memory" (memory 1))
            (import "" "raw" (func $raw (param i32) (result i32)))
            (import "" "first" (func $first (param i32 i32) (result i32)))
            (func (export "raw") (param i32) (result i32) (call $raw (local.get 0)))
            (func (export "first") (param i32) (result i32)
                (i32.store (i32.const 64) (local.get 0)) (call $first (i32.const 64) (i32.const 1)))
            (func (export "give") (param i32) (result i32) (local.get 0))
            (func (export "load") (param i32) (result i32)
                (i32.store (i32.const 64) (local.get 0))
                (i32.store (i32.const 128) (i32.const 64)) (i32.store (i32.const 132) (i32.const 1))
                (i32.const 128)))
        (core instance $m (instantiate $m (with "" (instance
            (export "memory" (memory $libc "memory")) (export "raw" (func $raw)) (export "first" (func $first))))))
        (func (export "raw") (param "v" u32) (result u32) (canon lift (core func $m "raw")))
        (func (export "first") (param "v" u32) (result u32) (canon lift (core func $m "first")))
        (func (export "give") (param "v" u32) (result $t) (canon lift (core func $m "give")))
        (func (export "load") (param "v" u32) (result (list $t)) (canon lift (core func $m "load") OPTIONS)))"#;
    let load = ["", "32.load8_u", "32.load16_u", "", "32.load"][size as usize];
    text.replace("TYPE", ty).replace("iLOAD", &format!("i{load}")).replace("LIBC", LIBC).replace("OPTIONS", OPTIONS)
}

/// What is to come of bits.
enum Bits {
    /// They are these, and this value.
    Become(u32, Val),
    /// A trap.
    Trap(&'static str),
}

fn check(ty: &str, size: u32, cases: &[(u32, Bits)]) {
    on_each_engine(|runtime| {
        let linked = load(runtime, &component(ty, size)).link(&Linker::<()>::new()).unwrap();
        let call = |name: &str, bits: u32| {
            let mut instance: Instance<()> = linked.instantiate((), &Limits::default()).unwrap();
            instance.call(name, &[Val::U32(bits)])
        };
        for (bits, expected) in cases {
            // In memory there are no bits but those of the type's size.
            let kept = if size == 4 { *bits } else { *bits & ((1 << (8 * size)) - 1) };
            let memory = cases.iter().find(|(bits, _)| *bits == kept).map(|(_, expected)| expected);
            for (name, expected) in
                [("raw", Some(expected)), ("first", memory), ("give", Some(expected)), ("load", memory)]
            {
                let told = format!("{name} {bits:#x} as {ty}");
                match (name, expected) {
                    (_, None) => {}
                    ("raw" | "first", Some(Bits::Become(raw, _))) => {
                        assert_eq!(call(name, *bits).unwrap(), Some(Val::U32(*raw)), "{told}");
                    }
                    ("give", Some(Bits::Become(_, value))) => {
                        assert_eq!(call(name, *bits).unwrap(), Some(value.clone()), "{told}");
                    }
                    (_, Some(Bits::Become(_, value))) => {
                        assert_eq!(call(name, *bits).unwrap(), Some(Val::List(vec![value.clone()])), "{told}");
                    }
                    (_, Some(Bits::Trap(message))) => {
                        let trap = trap_of(call(name, *bits)).to_string();
                        assert!(trap.contains(message), "{told}: {trap}");
                    }
                }
            }
        }
    });
}

fn labels(prefix: &str, count: usize) -> String {
    (0..count).map(|at| format!("\"{prefix}{at}\" ")).collect()
}

#[test]
fn case_21_bool_and_char() {
    let yes = || Bits::Become(1, Val::Bool(true));
    check(
        "bool",
        1,
        &[(0, Bits::Become(0, Val::Bool(false))), (1, yes()), (2, yes()), (0xff, yes()), (0x8000_0000, yes())],
    );
    let bad = || Bits::Trap("`char`");
    let good = |char| Bits::Become(u32::from(char), Val::Char(char));
    check(
        "char",
        4,
        &[
            (0x41, good('A')),
            (0xd7ff, good('\u{d7ff}')),
            (0xd800, bad()),
            (0xdfff, bad()),
            (0xe000, good('\u{e000}')),
            (0x10_ffff, good('\u{10ffff}')),
            (0x11_0000, bad()),
            (u32::MAX, bad()),
        ],
    );
}

#[test]
fn case_21_narrow_numbers() {
    check("u8", 1, &[(0x1ff, Bits::Become(0xff, Val::U8(0xff))), (0xff, Bits::Become(0xff, Val::U8(0xff)))]);
    check("u16", 2, &[(0x1_ffff, Bits::Become(0xffff, Val::U16(0xffff)))]);
    check("s8", 1, &[(0x17f, Bits::Become(0x7f, Val::S8(0x7f))), (0x7f, Bits::Become(0x7f, Val::S8(0x7f)))]);
}

#[test]
fn case_21_discriminants() {
    const TOLD: &str = "invalid variant discriminant";
    let bad = || Bits::Trap(TOLD);
    let named = |name: &str, raw| Bits::Become(raw, Val::Enum(name.to_owned()));
    check(
        &format!("(enum {})", labels("e", 3)),
        1,
        &[
            (0, named("e0", 0)),
            (2, named("e2", 2)),
            (3, bad()),
            (0xff, bad()),
            (0x100, bad()),
            (0x8000_0000, bad()),
            (u32::MAX, bad()),
        ],
    );
    check(&format!("(enum {})", labels("e", 256)), 1, &[(255, named("e255", 255)), (256, bad()), (u32::MAX, bad())]);
    check(
        &format!("(enum {})", labels("e", 300)),
        2,
        &[(299, named("e299", 299)), (300, bad()), (0xffff, bad()), (0x1_0000, bad())],
    );
    let case = |name: &str, raw| Bits::Become(raw, Val::Variant(name.to_owned(), None));
    check(r#"(variant (case "a") (case "b"))"#, 1, &[(1, case("b", 1)), (2, bad()), (u32::MAX, bad())]);
    check("(result)", 1, &[(1, Bits::Become(1, Val::Result(Err(None)))), (2, bad()), (0xff, bad())]);
}

#[test]
fn case_21_flags() {
    let set = |raw: u32| {
        Bits::Become(raw, Val::Flags((0..32).filter(|at| raw >> at & 1 == 1).map(|at| format!("b{at}")).collect()))
    };
    check(&format!("(flags {})", labels("b", 3)), 1, &[(5, set(5)), (7, set(7))]);
    check(&format!("(flags {})", labels("b", 32)), 4, &[(u32::MAX, set(u32::MAX)), (1 << 31, set(1 << 31))]);
    // Flat, the bits beyond the last flag are cut off; in memory they are there in the same byte.
    on_each_engine(|runtime| {
        for (count, size, mask) in [(3, 1, 0x7), (8, 1, 0xff), (9, 2, 0x1ff), (31, 4, 0x7fff_ffff)] {
            let component = load(runtime, &component(&format!("(flags {})", labels("b", count)), size));
            let mut instance = start(&component, &Linker::<()>::new(), ());
            for name in ["raw", "first"] {
                let got = instance.call(name, &[Val::U32(u32::MAX)]).unwrap();
                assert_eq!(got, Some(Val::U32(mask)), "{name} of {count}");
            }
        }
    });
}
