//! The files that are given, and their text.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, Read};
use std::os::unix::fs::FileTypeExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::diagnostic::{Diagnostic, Report};
use super::links;
use super::source::{Source, Span};

/// How long a file may be, in bytes: far more than people write, and little enough to read twice.
const MAX_BYTES: u64 = 1 << 20;

/// A file's name, as it is shown, and its text.
#[derive(Clone, Debug)]
pub struct Text {
    /// The path as it was given; for a file of a directory, below that.
    pub name: String,
    /// The content.
    pub text: String,
}

/// The text of every file that is given, a directory standing for its `*.yaml` and `*.yml`, in
/// upper or lower case, in the order of their names. A file that is given twice counts once, and
/// keeps its first name: the inventory's, if it is that. Beside an inventory, links are reported
/// that lead away from what is given.
pub fn read(inventory: Option<&Path>, paths: &[PathBuf], report: &mut Report) -> Vec<Text> {
    let mut files = inventory.map_or_else(Vec::new, |inventory| files_of(inventory, report));
    for path in paths {
        let found = files_of(path, report);
        files.extend(found.into_iter().filter(|file| match inventory {
            Some(_) => is_not_foreign(path, file, report),
            None => true,
        }));
    }
    let mut known = BTreeSet::new();
    let mut texts = Vec::new();
    for path in files {
        if known.insert(fs::canonicalize(&path).unwrap_or_else(|_| path.clone())) {
            texts.extend(read_file(&path, texts.len(), report));
        }
    }
    texts
}

/// Whether no link leads from a given path to another file; one that does is reported.
fn is_not_foreign(given: &Path, file: &Path, report: &mut Report) -> bool {
    let refused = links::refuse_foreign(given, file);
    if let Err(link) = &refused {
        report.push(Diagnostic::nowhere(link.to_string()).help(
            "beside `--inventory`, whose other files may come from anybody, a link would show \
             lines of what it leads to: put the file itself there, or name it",
        ));
    }
    refused.is_ok()
}

/// The file itself, or the files of a directory.
pub fn files_of(path: &Path, report: &mut Report) -> Vec<PathBuf> {
    if !path.is_dir() {
        return vec![path.to_owned()];
    }
    let found = fs::read_dir(path).and_then(|entries| {
        let mut files = Vec::new();
        for entry in entries {
            let file = entry?.path();
            let hidden = file.file_name().is_some_and(|name| name.as_encoded_bytes()[0] == b'.');
            if has_yaml_extension(&file) && !hidden && !file.is_dir() {
                files.push(file);
            }
        }
        files.sort();
        Ok(files)
    });
    let shown = path.display();
    match found {
        Ok(files) if files.is_empty() => {
            let title = format!("the directory `{shown}` holds no `*.yaml` and no `*.yml`");
            report.push(Diagnostic::nowhere(title).help(
                "name a manifest with `-f`, or put one into the directory; directories below it \
                 are not looked into",
            ));
        }
        Err(error) => {
            report.push(Diagnostic::nowhere(format!("`{shown}` could not be listed: {error}")));
        }
        Ok(files) => return files,
    }
    Vec::new()
}

/// Whether a file's name ends in `.yaml` or `.yml`, in either case.
fn has_yaml_extension(file: &Path) -> bool {
    let is_one_of =
        |end: &std::ffi::OsStr| ["yaml", "yml"].iter().any(|yaml| end.eq_ignore_ascii_case(yaml));
    file.extension().is_some_and(is_one_of)
}

/// What to do instead of naming a pipe.
pub const PIPE_REMEDY: &str = "name a file, or `/dev/stdin` and pipe it in: nobody may ever write to a named pipe, and \
     reading it would wait for that";

/// Whether a path names a pipe in the file system, which may have no writer. The pipes of
/// `/dev/stdin` and of a shell's `<(…)` have no name there, and somebody at the other end.
pub fn is_named_pipe(path: &Path) -> bool {
    let target = fs::canonicalize(path).and_then(fs::symlink_metadata);
    target.is_ok_and(|target| target.file_type().is_fifo())
}

/// A file's text.
fn read_file(path: &Path, order: usize, report: &mut Report) -> Option<Text> {
    let name = path.display().to_string();
    if is_named_pipe(path) {
        report.push(Diagnostic::nowhere(format!("`{name}` is a named pipe")).help(PIPE_REMEDY));
        return None;
    }
    let mut bytes = Vec::new();
    let read = File::open(path).and_then(|file| file.take(MAX_BYTES + 1).read_to_end(&mut bytes));
    match read {
        Err(error) => {
            let missing = error.kind() == io::ErrorKind::NotFound;
            let problem = Diagnostic::nowhere(match missing {
                true => format!("the manifest `{name}` is not there"),
                false => format!("`{name}` could not be read: {error}"),
            });
            report.push(if missing {
                problem.help(
                    "name a manifest with `-f FILE`, or have a first one written from two systems \
                     as they are: `trueup init SOURCE_URL DESTINATION_URL`",
                )
            } else {
                problem
            });
            return None;
        }
        Ok(_) if bytes.len() as u64 > MAX_BYTES => {
            report.push(
                Diagnostic::nowhere(format!("`{name}` is larger than 1 MiB"))
                    .help("is this a manifest? a large one may be spread over several files"),
            );
            return None;
        }
        Ok(_) => {}
    }
    match String::from_utf8(bytes) {
        Ok(text) => Some(Text { name, text }),
        Err(error) => {
            report.push(not_utf8(&name, order, error.as_bytes(), error.utf8_error().valid_up_to()));
            None
        }
    }
}

/// The place of the first byte that is no UTF-8.
fn not_utf8(name: &str, order: usize, bytes: &[u8], valid: usize) -> Diagnostic {
    let line = bytes[valid..].iter().position(|&byte| byte == b'\n').unwrap_or(bytes.len() - valid);
    let text = String::from_utf8_lossy(&bytes[..valid + line]).into_owned();
    let secrets = super::secret::in_text(&text, true);
    let source = Arc::new(Source::new(name, order, text, &secrets));
    let title = format!("`{name}` is not UTF-8 text");
    Diagnostic::at(&Span::new(&source, valid..valid + 3), title, "not a UTF-8 character")
        .help("save the file as UTF-8")
}
