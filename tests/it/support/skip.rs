//! Tests that need something of the machine: they are skipped, visibly, where it is missing. CI sets
//! `TRUEUP_REQUIRE` to the names of what must be there.

use std::io::Write;

/// Says that something is missing, so that the running test skips.
///
/// # Panics
/// If `TRUEUP_REQUIRE` names it.
pub fn missing(name: &str, reason: &str) {
    let required = std::env::var("TRUEUP_REQUIRE").unwrap_or_default();
    assert!(
        required.split(' ').all(|required| required != name),
        "{reason}, and TRUEUP_REQUIRE names {name}"
    );
    skip(reason);
}

/// Says that a test is skipped, and why.
pub fn skip(reason: &str) {
    let test = std::thread::current().name().unwrap_or("a test").to_owned();
    note(&format!("skipped: {test}: {reason}"));
}

/// Prints a line about the tests themselves: not by a macro, whose text the test harness would keep.
pub fn note(text: &str) {
    let _ = writeln!(std::io::stderr(), "{text}");
}
