//! How a call into a guest ends when it does not return: the kinds of trap, and where the guest was.

use std::fmt;

/// Why a guest stopped. The three failure words of the project meet here: the guest's fault (most kinds), the host's
/// decision ([`Exit`](TrapKind::Exit), [`Interrupted`](TrapKind::Interrupted), [`OutOfFuel`](TrapKind::OutOfFuel)),
/// and our own mistake ([`Bug`](TrapKind::Bug)).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TrapKind {
    /// `unreachable` was executed.
    Unreachable,
    /// A load, store or bulk operation left its memory.
    MemoryOutOfBounds,
    /// An access left its table.
    TableOutOfBounds,
    /// `call_indirect` through an empty table entry, or a null reference was used.
    NullReference,
    /// `call_indirect` to a function of another signature.
    SignatureMismatch,
    /// Integer overflow in a division or conversion.
    IntegerOverflow,
    /// Integer division by zero.
    DivisionByZero,
    /// A float that has no integer value was converted.
    InvalidConversion,
    /// The guest's call stack is exhausted.
    StackOverflow,
    /// An exception was thrown that nothing caught.
    UncaughtException,
    /// The fuel that was granted is used up.
    OutOfFuel,
    /// The embedder stopped the call: deadline or cancellation.
    Interrupted,
    /// The guest asked to end with this exit code. Not an error; carries no backtrace.
    Exit(u32),
    /// A host import refused the guest's call as a fault of the guest.
    Host(String),
    /// A memory, table or instance did not fit the limits at instantiation.
    Limit(String),
    /// Another trap of the engine, in its words.
    Other(String),
    /// Our own mistake. The text says that it should be reported.
    Bug(String),
}

impl fmt::Display for TrapKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreachable => f.write_str("`unreachable` instruction executed"),
            Self::MemoryOutOfBounds => f.write_str("memory access out of bounds"),
            Self::TableOutOfBounds => f.write_str("table access out of bounds"),
            Self::NullReference => f.write_str("call through a null reference"),
            Self::SignatureMismatch => f.write_str("indirect call to a function of another type"),
            Self::IntegerOverflow => f.write_str("integer overflow"),
            Self::DivisionByZero => f.write_str("integer division by zero"),
            Self::InvalidConversion => f.write_str("conversion of a float that has no integer value"),
            Self::StackOverflow => f.write_str("call stack exhausted"),
            Self::UncaughtException => f.write_str("uncaught exception"),
            Self::OutOfFuel => f.write_str("all fuel consumed"),
            Self::Interrupted => f.write_str("interrupted by the host"),
            Self::Exit(code) => write!(f, "exit with code {code}"),
            Self::Host(message) | Self::Limit(message) | Self::Other(message) => f.write_str(message),
            Self::Bug(message) => write!(f, "bug in tambo, please report it: {message}"),
        }
    }
}

/// A place in the guest's source, where its debug information names one.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Location {
    /// Function name in the source (an inlined one may differ from the frame's).
    pub function: Option<String>,
    /// Source file.
    pub file: Option<String>,
    /// 1-based line.
    pub line: Option<u32>,
    /// 1-based column.
    pub column: Option<u32>,
}

/// One frame of a guest backtrace, innermost first.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Frame {
    /// Index of the function in its module.
    pub function_index: u32,
    /// Demangled name from the name section, if there is one.
    pub function: Option<String>,
    /// Offset of the instruction from the start of the module, if known.
    pub offset: Option<u64>,
    /// Offset of the instruction from the start of the function's body, which begins with its locals; if known.
    pub function_offset: Option<u64>,
    /// Source places, innermost inlined function first.
    pub locations: Vec<Location>,
    /// Which module of the guest the frame is in, if the guest consists of several. Engines do not know.
    pub part: Option<Part>,
}

/// A module of a guest that consists of several.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Part {
    /// What it belongs to: the name of a component instance.
    pub owner: String,
    /// Its name.
    pub module: String,
    /// Where it begins in the guest's file.
    pub start: u64,
}

/// A guest that stopped: why, and where it was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trap {
    /// Why.
    pub kind: TrapKind,
    /// Where; empty if the engine does not tell, and for an exit.
    pub backtrace: Vec<Frame>,
}

impl Trap {
    /// A trap without a place yet: a host import makes these, the engine adds the backtrace.
    pub fn new(kind: TrapKind) -> Self {
        Self { kind, backtrace: Vec::new() }
    }

    /// A trap that says that we erred.
    pub fn bug(message: impl Into<String>) -> Self {
        Self::new(TrapKind::Bug(message.into()))
    }

    /// The exit code, if the guest ended by asking to.
    pub fn exit_code(&self) -> Option<u32> {
        match self.kind {
            TrapKind::Exit(code) => Some(code),
            _ => None,
        }
    }
}

impl From<TrapKind> for Trap {
    fn from(kind: TrapKind) -> Self {
        Self::new(kind)
    }
}

impl fmt::Display for Trap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.kind.fmt(f)
    }
}

impl std::error::Error for Trap {}
