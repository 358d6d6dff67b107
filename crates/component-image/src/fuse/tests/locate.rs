//! Instructions of the image, found in the modules that they come from.

use std::fmt::Write as _;

use tambo_component_plan::CoreInstanceId;
use wasm_encoder::{CodeSection, FunctionSection, GlobalSection, GlobalType, TypeSection};
use wasmparser::{FunctionBody, Parser, Payload};

use super::{Bench, Function, Instruction, ValType};
use crate::fuse::locate;
use crate::image::FuncOrigin;

/// Moves all indices of later instances beyond one byte, those of functions beyond two.
fn filler() -> String {
    let mut text = String::from("(module (memory 1) (table 1 funcref) (func $f (nop))");
    for index in 0..200 {
        let params = "i32 ".repeat(index % 20);
        let _ = write!(text, "(type (func (param {params}) (result i64 i64)))");
        let _ = write!(text, "(global i32 (i32.const {index})) (data \"x\") (elem func $f)");
    }
    text += &"(func)".repeat(17_000);
    text + ")"
}

/// Most kinds of immediates, with indices of one byte.
const VARIED: &str = r#"(module
    (type $swap (func (param i32 i64) (result i64 i32)))
    (import "" "log" (func $log (param i32)))
    (memory $m 1) (memory $n i64 1)
    (table $t 4 funcref)
    (global $g (mut i32) (i32.const 7))
    (tag $e (param i32))
    (data $d "abc")
    (elem $s func $swap $varied)
    (func $swap (type $swap) (local.get 1) (local.get 0))
    (func $varied (export "varied") (param i32) (result i32)
        (local $a i32) (local $b i64) (local $v v128) (local $r funcref) (local $f f64)
        (call $log (i32.const 1000000))
        (global.set $g (i32.add (global.get $g) (i32.const -1)))
        (local.set $b (i64.const -9000000000))
        (i32.const 1) (i64.const 2) (block (type $swap) (param i32 i64) (result i64 i32) (call $swap)) (drop) (drop)
        (call_indirect $t (type $swap) (i32.const 1) (i64.const 1) (i32.const 0)) (drop) (drop)
        (i32.store $m offset=70000 (i32.const 0) (i32.const 0))
        (i64.store8 $n offset=5 align=1 (i64.const 0) (i64.const 0))
        (memory.init $m $d (i32.const 0) (i32.const 0) (i32.const 3)) (data.drop $d)
        (memory.copy $m $n (i32.const 0) (i64.const 0) (i32.const 0))
        (memory.fill $n (i64.const 0) (i32.const 0) (i64.const 0))
        (table.init $t $s (i32.const 0) (i32.const 0) (i32.const 0)) (elem.drop $s)
        (local.set $r (ref.func $varied)) (local.set $r (ref.null func))
        (table.set $t (i32.const 0) (local.get $r)) (drop (table.size $t))
        (local.set $v (v128.const i64x2 1 2)) (drop (i8x16.extract_lane_s 3 (local.get $v)))
        (drop (v128.load8_lane $n 1 (i64.const 0) (local.get $v)))
        (local.set $f (f64.const 1.5))
        (block $out (block $in (br_table $in $out $in (local.get 0))))
        (block $caught (result i32) (try_table (catch $e $caught) (throw $e (i32.const 5))) (i32.const 0)) (drop)
        (drop (memory.grow $n (memory.size $n)))
        (select (result i32) (i32.const 1) (i32.const 2) (i32.const 3))))"#;

/// Indices and constants longer than they need be, as linkers leave them.
fn padded() -> Vec<u8> {
    let long = [0x80, 0x80, 0x80, 0x80, 0x00];
    let mut types = TypeSection::new();
    types.ty().function([], []);
    let mut functions = FunctionSection::new();
    functions.function(0).function(0);
    let mut globals = GlobalSection::new();
    globals.global(
        GlobalType { val_type: ValType::I32, mutable: true, shared: false },
        &wasm_encoder::ConstExpr::i32_const(0),
    );
    let mut body = Function::new_with_locals_types([ValType::I32, ValType::I64, ValType::I64]);
    for _ in 0..3 {
        body.raw([0x10]).raw(long);
        body.raw([0x23]).raw(long).raw([0x41]).raw(long).raw([0x6a, 0x24]).raw(long);
    }
    body.instruction(&Instruction::End);
    let mut code = CodeSection::new();
    code.function(&body).function(&body);
    let mut module = wasm_encoder::Module::new();
    module.section(&types).section(&functions).section(&globals).section(&code);
    module.finish()
}

