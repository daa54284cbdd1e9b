//! What keeps replications from running although a plan is applied, as text.

use std::fmt;

use crate::link::{Check, Verdict};

use super::style::{CHANGE, HEADING, Painted, REMOVE, item, paragraph};

/// Failing checks on their way to a terminal.
pub(crate) struct ChecksText<'a> {
    /// The checks, the worst first.
    pub checks: &'a [Check],
    /// How wide the terminal is, in columns.
    pub width: usize,
}

impl fmt::Display for ChecksText<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.checks.is_empty() {
            return Ok(());
        }
        writeln!(f, "\n{}", Painted(HEADING, "Replications"))?;
        for check in self.checks {
            let style = match check.verdict {
                Verdict::Breaks => REMOVE,
                Verdict::MayBreak => CHANGE,
            };
            writeln!(f, "{}", Painted(style, item("!", &sentence(check), "  ", self.width)))?;
            writeln!(f, "{}", paragraph(&check.remedy_with_place(), "    ", self.width))?;
        }
        Ok(())
    }
}

/// `offsite will fail: chicago/user/replicator: …`
pub(crate) fn sentence(check: &Check) -> String {
    let replications: Vec<&str> = check.replications.iter().map(String::as_str).collect();
    let verdict = match check.verdict {
        Verdict::Breaks => "will fail",
        Verdict::MayBreak => "may fail",
    };
    format!("{} {verdict}: {}: {}", replications.join(", "), check.address, check.what)
}
