//! From options to the runtime's configuration: the engine, and where the cache is.

use std::path::PathBuf;

use tambo::{CacheConfig, Config, EngineConfig};

use crate::args::{CacheOptions, EngineOptions};

/// The largest file that is taken for a module.
pub(crate) const MAX_MODULE: usize = 512 << 20;

/// The configuration of a runtime that runs one program and ends.
pub(crate) fn config(options: &EngineOptions, interrupts: bool, fuel: bool) -> Config {
    let engine_config = EngineConfig {
        fuel,
        interrupts,
        backtraces: !options.no_backtrace,
        debug_info: !options.no_backtrace,
        ..EngineConfig::default()
    };
    Config { engine: options.engine, engine_config, max_module_size: MAX_MODULE, ..Config::default() }
}

/// The cache, unless nobody wants one or there is no place for it.
pub(crate) fn cache(options: &CacheOptions) -> Option<CacheConfig> {
    if options.no_cache {
        return None;
    }
    let variable = |name| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let directory = options
        .cache_dir
        .clone()
        .or_else(|| variable("TAMBO_CACHE_DIR"))
        .or_else(|| variable("XDG_CACHE_HOME").filter(|path| path.is_absolute()).map(|path| path.join("tambo")))
        .or_else(|| variable("HOME").map(|home| home.join(".cache/tambo")))?;
    Some(CacheConfig { directory, max_bytes: options.cache_size })
}
