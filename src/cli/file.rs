//! Files that trueup writes.

use std::path::{Path, PathBuf};

use super::{Exit, Failure};

/// Writes the text beside the file and renames it, so that nobody sees half of it. A link stays
/// and what it points to is written; what is no regular file, a pipe or a device, is written to.
pub fn replace(path: &Path, text: &str) -> Result<(), Failure> {
    let failed = |error| failed(path, &error);
    if std::fs::metadata(path).is_ok_and(|it| !it.is_file()) {
        return std::fs::write(path, text).map_err(failed);
    }
    let target = path.canonicalize().unwrap_or_else(|_| path.to_path_buf());
    let mut part = target.as_os_str().to_owned();
    part.push(".part");
    let part = PathBuf::from(part);
    let written = std::fs::write(&part, text).and_then(|()| std::fs::rename(&part, &target));
    written.inspect_err(|_| drop(std::fs::remove_file(&part))).map_err(failed)
}

/// A file that could not be written.
pub fn failed(path: &Path, error: &std::io::Error) -> Failure {
    Failure::new(Exit::Failed, format!("`{}` could not be written: {error}", path.display()))
}
