//! Runs [`tambo_fuzz_targets::p1_calls`] on what libFuzzer finds.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    tambo_fuzz_targets::p1_calls::run(data);
});
