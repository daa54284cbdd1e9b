//! The drift report as text: what differs, both values, since when, what it means for
//! replications, and the command that restores it. Where nothing happened it is one line.

use std::fmt;

use crate::plan::Drift;
use crate::plan::drift::baseline::Kind;
use crate::plan::drift::{Blame, Breaking, Difference, Differs, Item, Origin};

use super::accepted::AcceptedText;
use super::missing::missing;
use super::plan::named;
use super::style::{
    CHANGE, CREATE, FAINT, HEADING, Painted, REMOVE, counted, item as list_item, nonzero,
    paragraph, paragraphs,
};
use super::value::{inline, transition};
use crate::model::visible::visible;

/// A drift report on its way to a terminal.
pub struct DriftText<'a> {
    /// The report.
    pub drift: &'a Drift,
    /// How wide the terminal is, in columns.
    pub width: usize,
}

impl fmt::Display for DriftText<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let drift = self.drift;
        writeln!(f, "{}", headline(drift))?;
        let failing: Vec<&str> = drift.failing().into_iter().collect();
        if !failing.is_empty() {
            let text = format!("Tonight's replication will fail: {}", failing.join(", "));
            writeln!(f, "{}", Painted(REMOVE, paragraph(&text, "  ", self.width)))?;
        }
        for text in missing(&drift.systems, &drift.unverifiable) {
            writeln!(f, "{}", Painted(CHANGE, paragraphs(&text, "  ", self.width)))?;
        }
        if !drift.is_empty() {
            let since = since(drift).unwrap_or_else(|| NO_BASELINE.into());
            writeln!(f, "{}", Painted(FAINT, paragraph(&since, "", self.width)))?;
        }
        for item in &drift.items {
            self.item(f, item)?;
        }
        write!(f, "{}", AcceptedText { accepted: &drift.accepted, width: self.width })?;
        if !drift.hints.is_empty() {
            writeln!(f, "\n{}", Painted(HEADING, "Hints"))?;
        }
        for hint in &drift.hints {
            writeln!(f, "{}", list_item("-", hint, "  ", self.width))?;
        }
        Ok(())
    }
}

/// `Drift: 1 changed, 1 missing · 3 unchanged`; what is zero is left out.
fn headline(drift: &Drift) -> String {
    let summary = drift.summary;
    let mut text = if drift.items.is_empty() {
        let none = if drift.all_read() { "Drift: none" } else { "Drift: none in what was read" };
        Painted(HEADING, none).to_string()
    } else {
        let counts = [
            counted(CHANGE, summary.differs, "changed"),
            counted(REMOVE, summary.missing, "missing"),
        ];
        let counts: Vec<String> = counts.into_iter().flatten().collect();
        format!("{} {}", Painted(HEADING, "Drift:"), counts.join(", "))
    };
    for count in nonzero([
        (summary.unchanged, "unchanged"),
        (summary.accepted, "accepted"),
        (summary.unverifiable, "unverifiable"),
    ]) {
        text += &format!(" · {count}");
    }
    text
}

/// What an origin means, as the end of a sentence.
pub const fn meaning(origin: Origin) -> &'static str {
    match origin {
        Origin::System => "changed on a system",
        Origin::Manifest => "not applied yet",
        Origin::Both => "changed on a system and in the manifest",
        Origin::Reference => "changed where it comes from",
        Origin::Earlier => "as it was then",
        Origin::Unknown => "unknown",
    }
}

/// What came from where since the baseline; nothing without one.
pub fn since(drift: &Drift) -> Option<String> {
    let source = drift.baseline.as_ref()?;
    let document = match source.kind {
        Kind::Plan => "the saved plan, taken as applied",
        Kind::ApplyReport => "the report of an apply",
        Kind::DriftReport => "the drift report",
    };
    let at = source.made_at.as_ref().map(|at| format!(" of {at}")).unwrap_or_default();
    let counts = drift.origins();
    let counts: Vec<String> =
        counts.iter().map(|(origin, n)| format!("{n} {}", meaning(*origin))).collect();
    Some(format!("Since {document}{at}: {}.", counts.join(", ")))
}

const NO_BASELINE: &str = "Without a baseline, what was changed on a system looks the same as what \
     is not applied yet: --baseline FILE tells them apart.";

