//! Files that trueup writes.

use std::path::{Path, PathBuf};

use super::{Exit, Failure};

/// Writes the text beside the file and renames it, so that nobody sees half of it.
pub fn replace(path: &Path, text: &str) -> Result<(), Failure> {
    let mut part = path.as_os_str().to_owned();
    part.push(".part");
    let part = PathBuf::from(part);
    std::fs::write(&part, text).map_err(|error| failed(path, &error))?;
    std::fs::rename(&part, path).map_err(|error| failed(path, &error))
}

/// A file that could not be written.
pub fn failed(path: &Path, error: &std::io::Error) -> Failure {
    Failure::new(Exit::Failed, format!("`{}` could not be written: {error}", path.display()))
}
