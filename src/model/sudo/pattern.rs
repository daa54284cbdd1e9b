//! One command of a sudo list.

use regex::Regex;

use crate::model::glob::{self, Star};

/// What stands for every command.
pub(crate) const ALL: &str = "ALL";

/// A command that somebody runs with sudo.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Command<'a> {
    /// The path of the executable, without links: `/usr/sbin/zfs`.
    pub(crate) path: &'a str,
    /// The arguments, separated by single blanks.
    pub(crate) arguments: &'a str,
}

/// An entry of a list, understood.
pub(super) enum Pattern {
    All,
    Some { path: String, arguments: Arguments },
}

/// Which arguments an entry allows.
pub(super) enum Arguments {
    Any,
    None,
    Glob(String),
    Regex(Regex),
}

impl Pattern {
    /// `None` if trueup does not understand the entry.
    pub(super) fn parse(entry: &str) -> Option<Self> {
        let entry = entry.trim();
        if entry == ALL {
            return Some(Self::All);
        }
        // A line break ends the whole line.
        if entry.contains(|c: char| c.is_control() && c != '\t') {
            return None;
        }
        let mut words = entry.split([' ', '\t']).filter(|word| !word.is_empty());
        // The root directory alone is no command.
        let is_command = |path: &&str| path.starts_with('/') && path.contains(|c| c != '/');
        let path = words.next().filter(is_command)?;
        let arguments = words.collect::<Vec<_>>().join(" ");
        // Quotes join words in sudoers, a number sign begins a comment, and what a backslash does
        // depends on what follows it.
        let is_plain = |text: &str| !text.contains(['"', '\'', '#', '\\']);
        let arguments = match arguments.as_str() {
            "" => Arguments::Any,
            "\"\"" => Arguments::None,
            // TrueNAS writes every backslash twice, so that it stands for itself.
            regex if regex.starts_with('^') && regex.ends_with('$') => {
                Arguments::Regex(Regex::new(&regex.replace('\\', r"\\")).ok()?)
            }
            // What begins as an expression has to end as one.
            glob if is_plain(glob) && !glob.starts_with('^') => Arguments::Glob(glob.into()),
            _ => return None,
        };
        is_plain(path).then(|| Self::Some { path: path.into(), arguments })
    }

    pub(super) fn matches(&self, command: &Command<'_>) -> bool {
        let Self::Some { path, arguments } = self else { return true };
        is_path_of(path, command.path)
            && match arguments {
                Arguments::Any => true,
                Arguments::None => command.arguments.is_empty(),
                Arguments::Glob(glob) => glob::matches(glob, command.arguments, Star::Anything),
                Arguments::Regex(regex) => regex.is_match(command.arguments),
            }
    }
}

/// Whether a path of a list is that of the executable. sudo compares files, not names
/// (`match_command.c`), and `/bin` and `/sbin` are links into `/usr`.
fn is_path_of(listed: &str, executable: &str) -> bool {
    let compare = |listed: &str, path: &str| {
        let names = [Some(path), path.strip_prefix("/usr")];
        let mut names = names.into_iter().flatten();
        match glob::is_pattern(listed) {
            true => names.any(|name| glob::matches(listed, name, Star::WithinName)),
            false => names.any(|name| name == listed),
        }
    };
    match listed.strip_suffix('/') {
        Some(directory) => executable
            .rsplit_once('/')
            .is_some_and(|(in_directory, _)| compare(directory, in_directory)),
        None => compare(listed, executable),
    }
}
