//! Runs [`tambo_fuzz_targets::component_values`] on what libFuzzer finds.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    tambo_fuzz_targets::component_values::run(data);
});
