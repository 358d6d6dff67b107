//! Names, and where functions come from.

use tambo_component_plan::CoreInstanceId;
use wasm_encoder::ValType::I32;
use wasmparser::{KnownCustom, Name, Payload};

use super::{Bench, Guest, engines};
use crate::image::{FuncOrigin, Image};

fn names(image: &Image) -> Vec<(u32, String)> {
    let mut names = Vec::new();
    for payload in wasmparser::Parser::new(0).parse_all(&image.wasm) {
        if let Payload::CustomSection(custom) = payload.unwrap()
            && let KnownCustom::Name(reader) = custom.as_known()
        {
            for subsection in reader {
                if let Name::Function(map) = subsection.unwrap() {
                    names
                        .extend(map.map(|naming| naming.unwrap()).map(|naming| (naming.index, naming.name.to_owned())));
                }
            }
        }
    }
    names
}

const NAMED: &str = r#"(module
    (func $_ZN3foo3bar17h0123456789abcdefE (export "x") (result i32) (unreachable)))"#;

#[test]
fn functions_keep_their_names_or_get_those_of_their_exports() {
    let mut bench = Bench::new();
    bench.add(r#"(module (func) (func (export "b") (export "a")))"#, &[]);
    let named = bench.add(NAMED, &[]);
    bench.export(named, "x", &[], &[I32]);
    let image = bench.image();
    let expected = [(0, "log"), (2, "a"), (3, "_ZN3foo3bar17h0123456789abcdefE"), (4, "export x")];
    assert_eq!(names(&image), expected.map(|(index, name)| (index, name.to_owned())));
    // Names are as the module has them, so that an engine can demangle them.
    let [wasmtime, _] = engines();
    let trap = Guest::started(&*wasmtime, &image).call("x", &[]).unwrap_err();
    let frames: Vec<_> = trap.backtrace.iter().map(|frame| frame.function.as_deref().unwrap()).collect();
    assert_eq!(frames, ["foo::bar", "export x"]);
}

/// Names of functions that are not there, names of imports, and a section that ends early.
#[test]
fn a_broken_name_section_does_no_harm() {
    let name = |subsections: &[u8]| {
        let mut wasm = wat::parse_str(r#"(module (import "" "log" (func (param i32))) (func))"#).unwrap();
        let content = [b"\x04name", subsections].concat();
        wasm.extend([0, content.len() as u8]);
        wasm.extend(content);
        let mut bench = Bench::new();
        let module = bench.raw_module(&wasm);
        bench.instance(module, &[super::LOG]);
        bench.fuse().map(|image| names(&image).len()).unwrap()
    };
    // log itself, and function 1.
    assert_eq!(name(b"\x01\x0a\x03\x00\x01a\x01\x01b\x05\x01c"), 2);
    assert_eq!(name(b"\x01\x0a\x03\x00\x01a"), 1);
    assert_eq!(name(b"\x01\xff"), 1);
    assert_eq!(name(b""), 1);
}

#[test]
fn every_function_has_a_source() {
    let mut bench = Bench::new();
    let text = r#"(module
        (import "" "log" (func (param i32)))
        (func (nop) (nop))
        (func (export "x") (result i32) (i32.const 5)))"#;
    let module = bench.module(text);
    bench.instance(module, &[super::LOG]);
    let second = bench.instance(module, &[super::LOG]);
    bench.export(second, "x", &[], &[I32]);
    let wasm = bench.bytes[bench.plan.modules[0].bytes.clone()].to_vec();
    let image = bench.image();
    let mut found = Vec::new();
    for source in &image.sources {
        if let FuncOrigin::Module { instance, function, offset } = source {
            found.push((*instance, *function));
            // No locals; then the first instruction.
            let expected = if *function == 1 { [0, 0x01] } else { [0, 0x41] };
            assert_eq!(wasm[*offset..*offset + 2], expected);
        }
    }
    let expected = [(0, 1), (0, 2), (1, 1), (1, 2)].map(|(instance, function)| (CoreInstanceId(instance), function));
    assert_eq!(found, expected);
    assert_eq!(image.sources.len(), 5);
    assert_eq!(image.sources[4], FuncOrigin::Generated);
}

#[test]
fn custom_sections_are_dropped() {
    let mut bench = Bench::new();
    bench.add(r#"(module (@custom ".debug_info" "xyz") (func))"#, &[]);
    let image = bench.image();
    for payload in wasmparser::Parser::new(0).parse_all(&image.wasm) {
        if let Payload::CustomSection(custom) = payload.unwrap() {
            assert_eq!(custom.name(), "name");
        }
    }
}
