//! Files of trueup's that are no manifest: one error says which command takes them, instead of one
//! for every key.

use std::ops::Range;

use serde_yaml::Spanned;

use super::secret;
use super::yaml::Raw;

type Entries = [(Spanned<Raw>, Spanned<Raw>)];

/// What was taken for a manifest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Foreign {
    /// What `plan --out` writes.
    Plan,
    /// What `--report` and `drift --format json` write.
    Report,
    /// What `sim` reads.
    Fleet,
}

impl Foreign {
    /// What the file is, if it says so, and where it does: in a key that no manifest has.
    pub fn of(raw: &Raw) -> Option<(Self, Range<usize>)> {
        let Raw::Map(root) = raw else { return None };
        if value(root, "version").is_some() {
            return None;
        }
        if let (Some((key, _)), Some(_)) =
            (entry(root, "format_version"), entry(root, "tool_version"))
        {
            let is_plan = entry(root, "steps").is_some() && entry(root, "blocked").is_some();
            let what = if is_plan { Self::Plan } else { Self::Report };
            return Some((what, secret::range_of(key)?));
        }
        let Some(Raw::Map(systems)) = value(root, "systems") else { return None };
        let release = systems.iter().find_map(|(_, system)| match &system.value {
            Raw::Map(fields) if entry(fields, "url").is_none() => entry(fields, "release"),
            _ => None,
        });
        Some((Self::Fleet, secret::range_of(&release?.0)?))
    }

    /// What it is, and what takes it.
    pub fn explain(self) -> (&'static str, &'static str) {
        match self {
            Self::Plan => (
                "this is a saved plan, no manifest",
                "`trueup show FILE` prints it, `trueup apply --plan FILE` does it",
            ),
            Self::Report => (
                "this is a report of trueup's, no manifest",
                "`trueup drift --baseline FILE` tells what changed since it",
            ),
            Self::Fleet => (
                "this is a fleet file, no manifest: it describes simulated systems",
                "`trueup sim FILE` runs them; keep it out of a folder that `-f` names",
            ),
        }
    }
}

fn entry<'a>(entries: &'a Entries, name: &str) -> Option<&'a (Spanned<Raw>, Spanned<Raw>)> {
    entries.iter().find(|(key, _)| matches!(&key.value, Raw::Text(text) if text == name))
}

fn value<'a>(entries: &'a Entries, name: &str) -> Option<&'a Raw> {
    entry(entries, name).map(|(_, value)| &value.value)
}
