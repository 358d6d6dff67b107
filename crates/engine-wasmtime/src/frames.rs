//! Guest backtraces: names demangled, source places where the module carries DWARF.

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
        locations: info.symbols().iter().map(location).collect(),
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

/// A name as its author wrote it: without the hash that Rust adds, with the arguments that C++ overloads by.
fn demangle(name: &str) -> String {
    if let Ok(rust) = rustc_demangle::try_demangle(name) {
        return format!("{rust:#}");
    }
    cpp_demangle::Symbol::new(name).ok().and_then(|symbol| symbol.demangle().ok()).unwrap_or_else(|| name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::demangle;

    #[test]
    fn names_are_readable() {
        assert_eq!(demangle("_ZN3foo3bar17h0123456789abcdefE"), "foo::bar");
        assert_eq!(demangle("_Z3fooi"), "foo(int)");
        assert_eq!(demangle("main"), "main");
    }
}
