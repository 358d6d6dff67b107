//! The engine contract on wasmtime's core API.
