//! Runs [`tambo_fuzz_targets::component_hostile`] on what libFuzzer finds.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    tambo_fuzz_targets::component_hostile::run(data);
});
