//! The drift report as metrics, for the textfile collector of Prometheus' node exporter.
//!
//! There is no "seconds since": a moment is exported as `…_timestamp_seconds`, and
//! `time() - trueup_last_run_timestamp_seconds` is its age, which goes on growing when the timer
//! that should write the file has stopped.

use std::collections::BTreeMap;
use std::fmt::{self, Write};

use jiff::Timestamp;
use jiff::civil::{Date, date};

use crate::model::Address;
use crate::plan::drift::{Breaking, Differs, LastProof};
use crate::plan::{Drift, System};

/// A drift report on its way to a `.prom` file.
pub struct Metrics<'a>(pub &'a Drift);

/// Every metric, and what it says: all are gauges.
pub const METRICS: [(&str, &str); 13] = [
    ("trueup_build_info", "1; the label says which trueup ran."),
    ("trueup_last_run_timestamp_seconds", "When the systems were last read."),
    (
        "trueup_last_run_complete",
        "1 if everything that the manifest names could be read; 0 if drift may be missing.",
    ),
    ("trueup_system_reachable", "1 if the system could be read."),
    (
        "trueup_replication_in_sync",
        "1 if everything that the replication relies on was read and is as the manifest wants it.",
    ),
    (
        "trueup_replication_unknown",
        "1 if not everything that the replication relies on could be read, and the rest is in sync.",
    ),
    (
        "trueup_replication_breaks",
        "1 for whether the replication fails because of drift: yes, unknown or no.",
    ),
    (
        "trueup_replication_proven",
        "1 if the source reached the destination when an apply last asked it to, 0 if it did not.",
    ),
    (
        "trueup_replication_proven_timestamp_seconds",
        "When the apply ended that asked the source to reach the destination.",
    ),
    (
        "trueup_resources",
        "Resources by state: unchanged, accepted, unverifiable, differs or missing.",
    ),
    ("trueup_fields_accepted", "Fields that differ, which the manifest accepts for now."),
    ("trueup_fields_unverifiable", "Fields that the key may not read."),
    (
        "trueup_acceptance_end_timestamp_seconds",
        "When the difference of the field is no longer accepted.",
    ),
];

/// What a resource may be.
const STATES: [&str; 5] = ["unchanged", "accepted", "unverifiable", "differs", "missing"];

/// A series: its labels, and its value.
type Series = (Vec<(&'static str, String)>, i64);

impl fmt::Display for Metrics<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (name, help) in METRICS {
            let all = self.series(name);
            if all.is_empty() {
                continue;
            }
            writeln!(f, "# HELP {name} {help}")?;
            writeln!(f, "# TYPE {name} gauge")?;
            for (labels, value) in all {
                writeln!(f, "{name}{} {value}", braced(&labels)?)?;
            }
        }
        Ok(())
    }
}

