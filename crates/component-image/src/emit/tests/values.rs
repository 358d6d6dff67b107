//! Values of every type, flat and in memory, as parameters and as results, between both widths of pointer.

use super::{Guest, each};
use crate::image::TrapCode;

/// Two components and a function between them that passes one value: from the giver, which has the value's flat form
/// at 0x100 of its memory, a word for each flat value, to the taker, which writes it to the same place.
struct Passing<'t> {
    ty: &'t str,
    /// The flat form; `p` is an address.
    flat: &'t [&'t str],
    /// Whether the value is the result of a function of the giver, instead of a parameter of one of the taker.
    result: bool,
    /// Whether the memories of giver and taker are 64 bits wide.
    wide: (bool, bool),
}

fn core_type(flat: &str, wide: bool) -> &str {
    match flat {
        "p" if wide => "i64",
        "p" => "i32",
        other => other,
    }
}

/// A module with a memory, an allocator that starts at 0x2000, and what the test reads and writes it with.
fn memory(wide: bool) -> String {
    let (p, memory) = if wide { ("i64", "i64 1") } else { ("i32", "1") };
    let address = if wide { "(i64.extend_i32_u (local.get 0))" } else { "(local.get 0)" };
    format!(
        r#"(core module $memory
            (memory (export "memory") {memory})
            (global $next (mut {p}) ({p}.const 0x2000))
            (func (export "realloc") (param {p} {p} {p} {p}) (result {p})
                (global.set $next ({p}.and
                    ({p}.add (global.get $next) ({p}.sub (local.get 2) ({p}.const 1)))
                    ({p}.sub ({p}.const 0) (local.get 2))))
                (global.get $next)
                (global.set $next ({p}.add (global.get $next) (local.get 3))))
            (func (export "poke") (param i32 i64) (i64.store {address} (local.get 1)))
            (func (export "peek") (param i32) (result i64) (i64.load {address})))
        (core instance $memory (instantiate $memory))
        (func (export "poke") (param "a" u32) (param "v" u64) (canon lift (core func $memory "poke")))
        (func (export "peek") (param "a" u32) (result u64) (canon lift (core func $memory "peek")))"#
    )
}

const OPTIONS: &str = r#"(memory (core memory $memory "memory")) (realloc (core func $memory "realloc"))"#;

