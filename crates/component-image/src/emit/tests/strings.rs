//! Strings between all encodings, against the conversions of Rust; with the calls of `realloc` that the specification
//! makes.

use super::{Guest, each};
use crate::image::TrapCode;

/// The end of the caller's memory.
const END: u64 = 0x1_0000;
const TAG: u32 = 1 << 31;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Encoding {
    Utf8,
    Utf16,
    Compact,
}

use Encoding::{Compact, Utf8, Utf16};

const ALL: [Encoding; 3] = [Utf8, Utf16, Compact];

impl Encoding {
    fn option(self) -> &'static str {
        match self {
            Utf8 => "utf8",
            Utf16 => "utf16",
            Compact => "latin1+utf16",
        }
    }
}

/// A caller with a string at the end of its memory, and a callee whose allocator moves every block and writes down what
/// it is asked for.
fn component(from: Encoding, to: Encoding) -> String {
    let (from, to) = (from.option(), to.option());
    format!(
        r#"(component
        (component $callee
            (core module $m
                (memory (export "memory") 2)
                (global $next (mut i32) (i32.const 0x4000))
                (global $log (mut i32) (i32.const 0x10000))
                (global $at (mut i32) (i32.const 0))
                (global $size (mut i32) (i32.const 0))
                (func (export "realloc") (param $old i32) (param $had i32) (param $align i32) (param $want i32)
                    (result i32)
                    (local $new i32)
                    (i32.store (global.get $log) (local.get $had))
                    (i32.store offset=4 (global.get $log) (local.get $align))
                    (i32.store offset=8 (global.get $log) (local.get $want))
                    (global.set $log (i32.add (global.get $log) (i32.const 12)))
                    (local.set $new (global.get $next))
                    (global.set $next (i32.and (i32.add (i32.add (local.get $new) (local.get $want)) (i32.const 17))
                        (i32.const -2)))
                    (memory.copy (local.get $new) (local.get $old)
                        (select (local.get $had) (local.get $want) (i32.lt_u (local.get $had) (local.get $want))))
                    (memory.fill (local.get $old) (i32.const 0xee) (local.get $had))
                    (local.get $new))
                (func (export "take") (param i32 i32)
                    (global.set $at (local.get 0)) (global.set $size (local.get 1)))
                (func (export "at") (result i32) (global.get $at))
                (func (export "size") (result i32) (global.get $size))
                (func (export "reallocs") (result i32)
                    (i32.div_u (i32.sub (global.get $log) (i32.const 0x10000)) (i32.const 12)))
                (func (export "peek") (param i32) (result i64) (i64.load (local.get 0)))
                (func (export "reset")
                    (global.set $next (i32.const 0x4000)) (global.set $log (i32.const 0x10000))))
            (core instance $i (instantiate $m))
            (func (export "take") (param "s" string)
                (canon lift (core func $i "take") (memory (core memory $i "memory")) (realloc (core func $i "realloc"))
                    string-encoding={to}))
            (func (export "at") (result u32) (canon lift (core func $i "at")))
            (func (export "size") (result u32) (canon lift (core func $i "size")))
            (func (export "reallocs") (result u32) (canon lift (core func $i "reallocs")))
            (func (export "peek") (param "a" u32) (result u64) (canon lift (core func $i "peek")))
            (func (export "reset") (canon lift (core func $i "reset"))))
        (component $caller
            (import "take" (func $take (param "s" string)))
            (core module $memory (memory (export "memory") 1))
            (core instance $memory (instantiate $memory))
            (core func $take (canon lower (func $take) (memory (core memory $memory "memory")) string-encoding={from}))
            (core module $m
                (import "" "memory" (memory 1))
                (import "" "take" (func $take (param i32 i32)))
                (func (export "poke") (param i32 i64) (i64.store (local.get 0) (local.get 1)))
                (func (export "run") (param i32 i32) (call $take (local.get 0) (local.get 1))))
            (core instance $i (instantiate $m (with ""
                (instance (export "memory" (memory $memory "memory")) (export "take" (func $take))))))
            (func (export "poke") (param "a" u32) (param "v" u64) (canon lift (core func $i "poke")))
            (func (export "run") (param "a" u32) (param "n" u32) (canon lift (core func $i "run"))))
        (instance $callee (instantiate $callee))
        (instance $caller (instantiate $caller (with "take" (func $callee "take"))))
        (export "poke" (func $caller "poke"))
        (export "run" (func $caller "run"))
        (export "at" (func $callee "at"))
        (export "size" (func $callee "size"))
        (export "reallocs" (func $callee "reallocs"))
        (export "peek" (func $callee "peek"))
        (export "reset" (func $callee "reset")))"#
    )
}