fn bench() -> Bench {
    let mut bench = Bench::new();
    let varied = bench.module(VARIED);
    bench.instance(varied, &[super::LOG]);
    bench.add(&filler(), &[]);
    bench.instance(varied, &[super::LOG]);
    let padded = bench.raw_module(&padded());
    bench.instance(padded, &[]);
    bench.add("(module (func $s (nop) (nop)) (start $s))", &[]);
    bench
}

fn bodies(wasm: &[u8]) -> Vec<FunctionBody<'_>> {
    let payloads = Parser::new(0).parse_all(wasm).map(Result::unwrap);
    let bodies = payloads.filter_map(|payload| match payload {
        Payload::CodeSectionEntry(body) => Some(body),
        _ => None,
    });
    bodies.collect()
}

/// Where each instruction begins.
fn positions(body: &FunctionBody<'_>) -> Vec<u64> {
    let mut operators = body.get_operators_reader().unwrap();
    let mut positions = Vec::new();
    while !operators.eof() {
        positions.push(operators.original_position());
        operators.read().unwrap();
    }
    positions
}

#[test]
fn every_instruction_is_found() {
    let image = bench().image();
    let bench = bench();
    let mut resized = 0;
    for (number, fused) in (0..).zip(bodies(&image.wasm)) {
        let index = number + image.imports.len() as u32;
        let Some(&FuncOrigin::Module { instance, offset, .. }) = image.origin(index) else { continue };
        if instance == CoreInstanceId(1) && number % 1000 != 0 {
            continue;
        }
        let module = bench.plan.core_instances[instance.index()].module;
        let wasm = &bench.bytes[bench.plan.modules[module.index()].bytes.clone()];
        let original = bodies(wasm).into_iter().find(|body| body.range().start == offset as u64).unwrap();
        let (old, new) = (positions(&original), positions(&fused));
        assert_eq!(old.len(), new.len());
        resized += u32::from(fused.range().end - fused.range().start != original.range().end - original.range().start);

        let range = fused.range();
        let offsets = 0..range.end - range.start + 2;
        let asked: Vec<_> = offsets.clone().map(|offset| (index, offset)).collect();
        let found = locate(&bench.plan, &bench.bytes, &image, &bench.declared, &asked).unwrap();
        for (offset, found) in offsets.zip(found) {
            let position = range.start + offset;
            // What lies before the first instruction is the locals.
            let instruction = new.partition_point(|&start| start <= position).max(1) - 1;
            let expected = (position < range.end).then(|| old[instruction]);
            assert_eq!(found, expected, "offset {offset} of function {index}");
        }
    }
    assert_eq!(resized, 3, "`varied` of the second instance grew, both padded functions shrank");
}

#[test]
fn what_has_no_origin_is_not_found() {
    let image = bench().image();
    let bench = bench();
    let end = (image.imports.len() + image.sources.len()) as u32;
    let generated = (0..end).find(|&index| image.origin(index) == Some(&FuncOrigin::Generated));
    for function in [0, end, u32::MAX].into_iter().chain(generated) {
        let found = locate(&bench.plan, &bench.bytes, &image, &bench.declared, &[(function, 0)]).unwrap();
        assert_eq!(found, [None], "function {function}");
    }
}

#[test]
fn an_image_of_another_component_is_noticed() {
    let mut other = Bench::new();
    other.declared.imports[0].name = "other".to_owned();
    let image = other.image();
    let bench = bench();
    assert!(locate(&bench.plan, &bench.bytes, &image, &bench.declared, &[]).is_err());
}
