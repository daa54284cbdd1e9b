//! The drift report as text: what differs, both values, and what it means for replications.

use std::fmt;

use crate::plan::Drift;
use crate::plan::drift::{Breaking, Differs, Item};

use super::plan::named;
use super::style::{CHANGE, CREATE, FAINT, HEADING, Painted, REMOVE, item as list_item, paragraph};
use super::value::inline;

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
        for (name, system) in drift.systems.iter().filter(|(_, system)| !system.is_read()) {
            let text = format!("{name} could not be read: {}", system.read);
            writeln!(f, "{}", Painted(REMOVE, paragraph(&text, "  ", self.width)))?;
        }
        for item in &drift.unverifiable {
            let text = format!(
                "{}#{} cannot be read with this key; the role {} shows it",
                item.address, item.field, item.role
            );
            writeln!(f, "{}", Painted(CHANGE, paragraph(&text, "  ", self.width)))?;
        }
        for item in &drift.items {
            self.item(f, item)?;
        }
        if !drift.hints.is_empty() {
            writeln!(f, "\n{}", Painted(HEADING, "Hints"))?;
        }
        for hint in &drift.hints {
            writeln!(f, "{}", list_item("-", hint, "  ", self.width))?;
        }
        Ok(())
    }
}

/// `Drift: 1 resource differs, 1 is missing · 3 unchanged`
fn headline(drift: &Drift) -> String {
    let summary = drift.summary;
    let mut text = if drift.items.is_empty() {
        Painted(HEADING, "Drift: none").to_string()
    } else {
        format!(
            "{} {}, {}",
            Painted(HEADING, "Drift:"),
            Painted(CHANGE, format!("{} changed", summary.differs)),
            Painted(REMOVE, format!("{} missing", summary.missing)),
        )
    };
    text += &format!(" · {} unchanged", summary.unchanged);
    if summary.unverifiable > 0 {
        text += &format!(" · {} unverifiable", summary.unverifiable);
    }
    text
}

impl DriftText<'_> {
    fn item(&self, f: &mut fmt::Formatter<'_>, item: &Item) -> fmt::Result {
        let place = item.manifest.as_ref().map(|it| format!("  ({it})")).unwrap_or_default();
        let state = match item.state {
            Differs::Missing => Painted(REMOVE, "missing"),
            Differs::Differs => Painted(CHANGE, "changed"),
        };
        let system = Painted(HEADING, &item.address.system);
        writeln!(f, "\n{system}  {}  {state}{}", named(&item.address), Painted(FAINT, place))?;
        let width = item.fields.iter().map(|it| it.field.len()).max().unwrap_or_default();
        for field in &item.fields {
            writeln!(
                f,
                "  {:width$}  is {}, should be {}",
                field.field,
                Painted(REMOVE, inline(&field.live)),
                Painted(CREATE, inline(&field.desired)),
            )?;
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
        Ok(())
    }
}
