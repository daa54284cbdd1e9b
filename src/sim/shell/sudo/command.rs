//! Which commands a rule covers.
//!
//! Source: sudo 1.9.13 `match_command.c`.

use super::super::super::system::System;
use super::super::path;
use super::fnmatch::{self, fnmatch};
use super::regular_expression;
use super::sudoers::Rule;

/// What somebody wants to run.
pub(super) struct Wanted<'a> {
    /// The path of the program, or the name if there is none.
    pub(super) program: &'a str,
    /// Its arguments.
    pub(super) arguments: &'a [String],
}

impl Rule {
    pub(super) fn covers(&self, system: &System, wanted: &Wanted<'_>) -> bool {
        let Some(path) = &self.path else { return true };
        let is_meant = if path.contains(['*', '?', '[', ']', '\\']) {
            matches_glob(system, path, wanted.program)
        } else {
            matches_path(system, path, wanted.program)
        };
        is_meant && matches_arguments(self.arguments.as_deref(), wanted.arguments)
    }
}

/// A path, or a directory that holds the program. Two paths of one file are the same.
fn matches_path(system: &System, path: &str, program: &str) -> bool {
    let base = path::base(program);
    if path.ends_with('/') {
        return matches_directory(system, path, program);
    }
    if path::base(path) == "sudoedit" || path::base(path) != base {
        return false;
    }
    match path::locate(system, path) {
        Some(found) => path::locate(system, program).is_some_and(|program| program == found),
        None => path == program,
    }
}

fn matches_directory(system: &System, directory: &str, program: &str) -> bool {
    let found = path::locate(system, &format!("{directory}{}", path::base(program)));
    found.is_some() && found == path::locate(system, program)
}

/// The paths that a pattern stands for, one of which is the program's, or its directory.
fn matches_glob(system: &System, pattern: &str, program: &str) -> bool {
    let base = path::base(program);
    path::directories_with(system, base).iter().any(|directory| {
        let (pattern, path) = match pattern.strip_suffix('/') {
            Some(pattern) => (pattern, directory.clone()),
            None => (pattern, format!("{directory}/{base}")),
        };
        let parts = || pattern.split('/').zip(path.split('/'));
        let fits = pattern.matches('/').count() == path.matches('/').count()
            && parts().all(|(pattern, part)| fnmatch::component(pattern, part));
        fits && matches_directory(system, &format!("{directory}/"), program)
    })
}

/// None named: any; `""`: none; `^…$`: a regular expression; else a pattern for all of them, with
/// blanks between.
fn matches_arguments(named: Option<&str>, given: &[String]) -> bool {
    let joined = given.join(" ");
    match named {
        None => true,
        Some("\"\"") => given.is_empty(),
        Some(named) if named.starts_with('^') && named.ends_with('$') => {
            regular_expression::compile(named)
                .is_some_and(|expression| expression.is_match(joined.as_bytes()))
        }
        Some(named) => fnmatch(named.as_bytes(), joined.as_bytes()),
    }
}