impl Metrics<'_> {
    fn series(&self, name: &str) -> Vec<Series> {
        let drift = self.0;
        match name {
            "trueup_build_info" => vec![(vec![("version", drift.tool_version.clone())], 1)],
            // A run that read nothing is no run of which anything is known.
            "trueup_last_run_timestamp_seconds" if drift.nothing_read() => Vec::new(),
            "trueup_last_run_timestamp_seconds" => {
                let at: Option<Timestamp> = drift.made_at.parse().ok();
                at.into_iter().map(|at| (Vec::new(), at.as_second())).collect()
            }
            "trueup_last_run_complete" => vec![(Vec::new(), i64::from(drift.complete))],
            "trueup_system_reachable" => {
                let series = |(name, system): (&String, &System)| {
                    (vec![("system", name.clone())], i64::from(system.is_read()))
                };
                drift.systems.iter().map(series).collect()
            }
            "trueup_replication_in_sync" => self.replications(|in_sync| in_sync == Some(true)),
            "trueup_replication_unknown" => self.replications(|in_sync| in_sync.is_none()),
            "trueup_replication_breaks" => self.breaks(),
            "trueup_replication_proven" => self.proofs(|proof| Some(i64::from(proof.proven))),
            "trueup_replication_proven_timestamp_seconds" => {
                self.proofs(|proof| proof.at.parse::<Timestamp>().ok().map(|at| at.as_second()))
            }
            "trueup_resources" => self.resources(),
            "trueup_fields_accepted" => self.by_kind(drift.accepted.iter().map(|it| &it.address)),
            "trueup_fields_unverifiable" => {
                self.by_kind(drift.unverifiable.iter().map(|it| &it.address))
            }
            "trueup_acceptance_end_timestamp_seconds" => self.ends(),
            _ => Vec::new(),
        }
    }

    fn replications(&self, holds: impl Fn(Option<bool>) -> bool) -> Vec<Series> {
        let all = self.0.replications.iter();
        all.map(|(name, effect)| {
            (vec![("replication", name.clone())], i64::from(holds(effect.in_sync)))
        })
        .collect()
    }

    fn proofs(&self, value: impl Fn(&LastProof) -> Option<i64>) -> Vec<Series> {
        let all = self.0.replications.iter().filter_map(|(name, effect)| {
            let value = value(effect.last_proof.as_ref()?)?;
            Some((vec![("replication", name.clone())], value))
        });
        all.collect()
    }

    fn breaks(&self) -> Vec<Series> {
        let all = self.0.replications.iter().flat_map(|(name, effect)| {
            Breaking::ALL.map(|breaks| {
                let labels =
                    vec![("replication", name.clone()), ("breaks", breaks.name().to_string())];
                (labels, i64::from(effect.breaks == breaks))
            })
        });
        all.collect()
    }

    /// The state of every resource that could be read: the worst that is known of it.
    fn states(&self) -> BTreeMap<&Address, &'static str> {
        let drift = self.0;
        let mut states: BTreeMap<&Address, &'static str> = BTreeMap::new();
        states.extend(drift.kept.iter().map(|it| (&it.address, "unchanged")));
        states.extend(drift.found.keys().map(|address| (address, "unchanged")));
        states.extend(drift.accepted.iter().map(|it| (&it.address, "accepted")));
        states.extend(drift.unverifiable.iter().map(|it| (&it.address, "unverifiable")));
        states.extend(drift.items.iter().map(|it| match it.state {
            Differs::Differs => (&it.address, "differs"),
            Differs::Missing => (&it.address, "missing"),
        }));
        states
    }

    fn resources(&self) -> Vec<Series> {
        let mut counts: BTreeMap<(&str, &str), BTreeMap<&str, i64>> = BTreeMap::new();
        for (address, state) in self.states() {
            let counts = counts.entry((&address.system, &address.kind)).or_default();
            *counts.entry(state).or_default() += 1;
        }
        let all = counts.into_iter().flat_map(|((system, kind), counts)| {
            STATES.map(|state| {
                let labels = vec![
                    ("system", system.to_string()),
                    ("kind", kind.to_string()),
                    ("state", state.to_string()),
                ];
                (labels, counts.get(state).copied().unwrap_or_default())
            })
        });
        all.collect()
    }

    /// How many of these are of which kind on which system, zero included.
    fn by_kind<'a>(&self, addresses: impl Iterator<Item = &'a Address>) -> Vec<Series> {
        let known = self.states();
        let mut counts: BTreeMap<(&str, &str), i64> =
            known.keys().map(|it| ((it.system.as_str(), it.kind.as_str()), 0)).collect();
        for address in addresses {
            *counts.entry((&address.system, &address.kind)).or_default() += 1;
        }
        let labels = |(system, kind): (&str, &str)| {
            vec![("system", system.to_string()), ("kind", kind.to_string())]
        };
        counts.into_iter().map(|(of, count)| (labels(of), count)).collect()
    }

    /// The ends of what is accepted: the moment after its last day.
    fn ends(&self) -> Vec<Series> {
        let all = self.0.accepted.iter().filter_map(|it| {
            let last: Date = it.until.parse().ok()?;
            // Counted in days: the last day that there is has no moment after it.
            let days = i64::from(last.since(date(1970, 1, 1)).ok()?.get_days()) + 1;
            let labels = vec![("address", it.address.to_string()), ("field", it.field.clone())];
            Some((labels, days * 24 * 60 * 60))
        });
        all.collect()
    }
}

/// `{system="chicago",kind="user"}`; nothing without labels.
fn braced(labels: &[(&'static str, String)]) -> Result<String, fmt::Error> {
    let mut text = String::new();
    for (number, (name, value)) in labels.iter().enumerate() {
        let before = if number == 0 { '{' } else { ',' };
        let value = value.replace('\\', r"\\").replace('"', r#"\""#).replace('\n', r"\n");
        write!(text, "{before}{name}=\"{value}\"")?;
    }
    if !labels.is_empty() {
        text.push('}');
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_escaped() {
        let labels = [("a", "x".to_string()), ("b", "q\"b\\n\n".to_string())];
        assert_eq!(braced(&labels).as_deref(), Ok(r#"{a="x",b="q\"b\\n\n"}"#));
        assert_eq!(braced(&[]).as_deref(), Ok(""));
    }
}
