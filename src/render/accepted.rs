//! Accepted differences as text: what differs, why that is accepted, and until when.

use std::fmt;

use crate::plan::Accepted;

use super::style::{FAINT, HEADING, Painted, item, paragraph};
use super::value::inline;

/// Accepted differences on their way to a terminal; nothing if there are none.
pub struct AcceptedText<'a> {
    /// The differences.
    pub accepted: &'a [Accepted],
    /// How wide the terminal is, in columns.
    pub width: usize,
}

impl fmt::Display for AcceptedText<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.accepted.is_empty() {
            writeln!(f, "\n{}", Painted(HEADING, "Accepted for now"))?;
        }
        for it in self.accepted {
            let place = it.manifest.as_ref().map(|at| format!("  ({at})")).unwrap_or_default();
            let what = format!(
                "{}#{} is {}, should be {}",
                it.address,
                it.field,
                inline(&it.live),
                inline(&it.desired)
            );
            writeln!(f, "{}", item("-", &what, "  ", self.width))?;
            let why = format!("until {}: {}{place}", it.until, it.reason);
            writeln!(f, "{}", Painted(FAINT, paragraph(&why, "    ", self.width)))?;
        }
        Ok(())
    }
}
