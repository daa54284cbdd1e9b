//! The release that a system runs, and everything that differs from release to release.
//!
//! One table, one column per release line: adding a release is adding a column. Kinds ask it
//! what to send, the session asks it what to expect; nothing else in the crate compares versions.
//! The facts are from `reference/truenas-api.md` and the recordings of each release.

use std::fmt;

/// How a service is started and stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ServiceControl {
    /// `service.control VERB` is a job (25.10 and later).
    Job,
    /// `service.start`, `service.stop`: plain calls that answer a boolean (25.04).
    Calls,
}

/// What differs between release lines.
#[derive(Debug, PartialEq, Eq)]
pub struct Dialect {
    /// The first two numbers of the versions it speaks for.
    pub line: (u16, u16),
    /// How services are controlled.
    pub service_control: ServiceControl,
    /// `core.set_options {"legacy_jobs": false}` makes a job's call answer with its result.
    pub jobs_answer_with_result: bool,
    /// A dataset created without `comments` gets the literal text `INHERIT` (26.0).
    pub comments_must_be_sent: bool,
}

/// Every release line that trueup knows, oldest first.
pub const DIALECTS: [Dialect; 2] = [
    Dialect {
        line: (25, 10),
        service_control: ServiceControl::Job,
        jobs_answer_with_result: true,
        comments_must_be_sent: false,
    },
    Dialect {
        line: (26, 0),
        service_control: ServiceControl::Job,
        jobs_answer_with_result: true,
        comments_must_be_sent: true,
    },
];

/// A system's release.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Release {
    /// As the system says it: `25.10.6`.
    pub version: String,
    /// What it speaks.
    pub dialect: &'static Dialect,
    /// Newer than every line that trueup knows: spoken to as the newest known one.
    pub newer_than_known: bool,
}

impl Release {
    /// The release of a version such as `25.10.6` or `26.0.0-RC.1`; `None` if it is older than
    /// every line that trueup speaks, or no version at all.
    pub fn of(version: &str) -> Option<Self> {
        let line = line_of(version)?;
        let dialect = DIALECTS.iter().rev().find(|dialect| dialect.line <= line)?;
        let newest = DIALECTS.iter().map(|dialect| dialect.line).max();
        Some(Self {
            version: version.into(),
            dialect,
            newer_than_known: newest.is_some_and(|newest| line > newest),
        })
    }
}

impl fmt::Display for Release {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.version)
    }
}

/// The first two numbers of a version, leniently: `v25.10.5`, `TrueNAS-25.10.6`, `26.0.0-RC.1`.
pub fn line_of(version: &str) -> Option<(u16, u16)> {
    let start = version.find(|c: char| c.is_ascii_digit())?;
    let mut numbers = version[start..].split(|c: char| !c.is_ascii_digit());
    Some((numbers.next()?.parse().ok()?, numbers.next()?.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_speaks_its_line_or_the_nearest_older_one() {
        let line = |version: &str| Release::of(version).map(|release| release.dialect.line);
        assert_eq!(line("25.10.6"), Some((25, 10)));
        assert_eq!(line("26.0.0-RC.1"), Some((26, 0)));
        assert_eq!(line("24.10.2"), None);
        assert_eq!(line("nonsense"), None);
        assert_eq!(line("31.4"), Some((26, 0)));
        assert!(Release::of("31.4").is_some_and(|release| release.newer_than_known));
    }
}
