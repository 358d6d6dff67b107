//! Runs [`tambo_fuzz::component_hostile`] on what libFuzzer finds.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| tambo_fuzz::component_hostile::run(data));
