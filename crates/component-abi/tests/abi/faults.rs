//! Every fault of lifting and lowering, on both ways where both exist; and what they cost.

use tambo_component_abi::types::{MAX_BYTE_LENGTH, Pointer, Type, TypeId, Types};
use tambo_component_abi::{Abi, Budget, Encoding, Fault, FlatWriter, Lift, Lower, Val, dynamic};

use crate::guest::Guest;
use crate::samples::{Color, Outcome, Sample};

const UTF8: Abi = Abi { encoding: Encoding::Utf8, pointer: Pointer::Bits32 };
const UTF16: Abi = Abi { encoding: Encoding::Utf16, pointer: Pointer::Bits32 };
const LATIN1: Abi = Abi { encoding: Encoding::Latin1OrUtf16, pointer: Pointer::Bits32 };
const WIDE: Abi = Abi { encoding: Encoding::Utf8, pointer: Pointer::Bits64 };

fn both<T: Sample + for<'a> Lift<'a>>(abi: Abi, flat: &[u64], fill: &[u8]) -> [Result<(), Fault>; 2] {
    let mut types = Types::new();
    let ty = T::ty(&mut types);
    let mut guest = Guest::new(&types, abi);
    guest.memory[..fill.len()].copy_from_slice(fill);
    let dynamic = guest.lift(|cx| dynamic::lift_flat(cx, ty, &mut flat.iter())).map(drop);
    let typed = guest.lift(|cx| T::lift_flat(cx, ty, &mut flat.iter())).map(drop);
    [dynamic, typed]
}

fn faults<T: Sample + for<'a> Lift<'a>>(abi: Abi, flat: &[u64], fill: &[u8], expected: &str) {
    for outcome in both::<T>(abi, flat, fill) {
        let fault = outcome.expect_err(expected);
        assert!(fault.0.starts_with(expected), "expected {expected:?}, got {:?}", fault.0);
    }
}

fn fits<T: Sample + for<'a> Lift<'a>>(abi: Abi, flat: &[u64], fill: &[u8]) {
    for outcome in both::<T>(abi, flat, fill) {
        outcome.unwrap();
    }
}

#[test]
fn characters_and_discriminants_are_checked() {
    for bad in [0xd800, 0xdfff, 0x11_0000, u64::from(u32::MAX)] {
        faults::<char>(UTF8, &[bad], &[], "invalid `char` bit pattern");
    }
    fits::<char>(UTF8, &[0xd7ff], &[]);
    faults::<Option<u8>>(UTF8, &[2, 0], &[], "invalid variant discriminant");
    faults::<Result<u8, u8>>(UTF8, &[u64::from(u32::MAX), 0], &[], "invalid variant discriminant");
    faults::<Color>(UTF8, &[3], &[], "invalid variant discriminant");
    faults::<Outcome>(UTF8, &[5, 0, 0], &[], "invalid variant discriminant");
    faults::<Vec<Outcome>>(UTF8, &[0, 1], &[5], "invalid variant discriminant");
    faults::<Vec<char>>(UTF8, &[0, 1], &0xd800_u32.to_le_bytes(), "invalid `char` bit pattern");
}

#[test]
fn booleans_and_narrow_integers_ignore_other_bits() {
    let mut types = Types::new();
    let ty = <(bool, u8, i8)>::ty(&mut types);
    let mut guest = Guest::new(&types, UTF8);
    let flat = [0x100_u64, 0x1ff, 0x180];
    let value = guest.lift(|cx| <(bool, u8, i8)>::lift_flat(cx, ty, &mut flat.iter())).unwrap();
    assert_eq!(value, (true, 255, -128));
}

#[test]
fn lists_are_checked() {
    let size = 1 << 16;
    fits::<Vec<u32>>(UTF8, &[size, 0], &[]);
    fits::<Vec<u32>>(UTF8, &[size - 8, 2], &[]);
    faults::<Vec<u32>>(UTF8, &[size - 8, 3], &[], "list content out-of-bounds");
    faults::<Vec<u32>>(UTF8, &[size + 4, 0], &[], "list content out-of-bounds");
    faults::<Vec<u32>>(UTF8, &[2, 0], &[], "unaligned pointer");
    faults::<Vec<u32>>(UTF8, &[0, u64::from(MAX_BYTE_LENGTH / 4) + 1], &[], "list too long");
    faults::<Vec<u32>>(UTF8, &[0, u64::from(u32::MAX)], &[], "list too long");
    faults::<Vec<u64>>(WIDE, &[0, 1 << 61], &[], "list too long");
    faults::<Vec<u8>>(WIDE, &[u64::MAX, 1], &[], "list content out-of-bounds");
    faults::<Vec<u8>>(WIDE, &[1 << 32, 1], &[], "list content out-of-bounds");
    // The upper half of a 32-bit slot says nothing.
    fits::<Vec<u8>>(UTF8, &[1 << 32, 1], &[]);
}

