//! Runs [`tambo_fuzz::p1_paths`] on what libFuzzer finds.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| tambo_fuzz::p1_paths::run(data));
