//! Searches for inputs that break a law of the target `authorized_keys`.

#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| trueup::fuzz::authorized_keys(input));