#[test]
fn strings_are_checked() {
    let size = 1 << 16;
    faults::<String>(UTF8, &[size, 1], &[], "string content out-of-bounds");
    faults::<String>(UTF8, &[0, u64::from(MAX_BYTE_LENGTH) + 1], &[], "string too long");
    faults::<String>(UTF8, &[0, 2], &[0xc3, 0x28], "a string is not well-formed UTF-8");
    faults::<String>(UTF8, &[0, 3], &[0xed, 0xa0, 0x80], "a string is not well-formed UTF-8");
    faults::<String>(UTF16, &[1, 1], &[], "unaligned pointer");
    faults::<String>(UTF16, &[size - 2, 2], &[], "string content out-of-bounds");
    faults::<String>(UTF16, &[0, u64::from(MAX_BYTE_LENGTH / 2) + 1], &[], "string too long");
    faults::<String>(UTF16, &[0, 1], &[0x00, 0xd8], "a string is not well-formed UTF-16");
    faults::<String>(UTF16, &[0, 2], &[0x00, 0xdc, 0x00, 0xd8], "a string is not well-formed UTF-16");
    faults::<String>(LATIN1, &[1, 1], &[], "unaligned pointer");
    faults::<String>(LATIN1, &[0, 1 << 31 | 1], &[0x00, 0xd8], "a string is not well-formed UTF-16");
    faults::<String>(LATIN1, &[size - 2, 1 << 31 | 2], &[], "string content out-of-bounds");
    fits::<String>(LATIN1, &[size - 2, 2], &[]);
}

#[test]
fn the_tag_of_latin1_tells_the_encoding() {
    let mut types = Types::new();
    let ty = String::ty(&mut types);
    for (pointer, tag) in [(Pointer::Bits32, 1_u64 << 31), (Pointer::Bits64, 1 << 63)] {
        let mut guest = Guest::new(&types, Abi { encoding: Encoding::Latin1OrUtf16, pointer });
        guest.memory[..4].copy_from_slice(&[0xe9, 0x20, 0x41, 0x00]);
        let mut lift = |units: u64| guest.lift(|cx| String::lift_flat(cx, ty, &mut [0, units].iter())).unwrap();
        assert_eq!(lift(3), "é A");
        assert_eq!(lift(tag | 2), "\u{20e9}A");
    }
}

#[test]
fn handles_are_looked_up() {
    faults::<tambo_component_abi::Owned>(UTF8, &[0], &[], "unknown handle index 0");
    faults::<tambo_component_abi::Borrowed>(UTF8, &[0], &[], "unknown handle index 0");
}

#[test]
fn streams_and_futures_are_refused() {
    let mut types = Types::new();
    for ty in [Type::Stream(None), Type::Future(None), Type::ErrorContext] {
        let ty = types.intern(ty).unwrap();
        let mut guest = Guest::new(&types, UTF8);
        assert!(guest.lift(|cx| dynamic::lift_flat(cx, ty, &mut [1].iter())).is_err());
        assert!(guest.lift(|cx| dynamic::load(cx, ty, 0)).is_err());
        assert!(dynamic::check(&types, ty, &Val::U32(0)).is_err());
    }
}

#[test]
fn what_realloc_returns_is_checked() {
    let mut types = Types::new();
    let ty = Vec::<u32>::ty(&mut types);
    let (list, val) = (vec![1_u32, 2], Val::List(vec![Val::U32(1), Val::U32(2)]));
    let size = 1 << 16;
    let cases =
        [(&[2][..], "unaligned pointer"), (&[size - 4], "a block that realloc returned"), (&[], "bug in the host")];
    for (places, expected) in cases {
        let mut guest = Guest::new(&types, UTF8);
        let typed = guest.lower_flat(places, |cx, flat| list.lower_flat(cx, ty, flat)).unwrap_err();
        let dynamic = guest.lower_flat(places, |cx, flat| dynamic::lower_flat(cx, ty, &val, flat)).unwrap_err();
        assert!(typed.0.starts_with(expected) && dynamic.0.starts_with(expected), "{typed}, {dynamic}");
        assert!(guest.memory.iter().all(|&byte| byte == 0));
    }
}

/// Attack case 12: lists of lists of strings that all lie in the same bytes. Returns what was charged.
fn amplified<T: Sample + for<'a> Lift<'a>>(dynamic: bool) -> Result<(), Fault> {
    let mut types = Types::new();
    let ty = T::ty(&mut types);
    let mut guest = Guest::new(&types, UTF8);
    // 4,000 pairs at 0, each of which is 4,000 pairs at 32,000, each of which is 1,000 bytes at 0.
    for index in 0..4_000 {
        guest.memory[index * 8..][..8].copy_from_slice(&(4_000_u64 << 32 | 32_000).to_le_bytes());
        guest.memory[32_000 + index * 8..][..8].copy_from_slice(&(1_000_u64 << 32 | 64_000).to_le_bytes());
    }
    guest.budget = Budget::new(1 << 20);
    let flat = [0, 4_000];
    if dynamic {
        return guest.lift(|cx| dynamic::lift_flat(cx, ty, &mut flat.iter())).map(drop);
    }
    guest.lift(|cx| T::lift_flat(cx, ty, &mut flat.iter())).map(drop)
}

