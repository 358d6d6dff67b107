//! What the compiler takes and refuses.

use tambo_engine::{ErrorStage, Slot};

use crate::Make;
use crate::rig::{Rig, call, call_i32};

const HEADER: &[u8] = b"\0asm\x01\0\0\0";

/// A malformed module is an error of the compile stage that says where; offsets are hexadecimal or decimal.
pub fn malformed_ones_fail_with_an_offset(make: Make<'_>) {
    let rig = Rig::new(make);
    let body = |code: &[u8]| {
        let mut wasm = HEADER.to_vec();
        wasm.extend([1, 4, 1, 0x60, 0, 0, 3, 2, 1, 0, 10, 4 + code.len() as u8, 1, 2 + code.len() as u8, 0]);
        wasm.extend(code);
        wasm.push(0x0b);
        wasm
    };
    let cases: [Vec<u8>; 6] = [
        HEADER[..6].to_vec(),
        b"not wasm at all".to_vec(),
        [HEADER, &[1, 255, 255, 255, 255, 15]].concat(),
        [HEADER, &[200, 0]].concat(),
        body(&[0x6a]),
        body(&[0x20, 5, 0x1a]),
    ];
    for wasm in cases {
        let error = rig.engine.compile(&wasm).err().unwrap_or_else(|| panic!("{wasm:x?} must be refused"));
        assert_eq!(error.stage, ErrorStage::Compile);
        assert!(error.message.contains("offset"), "{wasm:x?}: {error}");
    }
    assert!(rig.engine.compile(&body(&[0x01])).is_ok(), "the frame of the cases is itself valid");
}

/// Every prefix and every flipped bit of a module is compiled, or refused.
pub fn damaged_ones_never_panic(make: Make<'_>) {
    let rig = Rig::new(make);
    let wasm = wat::parse_str(
        r#"(module (import "host" "log" (func $log (param i64))) (memory (export "memory") 1 2) (table 2 funcref)
            (global $g (mut i32) (i32.const 3)) (data (i32.const 1) "abc") (elem (i32.const 0) $f)
            (func $f (export "f") (param i32) (result i32)
                (block (loop (br_if 1 (local.get 0)))) (call $log (i64.const 1)) (i32.load (local.get 0)))
            (func $s) (start $s))"#,
    )
    .unwrap();
    for len in 0..wasm.len() {
        drop(rig.engine.compile(&wasm[..len]));
    }
    for at in 0..wasm.len() {
        for bit in [0, 3, 7] {
            let mut damaged = wasm.clone();
            damaged[at] ^= 1 << bit;
            drop(rig.engine.compile(&damaged));
        }
    }
}

/// An error behind a start section, which is taken out before compiling, is found where the caller has it.
pub fn offsets_are_those_of_the_given_bytes(make: Make<'_>) {
    let rig = Rig::new(make);
    let module = |start: &[u8]| {
        let mut wasm = HEADER.to_vec();
        wasm.extend([1, 4, 1, 0x60, 0, 0, 3, 2, 1, 0]);
        wasm.extend(start);
        let at = wasm.len() + 5;
        wasm.extend([10, 5, 1, 3, 0, 0x6a, 0x0b]);
        (wasm, at)
    };
    for start in [&[][..], &[8, 1, 0]] {
        let (wasm, at) = module(start);
        let error = rig.engine.compile(&wasm).err().unwrap();
        assert!(error.message.contains(&format!("{at:#x}")), "offset {at:#x} with start {start:?}: {error}");
    }
}

/// Proposals of the current specification that guests use, and those that the capabilities name.
pub fn proposals_are_supported(make: Make<'_>) {
    let rig = Rig::new(make);
    let can = rig.engine.capabilities();
    let common = r#"(module
        (memory i64 1)
        (func $even (param i32) (result i32)
            (if (i32.eqz (local.get 0)) (then (return (i32.const 1))))
            (return_call $odd (i32.sub (local.get 0) (i32.const 1))))
        (func $odd (param i32) (result i32)
            (if (i32.eqz (local.get 0)) (then (return (i32.const 0))))
            (return_call $even (i32.sub (local.get 0) (i32.const 1))))
        (global i32 (i32.add (i32.const 1) (i32.const 2)))
        (func (export "f") (result i32)
            (memory.copy (i64.const 0) (i64.const 8) (i64.const 8))
            (i32.add (call $even (i32.const 1000000)) (i32.extend8_s (i32.trunc_sat_f32_s (f32.const 1))))))"#;
    assert_eq!(call_i32(&mut *rig.instance(common), "f", &[]).unwrap(), 2);
    let simd = r#"(module (func (export "f") (result i64)
        (i64x2.extract_lane 1 (i64x2.add (v128.const i64x2 1 2) (i64x2.splat (i64.const 40))))))"#;
    assert_eq!(rig.compile(simd).is_ok(), can.simd);
    if can.simd {
        assert_eq!(call(&mut *rig.instance(simd), "f", &[]).unwrap(), [Slot(42)]);
    }
    let memories = "(module (memory 1) (memory 1) (func (memory.copy 1 0 (i32.const 0) (i32.const 0) (i32.const 1))))";
    assert_eq!(rig.compile(memories).is_ok(), can.multi_memory);
    let threads = "(module (memory 1 1 shared) (func (drop (i32.atomic.load (i32.const 0)))))";
    assert_eq!(rig.compile(threads).is_ok(), can.threads);
    let exceptions = "(module (tag $t) (func (throw $t)))";
    assert_eq!(rig.compile(exceptions).is_ok(), can.exceptions);
}
