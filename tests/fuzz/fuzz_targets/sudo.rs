//! Searches for inputs that break a law of the target `sudo`.

#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| trueup::fuzz::sudo(input));
