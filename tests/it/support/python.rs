//! The Python that has what some tests use from PyPI: `.ci/run` makes one, and requires it.

use std::io::Write;
use std::process::Command;

/// The Python that has these modules, parted by blanks. Where there is none the test is skipped,
/// visibly; not in CI, which sets `TRUEUP_REQUIRE` to the modules that must be there.
///
/// # Panics
/// If a module is missing that is required.
pub fn with(modules: &str) -> Option<String> {
    let python = std::env::var("TRUEUP_PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let required = std::env::var("TRUEUP_REQUIRE").unwrap_or_default();
    let mut complete = true;
    for module in modules.split(' ') {
        let found = Command::new(&python).args(["-c", &format!("import {module}")]).output();
        if found.is_ok_and(|output| output.status.success()) {
            continue;
        }
        assert!(
            required.split(' ').all(|name| name != module),
            "{python} has no module {module}, which TRUEUP_REQUIRE names"
        );
        skip(&format!("{python} has no module {module} (tests/strangers/requirements.txt)"));
        complete = false;
    }
    complete.then_some(python)
}

/// Says that a test is skipped, and why: not by a macro, whose text the test harness would keep.
pub fn skip(reason: &str) {
    let test = std::thread::current().name().unwrap_or("a test").to_owned();
    let _ = writeln!(std::io::stderr(), "skipped: {test}: {reason}");
}
