//! Searches for inputs that break a law of the target `manifest`.

#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| trueup::fuzz::manifest(input));
