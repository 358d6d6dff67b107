//! Backtraces name the guest's source where the module carries debug information, also after a start section was
//! moved and after a round through a file.
//!
//! # Safety
//!
//! What is loaded was serialized by the test that loads it.

use std::sync::Arc;

use tambo_engine::{Engine, EngineConfig, HostData, Limits, Module, Trap};
use tambo_engine_wasmtime::WasmtimeEngine;
use wat::GenerateDwarf;

struct Nothing;

impl HostData for Nothing {
    fn block(&mut self) -> Result<(), Trap> {
        Ok(())
    }

    fn poll_wait(&mut self, _: &mut std::task::Context<'_>) -> std::task::Poll<Result<(), Trap>> {
        std::task::Poll::Ready(Ok(()))
    }
}

const GUEST: &str = "(module
  (func $start)
  (start $start)
  (func $broken
    unreachable)
  (func (export \"f\")
    call $broken))";

fn engine(debug_info: bool) -> Arc<dyn Engine<Nothing>> {
    let config = EngineConfig { debug_info, ..EngineConfig::default() };
    Arc::new(WasmtimeEngine::new(&config).expect("the configuration is sound"))
}

fn wasm() -> Vec<u8> {
    let text = wat::Parser::new().generate_dwarf(GenerateDwarf::Full).parse_str(Some("guest.wat".as_ref()), GUEST);
    text.expect("the text is well-formed")
}

fn trap(module: &dyn Module<Nothing>) -> Trap {
    let prepared = module.prepare(&[], "memory", false).expect("nothing is imported");
    let mut instance = prepared.instantiate(Nothing, &Limits::default()).expect("nothing is limited");
    let (function, _) = instance.function("f").expect("it is exported");
    instance.call(function, &mut []).expect_err("it traps")
}

fn lines(trap: &Trap) -> Vec<u32> {
    trap.backtrace.iter().flat_map(|frame| &frame.locations).filter_map(|location| location.line).collect()
}

#[test]
fn a_backtrace_names_lines() {
    let engine = engine(true);
    let module = engine.compile(&wasm()).unwrap();
    let trap = trap(&*module);
    assert_eq!(lines(&trap), [5, 7]);
    let file = trap.backtrace[0].locations[0].file.as_deref();
    assert!(file.is_some_and(|file| file.ends_with("guest.wat")), "{file:?}");
}

#[test]
fn lines_survive_serialization() {
    let engine = engine(true);
    let artifact = engine.compile(&wasm()).unwrap().serialize().unwrap();
    #[expect(unsafe_code, reason = "loads what was serialized a line before")]
    // SAFETY: serialized above.
    let module = unsafe { engine.load(&artifact) }.unwrap();
    assert_eq!(lines(&trap(&*module)), [5, 7]);
}

#[test]
fn without_debug_information_functions_are_named() {
    let module = engine(false).compile(&wasm()).unwrap();
    let trap = trap(&*module);
    assert_eq!(lines(&trap), [0_u32; 0]);
    assert_eq!(trap.backtrace[0].function.as_deref(), Some("broken"));
}