impl DriftText<'_> {
    fn item(&self, f: &mut fmt::Formatter<'_>, item: &Item) -> fmt::Result {
        let place = item.manifest.as_ref().map(|it| format!("  ({it})")).unwrap_or_default();
        let state = match item.state {
            Differs::Missing => Painted(REMOVE, "missing"),
            Differs::Differs => Painted(CHANGE, "changed"),
        };
        let system = Painted(HEADING, visible(&item.address.system));
        writeln!(
            f,
            "\n{system}  {}  {state}{}",
            named(&item.address),
            Painted(FAINT, visible(&place))
        )?;
        let width = item.fields.iter().map(|it| it.field.len()).max().unwrap_or_default();
        for field in &item.fields {
            self.field(f, field, item.state, width)?;
        }
        if let Some(origin) = item.origin {
            self.origin(f, origin, None, "  ")?;
        }
        let replications: Vec<&str> = item.replications.iter().map(String::as_str).collect();
        if !replications.is_empty() {
            let why = item.why.as_ref().map(|why| format!(": {why}")).unwrap_or_default();
            let (style, word) = match item.breaks {
                Breaking::Yes => (REMOVE, "breaks"),
                Breaking::Unknown => (CHANGE, "may break"),
                Breaking::No => (FAINT, "does not break"),
            };
            let text = format!("{word} {}{why}", replications.join(", "));
            writeln!(f, "{}", Painted(style, paragraph(&text, "  ", self.width)))?;
        }
        for blame in &item.blame {
            writeln!(f, "{}", paragraph(&Blamed(blame).to_string(), "  ", self.width))?;
        }
        self.restore(f, item)
    }

    fn field(
        &self,
        f: &mut fmt::Formatter<'_>,
        field: &Difference,
        state: Differs,
        width: usize,
    ) -> fmt::Result {
        let name = visible(&field.field);
        let desired = Painted(CREATE, inline(&field.desired));
        let lists = field.live.is_array() || field.desired.is_array();
        match state {
            Differs::Missing => writeln!(f, "  {name:width$}  should be {desired}")?,
            Differs::Differs if field.unmanaged => {
                let live = Painted(REMOVE, inline(&field.live));
                writeln!(f, "  {name:width$}  is {live}")?;
            }
            Differs::Differs if field.matches_manifest => {
                let live = Painted(REMOVE, inline(&field.live));
                writeln!(f, "  {name:width$}  is {live}, as the manifest asks")?;
            }
            Differs::Differs if lists => {
                let diff = transition(&field.live, &field.desired, "    ");
                writeln!(f, "  {name}  (- is, + should be){diff}")?;
            }
            Differs::Differs => {
                let live = Painted(REMOVE, inline(&field.live));
                writeln!(f, "  {name:width$}  is {live}, should be {desired}")?;
            }
        }
        if let Some(until) = &field.accepted_until {
            let text = format!("was accepted until {until}, which is over");
            writeln!(f, "{}", Painted(CHANGE, paragraph(&text, "    ", self.width)))?;
        }
        match state {
            Differs::Missing => Ok(()),
            Differs::Differs => {
                self.origin(f, field.origin, field.origin_unknown.as_deref(), "    ")
            }
        }
    }

    fn origin(
        &self,
        f: &mut fmt::Formatter<'_>,
        origin: Origin,
        why: Option<&str>,
        indent: &str,
    ) -> fmt::Result {
        if self.drift.baseline.is_none() {
            return Ok(());
        }
        let why = why.map(|why| format!(": {why}")).unwrap_or_default();
        let text = format!("{}{why}", meaning(origin));
        writeln!(f, "{}", Painted(FAINT, paragraph(&text, indent, self.width)))
    }

    fn restore(&self, f: &mut fmt::Formatter<'_>, item: &Item) -> fmt::Result {
        let restore = &item.restore;
        if let Some(why) = &restore.why_not {
            let text = match restore.command {
                Some(_) => format!("not all of it can be restored: {why}"),
                None => format!("cannot be restored by trueup: {why}"),
            };
            writeln!(f, "{}", Painted(CHANGE, paragraph(&text, "  ", self.width)))?;
        }
        // A command is never wrapped: it is there to be copied.
        if let Some(command) = &restore.command {
            writeln!(f, "  restore with  {}", visible(command))?;
        }
        if !restore.allow.is_empty() {
            let flags: Vec<String> =
                restore.allow.iter().map(|reason| format!("--allow {reason}")).collect();
            let text = format!("after a person agreed to it: {}", flags.join(" "));
            writeln!(f, "{}", Painted(FAINT, paragraph(&text, "    ", self.width)))?;
        }
        Ok(())
    }
}

/// Who did it: `root, 2030-12-31T23:59:59Z: user.update from 10.0.0.1, API key x`.
pub struct Blamed<'a>(pub &'a Blame);

impl fmt::Display for Blamed<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let blame = self.0;
        if !blame.fields.is_empty() {
            write!(f, "{} ", blame.fields.join(", "))?;
        }
        let why = blame.unknown.as_deref().unwrap_or("the audit log does not tell");
        match (&blame.username, &blame.method) {
            (Some(username), _) => write!(f, "by {username}")?,
            (None, Some(_)) => f.write_str("by an unknown caller")?,
            (None, None) => return write!(f, "by nobody known: {why}"),
        }
        let parts = [
            (", ", &blame.at),
            (": ", &blame.method),
            (" from ", &blame.from),
            (", ", &blame.through),
        ];
        for (before, part) in parts {
            if let Some(part) = part {
                write!(f, "{before}{part}")?;
            }
        }
        if blame.username.is_none() {
            write!(f, " ({why})")?;
        }
        if !blame.certain {
            f.write_str(" (the log does not show which fields it set)")?;
        }
        Ok(())
    }
}