impl Passing<'_> {
    fn flat(&self, wide: bool) -> Vec<&str> {
        self.flat.iter().map(|flat| core_type(flat, wide)).collect()
    }

    /// Instructions that push the flat form from memory, for the giver.
    fn push(&self, wide: bool) -> String {
        let p = core_type("p", wide);
        let load = |(index, flat): (usize, &&str)| format!("({flat}.load ({p}.const {}))", 0x100 + 8 * index);
        self.flat(wide).iter().enumerate().map(load).collect::<Vec<_>>().join(" ")
    }

    /// Instructions that write the flat form, which locals have, to memory.
    fn pop(&self, wide: bool) -> String {
        let p = core_type("p", wide);
        let store = |(index, flat): (usize, &&str)| {
            format!("({flat}.store ({p}.const {}) (local.get {index}))", 0x100 + 8 * index)
        };
        self.flat(wide).iter().enumerate().map(store).collect::<Vec<_>>().join(" ")
    }

    fn component(&self) -> String {
        if self.result { self.results() } else { self.params() }
    }

    fn params(&self) -> String {
        let (ty, (giver, taker)) = (self.ty, self.wide);
        let (from, to) = (self.flat(giver).join(" "), self.flat(taker).join(" "));
        let (push, pop) = (self.push(giver), self.pop(taker));
        let memories = [giver, taker].map(|wide| if wide { "i64 1" } else { "1" });
        format!(
            r#"(component
            (component $callee
                (type $t' {ty}) (export $t "t" (type $t'))
                {taker_memory}
                (core module $m
                    (import "" "memory" (memory {}))
                    (func (export "f") (param {to}) {pop}))
                (core instance $i (instantiate $m (with "" (instance $memory))))
                (func (export "f") (param "x" $t) (canon lift (core func $i "f") {OPTIONS})))
            (component $caller
                (type $t' {ty}) (import "t" (type $t (eq $t')))
                (import "f" (func $f (param "x" $t)))
                {giver_memory}
                (core func $f (canon lower (func $f) {OPTIONS}))
                (core module $m
                    (import "" "memory" (memory {}))
                    (import "f" "f" (func $f (param {from})))
                    (func (export "run") (call $f {push})))
                (core instance $i (instantiate $m (with "" (instance $memory))
                    (with "f" (instance (export "f" (func $f))))))
                (func (export "run") (canon lift (core func $i "run"))))
            (instance $callee (instantiate $callee))
            (instance $caller (instantiate $caller
                (with "f" (func $callee "f")) (with "t" (type $callee "t"))))
            (export "run" (func $caller "run"))
            (export "poke" (func $caller "poke"))
            (export "peek" (func $callee "peek")))"#,
            memories[1],
            memories[0],
            taker_memory = memory(taker),
            giver_memory = memory(giver),
        )
    }

    fn results(&self) -> String {
        let (ty, (giver, taker)) = (self.ty, self.wide);
        let p = core_type("p", taker);
        let given = self.flat(giver).join(" ");
        // What does not fit one flat value comes by an out pointer, which lies where a pointer would be written.
        let in_memory = self.flat == ["p"];
        let (signature, call) = if in_memory {
            (format!("(param {p})"), format!("(call $f ({p}.load ({p}.const 0x100)))"))
        } else {
            let flat = core_type(self.flat[0], taker);
            (format!("(result {flat})"), format!("({flat}.store ({p}.const 0x100) (call $f))"))
        };
        let push = self.push(giver);
        let memories = [giver, taker].map(|wide| if wide { "i64 1" } else { "1" });
        format!(
            r#"(component
            (component $callee
                (type $t' {ty}) (export $t "t" (type $t'))
                {giver_memory}
                (core module $m
                    (import "" "memory" (memory {}))
                    (func (export "f") (result {given}) {push}))
                (core instance $i (instantiate $m (with "" (instance $memory))))
                (func (export "f") (result $t) (canon lift (core func $i "f") {OPTIONS})))
            (component $caller
                (type $t' {ty}) (import "t" (type $t (eq $t')))
                (import "f" (func $f (result $t)))
                {taker_memory}
                (core func $f (canon lower (func $f) {OPTIONS}))
                (core module $m
                    (import "" "memory" (memory {}))
                    (import "f" "f" (func $f {signature}))
                    (func (export "run") {call}))
                (core instance $i (instantiate $m (with "" (instance $memory))
                    (with "f" (instance (export "f" (func $f))))))
                (func (export "run") (canon lift (core func $i "run"))))
            (instance $callee (instantiate $callee))
            (instance $caller (instantiate $caller
                (with "f" (func $callee "f")) (with "t" (type $callee "t"))))
            (export "run" (func $caller "run"))
            (export "poke" (func $callee "poke"))
            (export "out" (func $caller "poke"))
            (export "peek" (func $caller "peek")))"#,
            memories[0],
            memories[1],
            taker_memory = memory(taker),
            giver_memory = memory(giver),
        )
    }
}

fn poke(guest: &mut Guest<'_>, at: u64, bytes: &[u8]) {
    for (index, chunk) in bytes.chunks(8).enumerate() {
        let mut word = [0; 8];
        word[..chunk.len()].copy_from_slice(chunk);
        guest.call("poke", &[at + 8 * index as u64, u64::from_le_bytes(word)]).unwrap();
    }
}

fn peek(guest: &mut Guest<'_>, at: u64, length: usize) -> Vec<u8> {
    let words = (0..length.div_ceil(8)).map(|index| guest.call("peek", &[at + 8 * index as u64]).unwrap());
    let mut bytes: Vec<u8> = words.flat_map(u64::to_le_bytes).collect();
    bytes.truncate(length);
    bytes
}

/// Pass flat values: what arrives.
fn pass_flat(guest: &mut Guest<'_>, words: &[u64], count: usize) -> Result<Vec<u64>, Option<TrapCode>> {
    for (index, &word) in words.iter().enumerate() {
        guest.call("poke", &[0x100 + 8 * index as u64, word]).unwrap();
    }
    guest.call("run", &[])?;
    Ok((0..count as u64).map(|index| guest.call("peek", &[0x100 + 8 * index]).unwrap()).collect())
}

const WIDTHS: [(bool, bool); 4] = [(false, false), (false, true), (true, false), (true, true)];

/// What one flat value becomes.
fn check_flat(ty: &str, flat: &str, cases: &[(u64, Result<u64, TrapCode>)]) {
    for result in [false, true] {
        let passing = Passing { ty, flat: &[flat], result, wide: (false, false) };
        each(&passing.component(), |program| {
            for &(given, wanted) in cases {
                let got = pass_flat(&mut program.start(), &[given], 1);
                assert_eq!(got, wanted.map(|word| vec![word]).map_err(Some), "{ty} {given:#x} (result: {result})");
            }
        });
    }
}

