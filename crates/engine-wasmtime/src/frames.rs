//! Guest backtraces: names demangled, source places where the module carries DWARF.

use tambo_debug::demangle;
use tambo_engine::{Frame, Location};
use wasmtime::{FrameInfo, FrameSymbol, Module, WasmBacktrace};

/// The frames of the guest, innermost first.
pub(crate) fn frames(trace: &WasmBacktrace, guest: &Module) -> Vec<Frame> {
    trace.frames().iter().filter(|frame| Module::same(frame.module(), guest)).map(frame).collect()
}

fn frame(info: &FrameInfo) -> Frame {
    Frame {
        function_index: info.func_index(),
        function: info.func_name().map(demangle),
        offset: info.module_offset().map(|offset| offset as u64),
        function_offset: info.func_offset().map(|offset| offset as u64),
        locations: info.symbols().iter().map(location).collect(),
        part: None,
    }
}

fn location(symbol: &FrameSymbol) -> Location {
    Location {
        function: symbol.name().map(demangle),
        file: symbol.file().map(str::to_owned),
        line: symbol.line(),
        column: symbol.column(),
    }
}