/// A string as a guest gives it: bytes, and the length with its tag.
struct Given {
    bytes: Vec<u8>,
    units: u32,
}

fn utf16_bytes(units: &[u16]) -> Vec<u8> {
    units.iter().flat_map(|unit| unit.to_le_bytes()).collect()
}

fn given(text: &str, encoding: Encoding, as_utf16: bool) -> Option<Given> {
    let wide: Vec<u16> = text.encode_utf16().collect();
    Some(match encoding {
        Utf8 => Given { bytes: text.into(), units: text.len() as u32 },
        Utf16 => Given { bytes: utf16_bytes(&wide), units: wide.len() as u32 },
        Compact if as_utf16 => Given { bytes: utf16_bytes(&wide), units: wide.len() as u32 | TAG },
        Compact => {
            let bytes: Option<Vec<u8>> = text.chars().map(|char| u8::try_from(u32::from(char)).ok()).collect();
            let bytes = bytes?;
            Given { units: bytes.len() as u32, bytes }
        }
    })
}

/// What the callee gets, and the sizes and alignments that its allocator is asked for: had, alignment, wanted.
fn expected(text: &str, given: &Given, from: Encoding, to: Encoding) -> (Given, Vec<[u32; 3]>) {
    let units = given.units & !TAG;
    let tagged = given.units & TAG != 0;
    let wide = from == Utf16 || tagged;
    let narrow = text.chars().all(|char| u32::from(char) < 0x100);
    let is_ascii = text.is_ascii();
    let mut calls = Vec::new();
    let mut shrink = |first: &[[u32; 3]], had: u32, align: u32, need: u32| {
        calls.extend_from_slice(first);
        if had != need {
            calls.push([had, align, need]);
        }
    };
    let encoding = if to == Compact && !narrow { true } else { from == Compact && to == Compact && tagged && !narrow };
    let target = super::strings::given(text, to, encoding).unwrap();
    let need = target.bytes.len() as u32;
    match (to, from) {
        (Utf8, Utf8) => shrink(&[[0, 1, units]], need, 1, need),
        (Utf8, _) if is_ascii => shrink(&[[0, 1, units]], need, 1, need),
        (Utf8, _) => {
            let worst = units * if wide { 3 } else { 2 };
            shrink(&[[0, 1, units], [units, 1, worst]], worst, 1, need);
        }
        (Utf16, Utf8) => shrink(&[[0, 2, 2 * units]], 2 * units, 2, need),
        (Utf16, _) => shrink(&[[0, 2, 2 * units]], need, 2, need),
        (Compact, Compact) if tagged => {
            let shrunk: &[[u32; 3]] =
                if narrow { &[[0, 2, 2 * units], [2 * units, 1, units]] } else { &[[0, 2, 2 * units]] };
            shrink(shrunk, need, 2, need);
        }
        (Compact, Compact) => shrink(&[[0, 2, units]], need, 2, need),
        (Compact, _) if narrow => shrink(&[[0, 2, units]], units, 2, need),
        (Compact, _) => shrink(&[[0, 2, units], [units, 2, 2 * units]], 2 * units, 2, need),
    }
    (target, calls)
}

/// Pass a string: what the callee gets.
fn pass(guest: &mut Guest<'_>, given: &Given) -> Result<Given, Option<TrapCode>> {
    guest.call("reset", &[]).unwrap();
    let at = (END - given.bytes.len() as u64) & !1;
    // Everything from the first word that the string is in to the end of memory.
    let begin = at & !7;
    let mut words = vec![0; (END - begin) as usize];
    words[(at - begin) as usize..][..given.bytes.len()].copy_from_slice(&given.bytes);
    for (index, word) in words.chunks(8).enumerate() {
        let word = u64::from_le_bytes(word.try_into().unwrap());
        guest.call("poke", &[begin + 8 * index as u64, word]).unwrap();
    }
    guest.call("run", &[at, given.units.into()])?;
    let (at, units) = (guest.call("at", &[]).unwrap(), guest.call("size", &[]).unwrap() as u32);
    Ok(Given { bytes: peek(guest, at, 0), units })
}

