//! wasmi's errors as the contract's traps. A trap of a host import travels inside wasmi's error and comes out whole.

use std::fmt;

use tambo_engine::{Trap, TrapKind};
use wasmi::errors::{ErrorKind, HostError, InstantiationError};
use wasmi::{Error, TrapCode};

/// A trap of the host, as wasmi carries it.
#[derive(Debug)]
pub(crate) struct HostTrap(Trap);

/// The error with which the import `park` leaves the interpreter, to be resumed.
#[derive(Debug)]
pub(crate) struct Parked;

impl HostTrap {
    #[cold]
    pub(crate) fn error(trap: Trap) -> Error {
        Error::host(Self(trap))
    }
}

impl fmt::Display for HostTrap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Display for Parked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("parked in a host import")
    }
}

impl HostError for HostTrap {}
impl HostError for Parked {}

/// What ended a call.
#[cold]
pub(crate) fn from_call(error: Error) -> Trap {
    if let Some(code) = error.as_trap_code() {
        return kind(code).into();
    }
    let message = error.to_string();
    match error.downcast::<HostTrap>() {
        Some(HostTrap(trap)) => trap,
        None => TrapKind::Other(message).into(),
    }
}

/// What ended an instantiation, in which no code of the guest ran but constant expressions.
#[cold]
pub(crate) fn from_instantiation(error: Error, refusal: Option<String>) -> Trap {
    if let Some(refusal) = refusal {
        return TrapKind::Limit(refusal).into();
    }
    match error.kind() {
        ErrorKind::Instantiation(InstantiationError::ElementSegmentDoesNotFit { .. }) => {
            TrapKind::TableOutOfBounds.into()
        }
        ErrorKind::Instantiation(_) => TrapKind::Limit(error.to_string()).into(),
        _ => match from_call(error) {
            Trap { kind: TrapKind::Other(message), .. } => TrapKind::Limit(message).into(),
            trap => trap,
        },
    }
}

fn kind(code: TrapCode) -> TrapKind {
    match code {
        TrapCode::UnreachableCodeReached => TrapKind::Unreachable,
        TrapCode::MemoryOutOfBounds => TrapKind::MemoryOutOfBounds,
        TrapCode::TableOutOfBounds => TrapKind::TableOutOfBounds,
        TrapCode::IndirectCallToNull => TrapKind::NullReference,
        TrapCode::IntegerDivisionByZero => TrapKind::DivisionByZero,
        TrapCode::IntegerOverflow => TrapKind::IntegerOverflow,
        TrapCode::BadConversionToInteger => TrapKind::InvalidConversion,
        TrapCode::StackOverflow => TrapKind::StackOverflow,
        TrapCode::BadSignature => TrapKind::SignatureMismatch,
        TrapCode::OutOfFuel => TrapKind::OutOfFuel,
        TrapCode::GrowthOperationLimited | TrapCode::OutOfSystemMemory => TrapKind::Other(code.to_string()),
    }
}
