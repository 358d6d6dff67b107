//! How a runtime is built.

use std::fmt;
use std::str::FromStr;

use tambo_engine::EngineConfig;

use crate::{CacheConfig, Error, ErrorKind};

/// Which engine executes core WebAssembly.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum EngineKind {
    /// Compiles to native code: fast guests, slower first start.
    Wasmtime,
    /// Interprets: immediate start, slower guests, no native code.
    Wasmi,
}

impl EngineKind {
    /// All engines, compiled in or not.
    pub const ALL: &[Self] = &[Self::Wasmtime, Self::Wasmi];

    /// Its name on a command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Wasmtime => "wasmtime",
            Self::Wasmi => "wasmi",
        }
    }
}

impl Default for EngineKind {
    /// The fastest that is compiled in.
    fn default() -> Self {
        if cfg!(feature = "wasmtime") { Self::Wasmtime } else { Self::Wasmi }
    }
}

impl fmt::Display for EngineKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for EngineKind {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self, Error> {
        Self::ALL.iter().copied().find(|kind| kind.name() == name).ok_or_else(|| {
            let known = Self::ALL.iter().map(|kind| kind.name()).collect::<Vec<_>>().join(", ");
            Error::new(ErrorKind::Setup, format!("no engine is called {name:?}")).with_hint(format!("one of: {known}"))
        })
    }
}

/// The choices of a runtime. The default runs one guest at a time with backtraces, without a cache.
#[derive(Clone, Debug)]
pub struct Config {
    /// The engine.
    pub engine: EngineKind,
    /// What the engine is built with: metering, interrupts, pooling.
    pub engine_config: EngineConfig,
    /// Where compiled modules are kept between runs; nowhere by default.
    pub cache: Option<CacheConfig>,
    /// The largest module, in bytes, that is compiled at all.
    pub max_module_size: usize,
    /// How many modules are compiled at once; others wait.
    pub max_compilations: usize,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            engine: EngineKind::default(),
            engine_config: EngineConfig::default(),
            cache: None,
            max_module_size: 512 << 20,
            max_compilations: 4,
        }
    }
}
