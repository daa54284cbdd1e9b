//! Files that are named on the command line.

use std::fs::File;
use std::io::{ErrorKind, Read, Write};
#[cfg(feature = "sim")]
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use super::{Exit, Failure};

/// More than the plan or the report of any fleet, in bytes; a file that is larger is something
/// else.
const LARGEST: u64 = 64 << 20;

/// What a file holds. `made_by` says how a person comes by such a file.
///
/// # Errors
/// A file that is not there, may not be read, is too large or no UTF-8.
pub fn text(path: &Path, made_by: &str) -> Result<String, Failure> {
    let shown = path.display();
    let fail = |why: String| Failure::new(Exit::Usage, format!("`{shown}` {why}"));
    let mut text = String::new();
    let read = File::open(path).and_then(|it| it.take(LARGEST + 1).read_to_string(&mut text));
    match read {
        Ok(_) if text.len() as u64 > LARGEST => {
            Err(fail("is larger than 64 MiB".into()).remedy(made_by))
        }
        Ok(_) => Ok(text),
        Err(error) if error.kind() == ErrorKind::NotFound => {
            Err(fail("is not there".into()).remedy(made_by))
        }
        Err(error) => Err(fail(format!("could not be read: {error}")).remedy(made_by)),
    }
}

/// Refuses to write over what is something else: a manifest that was named by mistake. What stands
/// in the file may be replaced if its beginning `is_ours`; an empty document, a pipe and a device
/// may too.
///
/// # Errors
/// There is such a file, and it is no `what`.
pub fn refuse_other(
    path: &Path,
    what: &str,
    is_ours: impl Fn(&str) -> bool,
) -> Result<(), Failure> {
    const BEGINNING: u64 = 4096;
    if !std::fs::metadata(path).is_ok_and(|it| it.is_file()) {
        return Ok(());
    }
    let mut beginning = Vec::new();
    // What cannot be read is told when it is written.
    let read = File::open(path).and_then(|it| it.take(BEGINNING).read_to_end(&mut beginning));
    let text = String::from_utf8_lossy(&beginning);
    if read.is_err() || matches!(text.trim(), "" | "{}") || is_ours(&text) {
        return Ok(());
    }
    let message = format!("`{}` is there already, and is no {what}", path.display());
    Err(Failure::new(Exit::Usage, message)
        .remedy("nothing was contacted or written; name another file, or move this one away"))
}

/// Writes the text beside the file and renames it, so that nobody sees half of it. A link stays
/// and what it points to is written; what is no regular file, a pipe or a device, is written to.
/// Who may read a file that is there stays as it is.
pub fn replace(path: &Path, text: &str) -> Result<(), Failure> {
    let failed = |error| failed(path, &error);
    if std::fs::metadata(path).is_ok_and(|it| !it.is_file()) {
        return std::fs::write(path, text).map_err(failed);
    }
    let target = path.canonicalize().unwrap_or_else(|_| path.to_path_buf());
    let mut part = target.as_os_str().to_owned();
    part.push(format!(".{}.part", std::process::id()));
    let part = PathBuf::from(part);
    // What stands there already, a link for one, is nobody's to write to.
    let mut file = File::create_new(&part).map_err(failed)?;
    let written = file.write_all(text.as_bytes());
    let written = written.and_then(|()| match std::fs::metadata(&target) {
        Ok(before) => file.set_permissions(before.permissions()),
        Err(_) => Ok(()),
    });
    let written = written.and_then(|()| std::fs::rename(&part, &target));
    written.inspect_err(|_| drop(std::fs::remove_file(&part))).map_err(failed)
}

/// Writes a file that only its owner may read: it holds keys.
#[cfg(feature = "sim")]
pub fn private(path: &Path, text: &str) -> Result<(), Failure> {
    let mut options = File::options();
    let file = options.write(true).create(true).truncate(true).mode(0o600).open(path);
    file.and_then(|mut file| file.write_all(text.as_bytes())).map_err(|error| failed(path, &error))
}

/// A file that could not be written.
pub fn failed(path: &Path, error: &std::io::Error) -> Failure {
    let why = format!("`{}` could not be written: {error}", path.display());
    let failure = Failure::new(Exit::Failed, why);
    match error.kind() {
        ErrorKind::NotFound => failure.remedy("make its directory first, or name another file"),
        _ => failure.remedy("name a file in a directory that this user may write to"),
    }
}