fn peek(guest: &mut Guest<'_>, at: u64, length: usize) -> Vec<u8> {
    let words = (0..length.div_ceil(8)).map(|index| guest.call("peek", &[at + 8 * index as u64]).unwrap());
    let mut bytes: Vec<u8> = words.flat_map(u64::to_le_bytes).collect();
    bytes.truncate(length);
    bytes
}

fn check_valid(guest: &mut Guest<'_>, text: &str, from: Encoding, to: Encoding) {
    for as_utf16 in [false, true] {
        if as_utf16 && from != Compact {
            continue;
        }
        let Some(source) = given(text, from, as_utf16) else { continue };
        let (target, calls) = expected(text, &source, from, to);
        let what = format!("{text:?} from {from:?} ({as_utf16}) to {to:?}");
        let got = pass(guest, &source).unwrap_or_else(|trap| panic!("{what}: {trap:?}"));
        assert_eq!(got.units, target.units, "{what}");
        let at = guest.call("at", &[]).unwrap();
        assert_eq!(peek(guest, at, target.bytes.len()), target.bytes, "{what}");
        let count = guest.call("reallocs", &[]).unwrap() as usize;
        let log = peek(guest, 0x1_0000, 12 * count);
        let log: Vec<u32> = log.chunks(4).map(|word| u32::from_le_bytes(word.try_into().unwrap())).collect();
        assert_eq!(log.chunks(3).map(<[u32]>::to_vec).collect::<Vec<_>>(), calls, "{what}");
    }
}

/// All strings of up to three of these, and longer ones around the sizes of chunks.
fn texts() -> Vec<String> {
    let chars = ['a', '\0', '\x7f', '\u{80}', 'ÿ', '\u{100}', '\u{7ff}', '\u{800}', '\u{d7ff}', '\u{e000}', '\u{ffff}'];
    let chars: Vec<char> = chars.into_iter().chain(['\u{1_0000}', '\u{10_ffff}']).collect();
    let mut texts = vec![String::new()];
    let mut last = texts.clone();
    for _ in 0..3 {
        last = last.iter().flat_map(|text| chars.iter().map(move |char| format!("{text}{char}"))).collect();
        texts.extend(last.iter().cloned());
    }
    for length in [7, 8, 9, 15, 16, 17, 31, 32, 33, 64, 100] {
        let ascii: String = ('!'..='~').cycle().take(length).collect();
        for strange in ['ÿ', '語', '\u{1_f980}'] {
            for at in [0, length / 2, length - 1, length] {
                let mut text = ascii.clone();
                text.insert(at, strange);
                texts.push(text);
            }
        }
        texts.push(ascii);
    }
    texts
}

#[test]
fn strings_arrive_as_they_are() {
    let texts = texts();
    for (from, to) in ALL.into_iter().flat_map(|from| ALL.map(|to| (from, to))) {
        each(&component(from, to), |program| {
            let mut guest = program.start();
            for text in &texts {
                check_valid(&mut guest, text, from, to);
            }
        });
    }
}

/// All sequences of up to `most` of these, and each of those of length `most` that begin with one of `leads` continued
/// by one more.
fn sequences<T: Copy>(units: &[T], most: usize) -> Vec<Vec<T>> {
    let mut all: Vec<Vec<T>> = vec![vec![]];
    let mut last = all.clone();
    for _ in 0..most {
        last = last.iter().flat_map(|sequence| units.iter().map(|&unit| [&sequence[..], &[unit]].concat())).collect();
        all.extend(last.iter().cloned());
    }
    all
}

fn check_any(guest: &mut Guest<'_>, source: &Given, valid: bool, what: &str) {
    match pass(guest, source) {
        Ok(_) => assert!(valid, "{what} was accepted"),
        Err(trap) => {
            assert!(!valid, "{what}: {trap:?}");
            assert_eq!(trap, Some(TrapCode::BadString), "{what}");
        }
    }
}

