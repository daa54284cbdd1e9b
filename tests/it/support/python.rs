//! The Python that has what some tests use from PyPI, made when it is first needed.

use std::io::Write;
use std::process::Command;
use std::sync::OnceLock;

use super::repository;

/// The Python that has these modules, parted by blanks. Where one is missing the test is skipped,
/// visibly; not in CI, which sets `TRUEUP_REQUIRE` to the modules that must be there.
///
/// # Panics
/// If a module is missing that is required.
pub fn with(modules: &str) -> Option<&'static str> {
    let python = python();
    let required = std::env::var("TRUEUP_REQUIRE").unwrap_or_default();
    let mut complete = true;
    for module in modules.split(' ') {
        let found = Command::new(python).args(["-c", &format!("import {module}")]).output();
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

/// A virtual environment in the target folder; the system's Python where none can be made.
fn python() -> &'static str {
    static PYTHON: OnceLock<String> = OnceLock::new();
    PYTHON.get_or_init(|| {
        let folder = repository(env!("CARGO_TARGET_TMPDIR")).join("python");
        let made = Command::new(repository("tests/strangers/make-python")).arg(folder).output();
        match made {
            Ok(made) if made.status.success() => {
                String::from_utf8_lossy(&made.stdout).trim().to_owned()
            }
            Ok(made) => {
                note(&format!("no virtual environment: {}", String::from_utf8_lossy(&made.stderr)));
                "python3".to_owned()
            }
            Err(error) => {
                note(&format!("no virtual environment: {error}"));
                "python3".to_owned()
            }
        }
    })
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