#[test]
fn case_12_amplification_ends_with_the_budget() {
    for dynamic in [false, true] {
        let fault = amplified::<Vec<Vec<String>>>(dynamic).unwrap_err();
        assert!(fault.0.starts_with("the values of this call are larger"), "{fault}");
    }
}

#[test]
fn case_12_borrowed_strings_cost_too() {
    let mut types = Types::new();
    let ty = Vec::<Vec<String>>::ty(&mut types);
    let mut guest = Guest::new(&types, UTF8);
    for index in 0..4_000 {
        guest.memory[index * 8..][..8].copy_from_slice(&(4_000_u64 << 32 | 32_000).to_le_bytes());
        guest.memory[32_000 + index * 8..][..8].copy_from_slice(&(1_000_u64 << 32 | 64_000).to_le_bytes());
    }
    guest.budget = Budget::new(1 << 20);
    guest.lift(|cx| Vec::<Vec<&str>>::lift_flat(cx, ty, &mut [0, 4_000].iter()).map(drop)).unwrap_err();
}

#[test]
fn a_list_is_paid_for_before_it_is_made() {
    let mut types = Types::new();
    let bytes = Vec::<u8>::ty(&mut types);
    let nothing = types.intern(Type::Tuple([].into())).unwrap();
    let nothings = types.intern(Type::List(nothing)).unwrap();
    let lift = |ty: TypeId, flat: [u64; 2], budget: usize| {
        let mut guest = Guest::new(&types, WIDE);
        guest.memory = vec![0; 1 << 20];
        guest.budget = Budget::new(budget);
        guest.lift(|cx| dynamic::lift_flat(cx, ty, &mut flat.iter())).map(|_| ())
    };
    assert!(lift(bytes, [0, 1 << 20], 1 << 20).is_err());
    assert!(lift(bytes, [0, 1 << 10], 1 << 20).is_ok());
    // An element without bytes cannot be had for nothing.
    assert!(lift(nothings, [0, 1 << 62], 1 << 20).is_err());
    let mut guest = Guest::new(&types, WIDE);
    guest.budget = Budget::new(1 << 20);
    assert!(guest.lift(|cx| Vec::<()>::lift_flat(cx, nothings, &mut [0, 1 << 62].iter())).is_err());
    assert_eq!(guest.budget.left(), 1 << 20);
}

#[test]
fn there_is_one_nan() {
    let mut types = Types::new();
    let ty = <(f32, f64)>::ty(&mut types);
    let mut guest = Guest::new(&types, UTF8);
    let (narrow, wide) = (f32::from_bits(0xffc0_1234), f64::from_bits(0xfff0_0000_0000_0001));
    let flat = [u64::from(narrow.to_bits()), wide.to_bits()];
    let typed = guest.lift(|cx| <(f32, f64)>::lift_flat(cx, ty, &mut flat.iter())).unwrap();
    assert_eq!((typed.0.to_bits(), typed.1.to_bits()), (0x7fc0_0000, 0x7ff8_0000_0000_0000));
    let Val::Tuple(vals) = guest.lift(|cx| dynamic::lift_flat(cx, ty, &mut flat.iter())).unwrap() else {
        panic!("a tuple is lifted as a tuple");
    };
    assert!(
        matches!(vals[..], [Val::F32(a), Val::F64(b)] if a.to_bits() == typed.0.to_bits() && b.to_bits() == typed.1.to_bits())
    );
    let lowered = guest.lower_flat(&[], |cx, flat| (narrow, wide).lower_flat(cx, ty, flat)).unwrap();
    assert_eq!(lowered, [0x7fc0_0000, 0x7ff8_0000_0000_0000]);
}

#[test]
fn more_flat_values_than_there_is_room_for_are_our_fault() {
    let mut types = Types::new();
    let ty = <(u32, Option<u64>)>::ty(&mut types);
    let mut guest = Guest::new(&types, UTF8);
    let val = Val::Tuple(vec![Val::U32(1), Val::Option(None)]);
    for room in 0..3 {
        let mut place = [0; 3];
        let typed =
            guest.lower(&[], |cx| (1_u32, None::<u64>).lower_flat(cx, ty, &mut FlatWriter::new(&mut place[..room])));
        let dynamic =
            guest.lower(&[], |cx| dynamic::lower_flat(cx, ty, &val, &mut FlatWriter::new(&mut place[..room])));
        assert!([typed, dynamic].iter().all(|fault| fault.as_ref().unwrap_err().0.starts_with("bug in the host")));
    }
}
