//! wasmtime's errors as the contract's traps.
//!
//! A trap of a host import travels through wasmtime inside its error ([`HostTrap`]) and comes out whole. wasmtime adds
//! a backtrace to every error that has none, which costs microseconds and which an exit does not want: so an exit is
//! given an empty backtrace of an idle store ([`Shared::error`](crate::engine::Shared::error)).

use std::fmt;

use tambo_engine::{Trap, TrapKind};
use wasmtime::{Error, Module, ThrownException, WasmBacktrace};

use crate::frames::frames;

/// A trap of the host, as wasmtime carries it.
#[derive(Debug)]
pub(crate) struct HostTrap(Trap);

impl HostTrap {
    pub(crate) fn error(trap: Trap) -> Error {
        Error::new(Self(trap))
    }
}

impl fmt::Display for HostTrap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl std::error::Error for HostTrap {}

/// What ended a call. Frames of other modules than the guest's own, which are the adapter's, are left out.
#[cold]
pub(crate) fn from_call(error: Error, guest: &Module) -> Trap {
    let backtrace = error.downcast_ref::<WasmBacktrace>().map(|trace| frames(trace, guest)).unwrap_or_default();
    if let Some(trap) = error.downcast_ref::<wasmtime::Trap>() {
        return Trap { kind: kind(*trap), backtrace };
    }
    if error.is::<ThrownException>() {
        return Trap { kind: TrapKind::UncaughtException, backtrace };
    }
    match error.downcast::<HostTrap>() {
        Ok(HostTrap(trap)) if trap.backtrace.is_empty() => Trap { backtrace, ..trap },
        Ok(HostTrap(trap)) => trap,
        Err(error) => Trap { kind: TrapKind::Other(format!("{error:#}")), backtrace },
    }
}

/// What ended an instantiation, in which no code of the guest ran but constant expressions.
#[cold]
pub(crate) fn from_instantiation(error: Error, refusal: Option<String>, guest: &Module) -> Trap {
    if let Some(refusal) = refusal {
        return TrapKind::Limit(refusal).into();
    }
    match from_call(error, guest) {
        Trap { kind: TrapKind::Other(message), backtrace } => Trap { kind: TrapKind::Limit(message), backtrace },
        trap => trap,
    }
}

fn kind(trap: wasmtime::Trap) -> TrapKind {
    use wasmtime::Trap as T;
    match trap {
        T::StackOverflow => TrapKind::StackOverflow,
        T::MemoryOutOfBounds => TrapKind::MemoryOutOfBounds,
        T::TableOutOfBounds => TrapKind::TableOutOfBounds,
        T::IndirectCallToNull | T::NullReference => TrapKind::NullReference,
        T::BadSignature => TrapKind::SignatureMismatch,
        T::IntegerOverflow => TrapKind::IntegerOverflow,
        T::IntegerDivisionByZero => TrapKind::DivisionByZero,
        T::BadConversionToInteger => TrapKind::InvalidConversion,
        T::UnreachableCodeReached => TrapKind::Unreachable,
        T::Interrupt => TrapKind::Interrupted,
        T::OutOfFuel => TrapKind::OutOfFuel,
        other => TrapKind::Other(other.to_string()),
    }
}
