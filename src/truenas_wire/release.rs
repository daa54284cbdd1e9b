//! The release that a system runs, and everything that differs from release to release.
//!
//! One table, one column per release line: adding a release is adding a column. Kinds ask it
//! what to send, the session asks it what to expect; nothing else in the crate compares versions.
//! The facts are from `reference/truenas-api.md` and the recordings of each release.

use std::fmt;
use std::sync::LazyLock;
use std::time::Duration;

use regex::Regex;

/// What trueup knows a release line from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Known {
    /// From what a real system of that line answered.
    Recorded,
    /// From its published schemas only.
    SchemasOnly,
}

/// How a service is started and stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ServiceControl {
    /// `service.control VERB` is a job.
    Job,
    /// `service.start`, `service.stop`: plain calls that answer a boolean.
    Calls,
}

/// What the call of a job is answered with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JobAnswer {
    /// The job's number, whatever the client asks for; the job is looked up.
    Number,
    /// The job's result when it has ended, once `core.set_options` has echoed
    /// `legacy_jobs: false`.
    Result,
}

/// How an API key is shown to be one's own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyLogin {
    /// It is sent (`API_KEY_PLAIN`). `auth.mechanism_choices` fails before the login.
    Plain,
    /// By SCRAM-SHA-512, which never sends it, where `auth.mechanism_choices` offers that.
    ScramIfOffered,
}

/// What differs between release lines.
#[derive(Debug, PartialEq, Eq)]
pub struct Dialect {
    /// The first two numbers of the versions it speaks for.
    pub line: (u16, u16),
    /// What it is known from.
    pub known: Known,
    /// How services are controlled.
    pub service_control: ServiceControl,
    /// How calls of jobs are answered.
    pub job_answer: JobAnswer,
    /// How trueup logs in.
    pub key_login: KeyLogin,
    /// After how much silence nginx cuts a connection: its default until `proxy_read_timeout`
    /// was set (`etc_files/local/nginx/nginx.conf.mako`).
    pub longest_silence: Duration,
    /// A dataset created without `comments` gets the literal text `INHERIT`.
    pub comments_must_be_sent: bool,
}

/// Turns rows of values into a [`Dialect`] per column.
macro_rules! columns {
    ($($field:ident: $a:expr, $b:expr, $c:expr, $d:expr;)*) => {
        [
            Dialect { $($field: $a),* },
            Dialect { $($field: $b),* },
            Dialect { $($field: $c),* },
            Dialect { $($field: $d),* },
        ]
    };
}

const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(3600);

/// Every release line that trueup knows, oldest first.
#[rustfmt::skip]
pub const DIALECTS: [Dialect; 4] = {
    use {JobAnswer::*, KeyLogin::*, Known::*, ServiceControl::*};
    columns! {
        line:                  (25, 4),  (25, 10), (26, 0),        (27, 0);
        known:                 Recorded, Recorded, Recorded,       SchemasOnly;
        service_control:       Calls,    Job,      Job,            Job;
        job_answer:            Number,   Result,   Result,         Result;
        key_login:             Plain,    Plain,    ScramIfOffered, ScramIfOffered;
        longest_silence:       MINUTE,   MINUTE,   HOUR,           HOUR;
        comments_must_be_sent: false,    false,    true,           true;
    }
};

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
    /// Whether it refuses keys in a home that the account cannot reach (middleware pull request 19652,
    /// in 26.0.0; not in its previews).
    pub fn checks_homes_of_keys(&self) -> bool {
        let is_preview = self.dialect.line == (26, 0) && self.version.contains('-');
        self.dialect.line >= (26, 0) && !is_preview
    }

    /// The release of a version such as `25.10.6` or `26.0.0-RC.1`; `None` if it is older than
    /// every line that trueup speaks, or no version at all: the text is shown wherever the system
    /// is named.
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

/// A version: numbers, and what a build that is none of a release has after them. TrueNAS' own
/// products may be named in front (`TrueNAS-25.10.6`), and the API's versions begin with `v`.
static VERSION: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"^(?:v|TrueNAS-(?:SCALE-)?)?([0-9]{1,4})\.([0-9]{1,4})(?:[.-][0-9A-Za-z]{1,32}){0,8}$",
    )
    .expect("a constant pattern must compile")
});

/// The first two numbers of a version: `v25.10.5`, `TrueNAS-25.10.6`, `26.0.0-RC.1`.
pub fn line_of(version: &str) -> Option<(u16, u16)> {
    let numbers = VERSION.captures(version)?;
    Some((numbers[1].parse().ok()?, numbers[2].parse().ok()?))
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
        assert_eq!(line("25.04.2.6"), Some((25, 4)));
        assert_eq!(line("25.07"), Some((25, 4)));
        assert_eq!(line("27.0.0-MASTER-20260920"), Some((27, 0)));
        assert_eq!(line("31.4"), Some((27, 0)));
        assert_eq!(line("TrueNAS-SCALE-25.04.0"), Some((25, 4)));
        for forged in
            ["25.10.6\n::add-mask::x", "a 25.10", "25.10\u{200b}", "25.10.6 ", "٢٥.10", "25"]
        {
            assert_eq!(line(forged), None, "{forged:?}");
        }
        assert!(Release::of("31.4").is_some_and(|release| release.newer_than_known));
    }
}
