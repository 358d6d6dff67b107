//! The types of the core module boundary: what a module imports and exports, as far as a host needs to know.

use std::fmt;

/// A core value type. References cross the host boundary in no WASI version, so they are one opaque case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ValueType {
    /// 32-bit integer.
    I32,
    /// 64-bit integer.
    I64,
    /// 32-bit float.
    F32,
    /// 64-bit float.
    F64,
    /// 128-bit vector; a host import may not mention it.
    V128,
    /// Any reference; a host import may not mention it.
    Ref,
}

impl fmt::Display for ValueType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::I32 => "i32",
            Self::I64 => "i64",
            Self::F32 => "f32",
            Self::F64 => "f64",
            Self::V128 => "v128",
            Self::Ref => "ref",
        })
    }
}

/// The signature of a core function.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Default)]
pub struct FuncType {
    /// Parameter types, in order.
    pub params: Vec<ValueType>,
    /// Result types, in order.
    pub results: Vec<ValueType>,
}

impl FuncType {
    /// A signature from its parts.
    pub fn new(params: impl Into<Vec<ValueType>>, results: impl Into<Vec<ValueType>>) -> Self {
        Self { params: params.into(), results: results.into() }
    }

    /// How many slots a call needs: arguments come in and results go out through the same ones.
    pub fn slots(&self) -> usize {
        self.params.len().max(self.results.len())
    }
}

impl fmt::Display for FuncType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let list = |types: &[ValueType]| types.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
        write!(f, "func({})", list(&self.params))?;
        if !self.results.is_empty() {
            write!(f, " -> {}", list(&self.results))?;
        }
        Ok(())
    }
}

/// What kind of thing an import or export is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ExternKind {
    /// A function and its signature.
    Func(FuncType),
    /// A linear memory.
    Memory {
        /// Initial size in pages.
        minimum: u64,
        /// Declared maximum in pages, if any.
        maximum: Option<u64>,
        /// Whether addresses are 64-bit.
        memory64: bool,
        /// Whether it may be shared between threads.
        shared: bool,
    },
    /// A table.
    Table,
    /// A global.
    Global,
    /// An exception tag.
    Tag,
}

impl fmt::Display for ExternKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Func(ty) => ty.fmt(f),
            Self::Memory { minimum, maximum, memory64, shared } => {
                write!(f, "memory({minimum}")?;
                if let Some(maximum) = maximum {
                    write!(f, "..{maximum}")?;
                }
                f.write_str(" pages")?;
                if *memory64 {
                    f.write_str(", 64-bit")?;
                }
                if *shared {
                    f.write_str(", shared")?;
                }
                f.write_str(")")
            }
            Self::Table => f.write_str("table"),
            Self::Global => f.write_str("global"),
            Self::Tag => f.write_str("tag"),
        }
    }
}

/// One import or export of a module.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExternType {
    /// The module half of an import's name; empty for an export.
    pub module: String,
    /// The name.
    pub name: String,
    /// What it is.
    pub kind: ExternKind,
}
