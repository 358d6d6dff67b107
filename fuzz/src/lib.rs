//! Fuzz targets as plain functions of bytes, so that libFuzzer, a test and a crash file all run the same code.
//!
//! ```sh
//! cargo +nightly fuzz run p1_calls
//! cargo +nightly fuzz run component_plan       # bytes into plans and images
//! cargo +nightly fuzz run component_values     # values through generated components
//! cargo +nightly fuzz run component_hostile    # guests that misbehave
//! cargo test --no-default-features        # each target for a moment, without libFuzzer
//! ```

pub mod component_hostile;
pub mod component_plan;
pub mod component_values;
mod input;
pub mod p1_calls;
pub mod p1_paths;

pub use input::Input;
