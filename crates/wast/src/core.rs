//! Core modules of a script, each a program of its own.

use tambo::value::Value;
use tambo::{Error, ErrorKind, Grant, Instance, Outcome, Program, Runtime, Trap, TrapKind};

use crate::script::{Ended, Stop};

/// The module that every core script may import.
const SPECTEST: &str = "spectest";

pub(crate) fn load(runtime: &Runtime, wasm: &[u8]) -> Result<Program, Error> {
    runtime.load(wasm)
}

/// Instantiate and start a module. `registered` says which names scripts may import.
pub(crate) fn instantiate(program: &Program, registered: &dyn Fn(&str) -> bool) -> Result<Instance, Ended> {
    if program.imports().iter().any(|import| import.module == SPECTEST || registered(&import.module)) {
        return Err(Stop::skip(
            "a core module that imports from `spectest` or another module: each has a store of its own",
        )
        .into());
    }
    let mut instance = match program.instantiate(Grant::new()) {
        Ok(Ok(instance)) => instance,
        Ok(Err(Outcome::Trap(trap))) => return Err(Ended::Trap(trap)),
        Ok(Err(Outcome::Exit(code))) => return Err(Ended::Trap(Trap::new(TrapKind::Exit(code)))),
        Err(error) if error.kind() == ErrorKind::Link => return Err(Ended::Unlinkable(error.to_string())),
        Err(error) => return Err(Stop::fail(error.to_string()).into()),
    };
    instance.initialize().map_err(Ended::Trap)?;
    Ok(instance)
}

pub(crate) fn call(instance: &mut Instance, name: &str, arguments: &[Value]) -> Result<Vec<Value>, Ended> {
    match instance.invoke(name, arguments) {
        Ok(Ok(results)) => Ok(results),
        Ok(Err(trap)) => Err(Ended::Trap(trap)),
        Err(error) if error.message().contains("cannot be returned to the host") => {
            Err(Stop::skip("vectors and references are no values of this API").into())
        }
        Err(error) => Err(Stop::fail(error.to_string()).into()),
    }
}

/// Whether a trap is of the kind that a core script's message means. None if it is no message of core scripts.
pub(crate) fn is_meant(message: &str, kind: &TrapKind) -> Option<bool> {
    let meant = match message {
        "unreachable" => TrapKind::Unreachable,
        "out of bounds memory access" => TrapKind::MemoryOutOfBounds,
        "integer divide by zero" => TrapKind::DivisionByZero,
        "integer overflow" => TrapKind::IntegerOverflow,
        "invalid conversion to integer" => TrapKind::InvalidConversion,
        "out of bounds table access" => TrapKind::TableOutOfBounds,
        "call stack exhausted" => TrapKind::StackOverflow,
        _ => return None,
    };
    Some(*kind == meant)
}