#[test]
fn flat_scalars_are_normalised() {
    check_flat("bool", "i32", &[(0, Ok(0)), (1, Ok(1)), (2, Ok(1)), (0x100, Ok(1)), (0xffff_ffff, Ok(1))]);
    check_flat("u8", "i32", &[(0xff, Ok(0xff)), (0x1ff, Ok(0xff)), (0xffff_ff00, Ok(0))]);
    check_flat("s8", "i32", &[(0x80, Ok(0xffff_ff80)), (0x17f, Ok(0x7f))]);
    check_flat("u16", "i32", &[(0x1_ffff, Ok(0xffff)), (0x8000, Ok(0x8000))]);
    check_flat("s16", "i32", &[(0x8000, Ok(0xffff_8000)), (0x1_7fff, Ok(0x7fff))]);
    check_flat("u32", "i32", &[(0xffff_ffff, Ok(0xffff_ffff))]);
    check_flat("s64", "i64", &[(u64::MAX, Ok(u64::MAX))]);
    check_flat("f32", "f32", &[(0x3fc0_0000, Ok(0x3fc0_0000)), (0x8000_0000, Ok(0x8000_0000))]);
    check_flat("f64", "f64", &[(1 << 63, Ok(1 << 63)), (0x7ff0 << 48, Ok(0x7ff0 << 48))]);
    let bad = Err(TrapCode::BadChar);
    let chars = [(0, Ok(0)), (0xd7ff, Ok(0xd7ff)), (0xd800, bad), (0xdfff, bad), (0xe000, Ok(0xe000))];
    check_flat("char", "i32", &chars);
    check_flat("char", "i32", &[(0x10_ffff, Ok(0x10_ffff)), (0x11_0000, bad), (0xffff_ffff, bad)]);
    check_flat(r#"(flags "a" "b" "c")"#, "i32", &[(0xffff_ffff, Ok(7)), (8, Ok(0)), (5, Ok(5))]);
    let bad = Err(TrapCode::BadDiscriminant);
    check_flat(r#"(enum "a" "b" "c")"#, "i32", &[(2, Ok(2)), (3, bad), (0x100, bad), (0xffff_ffff, bad)]);
    check_flat("(result)", "i32", &[(0, Ok(0)), (1, Ok(1)), (2, bad)]);
}

#[test]
fn flat_values_of_cases_are_joined_and_the_rest_is_zero() {
    let ty = r#"(variant (case "a" f32) (case "b" u64) (case "c") (case "d" (tuple s8 f64)) (case "e" u64) (case "f" string))"#;
    type Case<'c> = (&'c [u64], Result<&'c [u64], TrapCode>);
    let cases: [Case<'_>; 7] = [
        (&[0, 0xdead_beef_3f80_0000, 9], Ok(&[0, 0x3f80_0000, 0])),
        (&[1, u64::MAX, 9], Ok(&[1, u64::MAX, 0])),
        (&[2, u64::MAX, 9], Ok(&[2, 0, 0])),
        (&[3, 0xffff_ff01_0000_0180, 0x7ff0 << 48], Ok(&[3, 0xffff_ff80, 0x7ff0 << 48])),
        (&[4, 5, 6], Ok(&[4, 5, 0])),
        (&[5, 0x1_0000_0040, 0], Ok(&[5, 0x2000, 0])),
        (&[6, 0, 0], Err(TrapCode::BadDiscriminant)),
    ];
    let passing = Passing { ty, flat: &["i32", "i64", "i64"], result: false, wide: (false, false) };
    each(&passing.component(), |program| {
        for (given, wanted) in cases {
            let got = pass_flat(&mut program.start(), given, 3);
            assert_eq!(got, wanted.map(<[u64]>::to_vec).map_err(Some), "{given:x?}");
        }
    });
    // Both widths agree on all but the pointers, and a nested discriminant may be wider than it is.
    let nested = r#"(variant (case "a" (result u8 (error f32))) (case "b" u64))"#;
    for wide in WIDTHS {
        let passing = Passing { ty: nested, flat: &["i32", "i64", "i32"], result: false, wide };
        each(&passing.component(), |program| {
            let pass = |given: &[u64]| pass_flat(&mut program.start(), given, 3);
            assert_eq!(pass(&[0, 1, 0x4000_0000]), Ok(vec![0, 1, 0x4000_0000]));
            assert_eq!(pass(&[0, 0xf_0000_0000, 0x1ff]), Ok(vec![0, 0, 0xff]));
            assert_eq!(pass(&[0, 2, 0]), Err(Some(TrapCode::BadDiscriminant)));
        });
    }
}

/// What the bytes of a value in memory become, as the two elements of a list.
fn check_memory(element: &str, given: &[u8], wanted: Result<&[u8], TrapCode>) {
    let count = 2;
    let list = format!("(list {element})");
    for wide in WIDTHS {
        let passing = Passing { ty: &list, flat: &["p", "p"], result: false, wide };
        each(&passing.component(), |program| {
            let mut guest = program.start();
            poke(&mut guest, 0x1000, &given.repeat(count));
            let got = pass_flat(&mut guest, &[0x1000, count as u64], 2).map(|got| {
                assert_eq!(got[1], count as u64, "{element}");
                peek(&mut guest, got[0], given.len() * count)
            });
            assert_eq!(got, wanted.map(|bytes| bytes.repeat(count)).map_err(Some), "{element} {given:x?} {wide:?}");
        });
    }
}

#[test]
fn elements_of_lists_are_checked_and_normalised() {
    check_memory("u8", &[0xff], Ok(&[0xff]));
    check_memory("s64", &[1, 2, 3, 4, 5, 6, 7, 8], Ok(&[1, 2, 3, 4, 5, 6, 7, 8]));
    check_memory("f32", &[0, 0, 0x80, 0x3f], Ok(&[0, 0, 0x80, 0x3f]));
    check_memory("bool", &[2], Ok(&[1]));
    check_memory("(tuple u16 bool)", &[1, 2, 3, 9], Ok(&[1, 2, 1, 0]));
    check_memory("(tuple u8 u32)", &[1, 9, 9, 9, 2, 3, 4, 5], Ok(&[1, 0, 0, 0, 2, 3, 4, 5]));
    check_memory("(tuple u32 u32 u64)", &[7; 16], Ok(&[7; 16]));
    check_memory(
        "(tuple s8 s16 f64 bool)",
        &[0x80; 24],
        Ok(&{
            let mut bytes = [0; 24];
            bytes[0] = 0x80;
            bytes[2..4].fill(0x80);
            bytes[8..16].fill(0x80);
            bytes[16] = 1;
            bytes
        }),
    );
    check_memory("char", &[0x41, 0, 0, 0], Ok(&[0x41, 0, 0, 0]));
    check_memory("char", &[0, 0xd8, 0, 0], Err(TrapCode::BadChar));
    check_memory("(option u8)", &[1, 5], Ok(&[1, 5]));
    check_memory("(option u8)", &[0, 5], Ok(&[0, 0]));
    check_memory("(option u8)", &[2, 5], Err(TrapCode::BadDiscriminant));
    check_memory("(result u8 (error bool))", &[1, 5], Ok(&[1, 1]));
    check_memory("(result u8 (error bool))", &[0, 5], Ok(&[0, 5]));
    check_memory("(list u16 3)", &[1, 2, 3, 4, 5, 6], Ok(&[1, 2, 3, 4, 5, 6]));
    check_memory("(list bool 5)", &[1, 2, 3, 4, 0], Ok(&[1, 1, 1, 1, 0]));
    check_memory("(list u64 20)", &[3; 160], Ok(&[3; 160]));
}

#[test]
fn maps_are_lists_of_pairs() {
    for wide in WIDTHS {
        let passing = Passing { ty: "(map u8 bool)", flat: &["p", "p"], result: false, wide };
        each(&passing.component(), |program| {
            let mut guest = program.start();
            poke(&mut guest, 0x1000, &[1, 2, 3, 0, 5, 1]);
            let got = pass_flat(&mut guest, &[0x1000, 3], 2).unwrap();
            assert_eq!((peek(&mut guest, got[0], 6), got[1]), (vec![1, 1, 3, 0, 5, 1], 3));
        });
    }
}

#[test]
fn strings_in_lists_are_passed_between_widths() {
    for wide in WIDTHS {
        let passing = Passing { ty: "(list (tuple u8 string))", flat: &["p", "p"], result: false, wide };
        each(&passing.component(), |program| {
            let mut guest = program.start();
            poke(&mut guest, 0x800, b"hello world");
            let word = |value: u64, wide: bool| value.to_le_bytes()[..if wide { 8 } else { 4 }].to_vec();
            let element = |tag: u8, at: u64, length: u64, wide: bool| {
                let mut bytes = vec![tag];
                bytes.resize(if wide { 8 } else { 4 }, 0);
                [bytes, word(at, wide), word(length, wide)].concat()
            };
            let given = [element(7, 0x800, 5, wide.0), element(8, 0x806, 5, wide.0)].concat();
            poke(&mut guest, 0x1000, &given);
            let got = pass_flat(&mut guest, &[0x1000, 2], 2).unwrap();
            let size = if wide.1 { 48 } else { 24 };
            assert_eq!(got, [0x2000, 2]);
            let at = 0x2000 + size as u64;
            let wanted = [element(7, at, 5, wide.1), element(8, at + 5, 5, wide.1)].concat();
            assert_eq!(peek(&mut guest, 0x2000, size), wanted);
            assert_eq!(peek(&mut guest, at, 10), b"helloworld");
        });
    }
}

#[test]
fn bad_pointers_to_lists_trap() {
    for wide in WIDTHS {
        let passing = Passing { ty: "(list u32)", flat: &["p", "p"], result: false, wide };
        each(&passing.component(), |program| {
            let pass = |at: u64, length: u64| pass_flat(&mut program.start(), &[at, length], 0).map(drop);
            assert_eq!(pass(0x1_0000, 0), Ok(()));
            assert_eq!(pass(0xfffc, 1), Ok(()));
            assert_eq!(pass(0xfffc, 2), Err(Some(TrapCode::OutOfBounds)));
            assert_eq!(pass(0xffff_fffc, 2), Err(Some(TrapCode::OutOfBounds)));
            assert_eq!(pass(0xfffe, 0), Err(Some(TrapCode::Misaligned)));
            assert_eq!(pass(0, (1 << 26) - 1), Err(Some(TrapCode::OutOfBounds)));
            assert_eq!(pass(0, 1 << 26), Err(Some(TrapCode::TooLong)));
            assert_eq!(pass(0, 0xffff_ffff), Err(Some(TrapCode::TooLong)));
            if wide.0 {
                assert_eq!(pass(u64::MAX - 3, 1), Err(Some(TrapCode::OutOfBounds)));
                assert_eq!(pass(1 << 32, 1), Err(Some(TrapCode::OutOfBounds)));
                assert_eq!(pass(0, 1 << 32), Err(Some(TrapCode::TooLong)));
                assert_eq!(pass(0, u64::MAX), Err(Some(TrapCode::TooLong)));
            }
        });
    }
}

#[test]
fn many_parameters_go_through_memory() {
    let ty = format!("(tuple {})", ["u8", "bool", "u16"].repeat(6).join(" "));
    for wide in WIDTHS {
        let passing = Passing { ty: &ty, flat: &["p"], result: false, wide };
        each(&passing.component(), |program| {
            let mut guest = program.start();
            poke(&mut guest, 0x1000, &[5, 2, 3, 4].repeat(6));
            let got = pass_flat(&mut guest, &[0x1000], 1).unwrap();
            assert_eq!(peek(&mut guest, got[0], 24), [5, 1, 3, 4].repeat(6));
            let pass = |at: u64| pass_flat(&mut program.start(), &[at], 0).map(drop);
            assert_eq!(pass(0x1001), Err(Some(TrapCode::Misaligned)));
            assert_eq!(pass(0x1_0000 - 24), Ok(()));
            assert_eq!(pass(0x1_0000 - 22), Err(Some(TrapCode::OutOfBounds)));
            assert_eq!(pass(0xffff_fffe), Err(Some(TrapCode::OutOfBounds)));
        });
    }
}

#[test]
fn results_go_through_memory() {
    for wide in WIDTHS {
        let passing = Passing { ty: "(tuple u8 bool u16)", flat: &["p"], result: true, wide };
        each(&passing.component(), |program| {
            let pass = |at: u64, out: u64| {
                let mut guest = program.start();
                if at < 0x1_0000 - 8 {
                    poke(&mut guest, at, &[5, 2, 3, 4]);
                }
                guest.call("out", &[0x100, out]).unwrap();
                guest.call("poke", &[0x100, at]).unwrap();
                guest.call("run", &[])?;
                Ok(peek(&mut guest, out.min(0x1_0000 - 8), 8)[(out - out.min(0x1_0000 - 8)) as usize..][..4].to_vec())
            };
            assert_eq!(pass(0x1000, 0x1800), Ok(vec![5, 1, 3, 4]));
            assert_eq!(pass(0x1000, 0xfffc), Ok(vec![5, 1, 3, 4]));
            assert_eq!(pass(0x1001, 0x1800), Err(Some(TrapCode::Misaligned)));
            assert_eq!(pass(0x1000, 0x1801), Err(Some(TrapCode::Misaligned)));
            assert_eq!(pass(0xfffe, 0x1800), Err(Some(TrapCode::OutOfBounds)));
            assert_eq!(pass(0x1000, 0xfffe), Err(Some(TrapCode::OutOfBounds)));
            assert_eq!(pass(0x1000, 0xffff_fffc), Err(Some(TrapCode::OutOfBounds)));
        });
    }
}
