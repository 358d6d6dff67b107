//! Fuzz targets as plain functions of bytes, so that libFuzzer, a test and a crash file all run the same code.
//!
//! ```sh
//! cargo +nightly fuzz run p1_calls
//! cargo test --no-default-features        # each target for a moment, without libFuzzer
//! ```

mod input;
pub mod p1_calls;
pub mod p1_paths;

pub use input::Input;
