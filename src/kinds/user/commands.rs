//! Which of the wanted sudo commands the system would refuse, by what it has.
//!
//! TrueNAS looks up the first word of each (`plugins/account.py`, `validate_sudo_commands`): a path
//! that may hold patterns as Python's `glob` knows them. It must match something; with a slash at
//! its end a directory, else at least one executable file.

use serde_json::{Value, json};

use crate::kinds::DecodeError;
use crate::kinds::object::Object;
use crate::model::{Desired, shell_words};
use crate::truenas_wire::{Read, ReadError, ReadMethod, Replies};

use super::glob::expression;
use super::reads::stat;

/// How many directories that match a pattern are looked into. Where there are more, whether the
/// command is there is left to TrueNAS.
const MOST_DIRECTORIES: usize = 32;

/// A command that the system would refuse.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Refused {
    /// The whole entry, as the manifest has it.
    pub command: String,
    /// Why, and what to do about it.
    pub remedy: String,
}

/// The path that a command begins with.
struct Executable {
    command: String,
    /// Its parts, without a slash at the end.
    parts: Vec<String>,
    /// Whether it ends in a slash: every command in a directory.
    is_directory: bool,
}

/// The parts of a path around the first one that is a pattern.
struct Split<'a> {
    before: String,
    pattern: &'a str,
    after: &'a [String],
}

/// What a path turned out to be.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Found {
    Directory,
    Executable,
    OtherFile,
    /// A link, of which the listing does not tell where it leads.
    Link,
}

/// The reads that show the commands, as far as they are known at once.
pub(super) fn reads(want: &Desired) -> Vec<Read> {
    executables(want).iter().map(Executable::first_read).collect()
}

/// The reads of what is below the directories that match a pattern.
pub(super) fn more_reads(want: &Desired, first: &Replies) -> Vec<Read> {
    let executables = executables(want);
    let below = executables.iter().filter_map(|it| it.reads_below(first).ok().flatten());
    below.flatten().collect()
}

/// The commands that the system would refuse. What may not be read is left to TrueNAS.
///
/// # Errors
/// A reply that has not the shape that it should.
pub(super) fn refused(want: &Desired, replies: &Replies) -> Result<Vec<Refused>, DecodeError> {
    let mut refused = Vec::new();
    for executable in executables(want) {
        let found = executable.found(replies)?;
        if let Some(remedy) = found.and_then(|found| executable.refusal(&found)) {
            refused.push(Refused { command: executable.command, remedy });
        }
    }
    Ok(refused)
}

fn executables(want: &Desired) -> Vec<Executable> {
    let lists = ["sudo.no_password", "sudo.password"].into_iter();
    let commands = lists.filter_map(|field| want.get(field)?.as_array()).flatten();
    commands.filter_map(|command| Executable::of(command.as_str()?)).collect()
}

impl Executable {
    /// `ALL` has none.
    fn of(command: &str) -> Option<Self> {
        let words = shell_words::split(command).ok()?;
        let path = words.first()?.strip_prefix('/')?;
        let is_directory = path.ends_with('/');
        let parts = path.trim_end_matches('/').split('/').map(Into::into).collect();
        Some(Self { command: command.into(), parts, is_directory })
    }

    fn path(&self) -> String {
        format!("/{}", self.parts.join("/"))
    }

    fn first_read(&self) -> Read {
        match split(&self.parts) {
            Some(Split { before, pattern, .. }) => listing(&before, pattern),
            None => stat(&self.path()),
        }
    }

    /// The reads below the directories that match the first pattern; `None` where nothing is below
    /// it, or too much.
    fn reads_below(&self, first: &Replies) -> Result<Option<Vec<Read>>, DecodeError> {
        let Some(Split { before, pattern, after }) = split(&self.parts) else { return Ok(None) };
        let matches = matches(first.get(&listing(&before, pattern))?, pattern)?;
        let directories: Vec<String> = matches
            .into_iter()
            .filter(|(_, found)| matches!(found, Found::Directory | Found::Link))
            .map(|(name, _)| join(&before, &name))
            .collect();
        if after.is_empty() || directories.len() > MOST_DIRECTORIES {
            return Ok(None);
        }
        let below = |directory: &String| match split(after) {
            None => Some(stat(&join(directory, &after.join("/")))),
            Some(Split { before, pattern, after: [] }) => {
                Some(listing(&join(directory, before.trim_start_matches('/')), pattern))
            }
            Some(_) => None,
        };
        Ok(directories.iter().map(below).collect())
    }

    /// What there is of it; `None` if that is not known.
    fn found(&self, replies: &Replies) -> Known {
        let Some(Split { before, pattern, after }) = split(&self.parts) else {
            return one(replies.get(&stat(&self.path())));
        };
        if after.is_empty() {
            return several(replies.get(&listing(&before, pattern)), pattern);
        }
        let reads = match self.reads_below(replies) {
            Ok(Some(reads)) => reads,
            Err(DecodeError::Read(ReadError::Missing(_))) => return Ok(Some(Vec::new())),
            Ok(None) | Err(DecodeError::Read(_)) => return Ok(None),
            Err(other) => return Err(other),
        };
        let last = after.last().map(String::as_str).unwrap_or_default();
        let found = reads.iter().map(|read| match read.method {
            ReadMethod::FilesystemStat => one(replies.get(read)),
            _ => several(replies.get(read), last),
        });
        let found: Option<Vec<Vec<Found>>> = found.collect::<Result<_, _>>()?;
        Ok(found.map(|found| found.concat()))
    }

