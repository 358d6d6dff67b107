//! Cases of `wasi:io`.

mod error;
mod input_stream;
mod output_stream;
mod poll;
mod splice;

conformance::command!(error, input_stream, output_stream, poll, splice);
