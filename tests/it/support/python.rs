//! The Python that has what some tests use from PyPI, made when it is first needed.

use std::process::Command;
use std::sync::OnceLock;

use super::repository;
use super::skip::{missing, note};

/// The Python that has these modules, parted by blanks. Where one is missing the test is skipped,
/// visibly; not in CI, which sets `TRUEUP_REQUIRE` to the modules that must be there.
///
/// # Panics
/// If a module is missing that is required.
pub fn with(modules: &str) -> Option<&'static str> {
    let python = python();
    let mut complete = true;
    for module in modules.split(' ') {
        let found = Command::new(python).args(["-c", &format!("import {module}")]).output();
        if found.is_ok_and(|output| output.status.success()) {
            continue;
        }
        let reason = format!("{python} has no module {module} (tests/strangers/requirements.txt)");
        missing(module, &reason);
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
