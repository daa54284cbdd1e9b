//! Commands as a person copies them into a shell.

use std::path::Path;

use crate::model::shell_words::quoted;

/// How to call this program again: with its path, if that is how it was called.
pub(super) fn this_program() -> String {
    let called = std::env::args().next().filter(|called| called.contains('/'));
    path(Path::new(called.as_deref().unwrap_or("trueup")))
}

/// A path as one word.
pub(super) fn path(path: &Path) -> String {
    quoted(&path.display().to_string())
}

/// A path as `.` takes it: without a slash it would be looked for in PATH.
#[cfg(feature = "sim")]
pub(super) fn sourced(file: &Path) -> String {
    if file.components().count() > 1 { path(file) } else { path(&Path::new(".").join(file)) }
}