    /// Why TrueNAS refuses it.
    fn refusal(&self, found: &[Found]) -> Option<String> {
        let path = self.path();
        let is_pattern = split(&self.parts).is_some();
        let has = |wanted: Found| found.contains(&wanted) || found.contains(&Found::Link);
        match (self.is_directory, is_pattern) {
            (true, _) if has(Found::Directory) => None,
            (false, _) if has(Found::Executable) => None,
            (_, false) if found.is_empty() => {
                Some(format!("the system has no `{path}`; TrueNAS refuses such a command"))
            }
            (_, true) if found.is_empty() => Some(format!(
                "nothing on the system matches `{path}`; TrueNAS refuses such a command"
            )),
            (true, _) => {
                Some(format!("`{path}` is not a directory; write it without the slash at its end"))
            }
            (false, _) if found.contains(&Found::Directory) => Some(format!(
                "`{path}` is a directory; write `{path}/` if every command in it is meant"
            )),
            (false, _) => {
                Some(format!("`{path}` is not executable; TrueNAS refuses such a command"))
            }
        }
    }
}

/// The parts of a path around the first one that is a pattern, if any is.
fn split(parts: &[String]) -> Option<Split<'_>> {
    let at = parts.iter().position(|part| part.contains(['*', '?', '[']))?;
    let before = format!("/{}", parts[..at].join("/"));
    Some(Split { before, pattern: &parts[at], after: &parts[at + 1..] })
}

fn join(directory: &str, name: &str) -> String {
    match name {
        "" => directory.into(),
        _ => format!("{}/{name}", directory.trim_end_matches('/')),
    }
}

/// What of a directory matches a pattern.
fn listing(directory: &str, pattern: &str) -> Read {
    let filter = json!([["name", "~", expression(pattern)]]);
    let options = json!({ "select": ["name", "type", "mode"] });
    Read::call(ReadMethod::FilesystemListdir, vec![json!(directory), filter, options])
}

/// The entries of a listing that a pattern matches: names that begin with a dot only if it does.
fn matches(reply: &Value, pattern: &str) -> Result<Vec<(String, Found)>, DecodeError> {
    let mut matches = Vec::new();
    for entry in reply.as_array().into_iter().flatten() {
        let entry = Object::new("filesystem.listdir", entry);
        let (name, mode) = (entry.text("name")?, entry.number("mode")?);
        let found = match entry.text("type")?.as_str() {
            "DIRECTORY" => Found::Directory,
            "SYMLINK" => Found::Link,
            "FILE" if mode & EXECUTABLE != 0 => Found::Executable,
            _ => Found::OtherFile,
        };
        if pattern.starts_with('.') || !name.starts_with('.') {
            matches.push((name, found));
        }
    }
    Ok(matches)
}

/// Whether anybody may execute a file: TrueNAS asks as root.
const EXECUTABLE: u64 = 0o111;

/// What there is, unless that may not be read.
type Known = Result<Option<Vec<Found>>, DecodeError>;

fn several(reply: Result<&Value, ReadError>, pattern: &str) -> Known {
    match reply {
        Ok(reply) => {
            let matches = matches(reply, pattern)?;
            Ok(Some(matches.into_iter().map(|(_, found)| found).collect()))
        }
        Err(ReadError::Missing(_)) => Ok(Some(Vec::new())),
        Err(_) => Ok(None),
    }
}

/// What a path is: `filesystem.stat` shows the mode of what a link leads to.
fn one(reply: Result<&Value, ReadError>) -> Known {
    const TYPE: u64 = 0o170_000;
    let mode = match reply {
        Ok(reply) => Object::new("filesystem.stat", reply).number("mode")?,
        Err(ReadError::Missing(_)) => return Ok(Some(Vec::new())),
        Err(_) => return Ok(None),
    };
    Ok(Some(vec![match mode & TYPE {
        0o040_000 => Found::Directory,
        0o100_000 if mode & EXECUTABLE != 0 => Found::Executable,
        _ => Found::OtherFile,
    }]))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(command: &str, found: &[Found]) -> Option<String> {
        Executable::of(command).expect("a path").refusal(found)
    }

    #[test]
    fn a_command_must_be_executable_and_a_directory_one() {
        use Found::{Directory, Executable, Link, OtherFile};
        assert_eq!(refusal("/a/b -x", &[Executable]), None);
        assert_eq!(refusal("/a/", &[Directory]), None);
        assert_eq!(refusal("/a/*", &[OtherFile, Executable]), None);
        assert_eq!(refusal("/a/*", &[Link]), None, "where it leads is not shown");
        for (command, found, told) in [
            ("/a/b", &[][..], "the system has no `/a/b`; TrueNAS refuses such a command"),
            ("/a/*", &[], "nothing on the system matches `/a/*`; TrueNAS refuses such a command"),
            (
                "/a",
                &[Directory],
                "`/a` is a directory; write `/a/` if every command in it is meant",
            ),
            (
                "/a/",
                &[Executable],
                "`/a` is not a directory; write it without the slash at its end",
            ),
            ("/a/b", &[OtherFile], "`/a/b` is not executable; TrueNAS refuses such a command"),
        ] {
            assert_eq!(refusal(command, found).as_deref(), Some(told));
        }
    }
}