#[test]
fn bad_utf8_traps() {
    let bytes = [0x41, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0, 0xc1, 0xc2, 0xdf, 0xe0, 0xed, 0xef, 0xf0, 0xf4];
    let bytes: Vec<u8> = bytes.into_iter().chain([0xf5, 0xf8, 0xff]).collect();
    let mut all = sequences(&bytes, 3);
    let tails = sequences(&[0x41, 0x80, 0x8f, 0x90, 0xbf, 0xc2], 3);
    for lead in [0xf0, 0xf1, 0xf3, 0xf4, 0xf5, 0xf7] {
        all.extend(tails.iter().map(|tail| [&[lead], &tail[..]].concat()));
    }
    for to in ALL {
        each(&component(Utf8, to), |program| {
            let mut guest = program.start();
            for (index, sequence) in all.iter().enumerate() {
                // Some of them behind what the fast paths take.
                let mut bytes = if index % 5 == 0 { vec![b'x'; 16 + index % 3] } else { Vec::new() };
                bytes.extend_from_slice(sequence);
                let source = Given { units: bytes.len() as u32, bytes };
                let valid = std::str::from_utf8(&source.bytes).is_ok();
                check_any(&mut guest, &source, valid, &format!("{:x?} to {to:?}", source.bytes));
            }
        });
    }
}

#[test]
fn bad_utf16_traps() {
    let units = [0x41, 0xff, 0x100, 0xd7ff, 0xd800, 0xdbff, 0xdc00, 0xdfff, 0xe000, 0xffff];
    let all = sequences(&units, 3);
    for (from, to) in [Utf16, Compact].into_iter().flat_map(|from| ALL.map(|to| (from, to))) {
        each(&component(from, to), |program| {
            let mut guest = program.start();
            for (index, sequence) in all.iter().enumerate() {
                let mut units = if index % 5 == 0 { vec![0x78; 8 + index % 3] } else { Vec::new() };
                units.extend_from_slice(sequence);
                let valid = String::from_utf16(&units).is_ok();
                let length = units.len() as u32 | if from == Compact { TAG } else { 0 };
                let source = Given { bytes: utf16_bytes(&units), units: length };
                check_any(&mut guest, &source, valid, &format!("{units:x?} from {from:?} to {to:?}"));
            }
        });
    }
}

#[test]
fn bad_pointers_and_lengths_trap() {
    let cases = [
        (Utf8, END - 1, 2, TrapCode::OutOfBounds),
        (Utf8, END + 1, 0, TrapCode::OutOfBounds),
        (Utf8, u32::MAX.into(), 2, TrapCode::OutOfBounds),
        (Utf8, 0, 1 << 28, TrapCode::TooLong),
        (Utf8, 0, u32::MAX, TrapCode::TooLong),
        (Utf8, 0, (1 << 28) - 1, TrapCode::OutOfBounds),
        (Utf16, END - 2, 2, TrapCode::OutOfBounds),
        (Utf16, 1, 1, TrapCode::Misaligned),
        (Utf16, 0, 1 << 27, TrapCode::TooLong),
        (Utf16, 0, (1 << 27) - 1, TrapCode::OutOfBounds),
        (Utf16, 0, TAG | 1, TrapCode::TooLong),
        (Compact, 1, 1, TrapCode::Misaligned),
        (Compact, 1, 1 | TAG, TrapCode::Misaligned),
        (Compact, END - 2, 3, TrapCode::OutOfBounds),
        (Compact, END - 2, 2 | TAG, TrapCode::OutOfBounds),
        (Compact, 0, 1 << 28, TrapCode::TooLong),
        (Compact, 0, 1 << 27 | TAG, TrapCode::TooLong),
    ];
    for (from, to) in ALL.into_iter().flat_map(|from| ALL.map(|to| (from, to))) {
        each(&component(from, to), |program| {
            for &(_, at, units, trap) in cases.iter().filter(|case| case.0 == from) {
                let got = program.run("run", &[at, units.into()]);
                assert_eq!(got, Err(Some(trap)), "{at:#x} {units:#x} from {from:?} to {to:?}");
            }
            assert!(program.run("run", &[END, 0]).is_ok(), "an empty string at the end of memory");
        });
    }
}
