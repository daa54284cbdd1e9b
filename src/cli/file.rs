//! Files that are named on the command line.

use std::fs::File;
use std::io::{ErrorKind, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use crate::manifest::files::{PIPE_REMEDY, is_named_pipe};

use super::{Exit, Failure};

/// More than the plan or the report of a thousand systems, in bytes; a file that is larger is
/// something else. No larger one is saved.
pub(super) const LARGEST: u64 = 16 << 20;

/// What a file holds. `made_by` says how a person comes by such a file.
///
/// # Errors
/// A file that is not there, may not be read, is too large or no UTF-8.
pub(super) fn text(path: &Path, made_by: &str) -> Result<String, Failure> {
    let shown = path.display();
    let fail = |why: String| Failure::new(Exit::Usage, format!("`{shown}` {why}"));
    if is_named_pipe(path) {
        return Err(fail("is a named pipe".into()).remedy(PIPE_REMEDY));
    }
    let mut text = String::new();
    let read = File::open(path).and_then(|it| it.take(LARGEST + 1).read_to_string(&mut text));
    match read {
        Ok(_) if text.len() as u64 > LARGEST => {
            Err(fail("is larger than 16 MiB".into()).remedy(made_by))
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
/// There is such a file, and it is no `what`; or the path is a link to a file that is not there.
pub(super) fn refuse_other(
    path: &Path,
    what: &str,
    is_ours: impl Fn(&str) -> bool,
) -> Result<(), Failure> {
    const BEGINNING: u64 = 4096;
    if let Some(target) = dangling_link(path) {
        let message =
            format!("`{}` is a link to `{}`, which is not there", path.display(), target.display());
        return Err(Failure::new(Exit::Usage, message).remedy(
            "nothing was contacted or written; make that file first, or name another one",
        ));
    }
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

/// Where a link leads to that leads to nothing.
fn dangling_link(path: &Path) -> Option<PathBuf> {
    std::fs::read_link(path).ok().filter(|_| !path.exists())
}

/// Writes the text beside the file and renames it, so that nobody sees half of it. A link stays
/// and what it points to is written; what is no regular file, a pipe or a device, is written to.
/// Who may read a file that is there stays as it is.
pub(super) fn replace(path: &Path, text: &str) -> Result<(), Failure> {
    let staged = Staged::write(path, text, None).map_err(|error| failed(path, &error))?;
    staged.publish().map_err(|error| failed(path, &error))
}

/// Writes several files like [`replace`], all of them or none: none is renamed before every one is
/// written.
pub(super) fn replace_all(files: &[(PathBuf, String)]) -> Result<(), Failure> {
    let stage = |(path, text): &(PathBuf, String)| {
        Staged::write(path, text, None).map_err(|error| failed(path, &error))
    };
    let staged = files.iter().map(stage).collect::<Result<Vec<_>, _>>()?;
    for (staged, (path, _)) in staged.into_iter().zip(files) {
        staged.publish().map_err(|error| failed(path, &error))?;
    }
    Ok(())
}

/// Refuses a path where keys are not written to: whoever made the link, pipe or device there would
/// decide who reads them.
///
/// # Errors
/// There is something that is no regular file.
#[cfg(feature = "sim")]
pub(super) fn refuse_irregular(path: &Path) -> Result<(), Failure> {
    if std::fs::symlink_metadata(path).is_ok_and(|it| !it.is_file()) {
        let message = format!("`{}` is not a regular file", path.display());
        return Err(Failure::new(Exit::Usage, message)
            .remedy("keys are written to a file of their own: name one, or remove what is there"));
    }
    Ok(())
}

/// Writes a file like [`replace`] that only its owner may read: it holds keys.
#[cfg(feature = "sim")]
pub(super) fn private(path: &Path, text: &str) -> Result<(), Failure> {
    refuse_irregular(path)?;
    let staged = Staged::write(path, text, Some(0o600)).map_err(|error| failed(path, &error))?;
    staged.publish().map_err(|error| failed(path, &error))
}

/// A text that is written beside its file and not yet in its place. Dropped before it is
/// published, it leaves nothing behind.
#[derive(Debug)]
struct Staged {
    /// Where it is; `None` for what is written to directly, and once it is published.
    part: Option<PathBuf>,
    target: PathBuf,
}

impl Staged {
    /// Writes the text, to the disk and not only to a buffer of it: a disk that is full says so
    /// here.
    fn write(path: &Path, text: &str, mode: Option<u32>) -> std::io::Result<Self> {
        if std::fs::metadata(path).is_ok_and(|it| !it.is_file()) {
            std::fs::write(path, text)?;
            return Ok(Self { part: None, target: path.to_path_buf() });
        }
        if dangling_link(path).is_some() {
            // Renamed onto it, the file would take the link's place.
            return Err(std::io::Error::new(ErrorKind::NotFound, "it is a link to nothing"));
        }
        let target = path.canonicalize().unwrap_or_else(|_| path.to_path_buf());
        let mut part = target.as_os_str().to_owned();
        part.push(format!(".{}.part", std::process::id()));
        let part = PathBuf::from(part);
        let mut options = File::options();
        // What stands there already, a link for one, is nobody's to write to.
        options.write(true).create_new(true);
        if let Some(mode) = mode {
            options.mode(mode);
        }
        let mut file = options.open(&part)?;
        let staged = Self { part: Some(part), target };
        file.write_all(text.as_bytes())?;
        if mode.is_none()
            && let Ok(before) = std::fs::metadata(&staged.target)
        {
            file.set_permissions(before.permissions())?;
        }
        file.sync_all()?;
        Ok(staged)
    }

    /// Puts it in its place.
    fn publish(mut self) -> std::io::Result<()> {
        if let Some(part) = &self.part {
            std::fs::rename(part, &self.target)?;
        }
        self.part = None;
        Ok(())
    }
}

impl Drop for Staged {
    fn drop(&mut self) {
        if let Some(part) = &self.part {
            // The failure that led here is what matters.
            let _ = std::fs::remove_file(part);
        }
    }
}

/// A file that could not be written.
pub(super) fn failed(path: &Path, error: &std::io::Error) -> Failure {
    let why = format!("`{}` could not be written: {error}", path.display());
    let failure = Failure::new(Exit::Failed, why);
    match error.kind() {
        ErrorKind::NotFound => failure.remedy("make its directory first, or name another file"),
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => {
            failure.remedy("free some space, or name a file on another file system")
        }
        _ => failure.remedy("name a file in a directory that this user may write to"),
    }
}
