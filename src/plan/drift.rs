//! The drift report: where live differs from desired, and nothing about how to change it.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::kinds::{Breaks, Kind};
use crate::model::{Address, Finding, Place, State};

use super::document::{FORMAT_VERSION, Kept, System, systems};
use super::judged::{Judged, judge_all, kept, unverifiable};
use super::{Inputs, Unverifiable};

/// What differs between the manifest and the systems.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Drift {
    /// The version of this format.
    pub format_version: String,
    /// The trueup that made it.
    pub tool_version: String,
    /// SHA-256 over the manifest's content.
    pub manifest_digest: String,
    /// False when something that the manifest names could not be read: items may be missing.
    pub complete: bool,
    /// Every system that was read.
    pub systems: BTreeMap<String, System>,
    /// How many of what.
    pub summary: DriftSummary,
    /// What differs, what breaks a replication first.
    pub items: Vec<Item>,
    /// What could not be read.
    pub unverifiable: Vec<Unverifiable>,
    /// What is as the manifest wants it.
    pub kept: Vec<Kept>,
    /// What a person should know although it is no drift.
    pub hints: Vec<String>,
}

/// How many resources are missing, differ and are unchanged, and how many fields could not be
/// verified.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DriftSummary {
    /// Resources that are not there.
    pub missing: usize,
    /// Resources of which a field differs.
    pub differs: usize,
    /// Resources that are as the manifest wants them.
    pub unchanged: usize,
    /// Fields that could not be read.
    pub unverifiable: usize,
}

/// A resource that differs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Item {
    /// Which resource.
    pub address: Address,
    /// How it differs.
    pub state: Differs,
    /// The fields that differ.
    pub fields: Vec<Difference>,
    /// The replications that rely on it.
    pub replications: BTreeSet<String>,
    /// Whether they fail because of it.
    pub breaks: Breaking,
    /// Why they fail, as a sentence.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
    /// Where the manifest asks for it: `trueup.yaml:31`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub manifest: Option<String>,
}

/// How a resource differs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Differs {
    /// It is not there.
    Missing,
    /// It is there with another value.
    Differs,
}

/// A field that differs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Difference {
    /// Its manifest path below the resource.
    pub field: String,
    /// The value that the system reports; `null` where there is none.
    pub live: Value,
    /// The value that the manifest asks for.
    pub desired: Value,
    /// Why `apply` would not restore it, if so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub blocked: Option<crate::model::BlockedReason>,
}

/// Whether replications fail because of drift.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Breaking {
    /// They do.
    Yes,
    /// trueup cannot tell.
    Unknown,
    /// They do not.
    No,
}

impl Drift {
    /// The replications that fail as long as it is so.
    pub fn failing(&self) -> BTreeSet<&str> {
        let breaking = self.items.iter().filter(|item| item.breaks == Breaking::Yes);
        breaking.flat_map(|item| item.replications.iter().map(String::as_str)).collect()
    }

    /// Whether live is as desired, as far as it could be read.
    pub fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    /// Whether every system could be read.
    pub fn all_read(&self) -> bool {
        self.systems.values().all(System::is_read)
    }

    /// The JSON Schema of the report.
    pub fn schema() -> schemars::Schema {
        schemars::schema_for!(Self)
    }
}

/// Compares, and builds no call.
pub fn drift(inputs: &Inputs<'_>) -> Drift {
    let judged = judge_all(inputs);
    let selected: Vec<&Judged<'_>> =
        judged.values().filter(|item| inputs.selection.selects(&item.want)).collect();
    let mut items: Vec<Item> = selected.iter().filter_map(|judged| item(judged)).collect();
    items.sort_by(|a, b| (a.breaks, &a.address).cmp(&(b.breaks, &b.address)));
    let mut report = Drift {
        format_version: FORMAT_VERSION.into(),
        tool_version: env!("CARGO_PKG_VERSION").into(),
        manifest_digest: inputs.manifest_digest.into(),
        complete: true,
        systems: systems(inputs.observed),
        summary: DriftSummary::default(),
        items,
        unverifiable: Vec::new(),
        kept: Vec::new(),
        hints: Vec::new(),
    };
    for item in &selected {
        note(&mut report, item);
    }
    let count = |state| report.items.iter().filter(|item| item.state == state).count();
    report.summary.missing = count(Differs::Missing);
    report.summary.differs = count(Differs::Differs);
    report.summary.unverifiable = report.unverifiable.len();
    report.complete = report.unverifiable.is_empty() && report.all_read();
    report
}

/// Notes what of a resource is no drift.
fn note(report: &mut Drift, judged: &Judged<'_>) {
    let address = &judged.want.address;
    if judged.judgement.holds() {
        let hidden = judged
            .judgement
            .findings
            .iter()
            .any(|finding| matches!(finding.state, State::Unverifiable { .. }));
        report.summary.unchanged += usize::from(!hidden);
    }
    report.unverifiable.extend(unverifiable(address, &judged.judgement.findings));
    report.kept.extend(kept(address, &judged.judgement));
    report.hints.extend(judged.hints.iter().cloned());
}

fn item(judged: &Judged<'_>) -> Option<Item> {
    let judgement = &judged.judgement;
    let differing = judgement
        .findings
        .iter()
        .filter(|finding| matches!(finding.state, State::Changes | State::Blocked { .. }));
    let fields: Vec<Difference> = differing.clone().map(difference).collect();
    if fields.is_empty() && !judgement.create {
        return None;
    }
    let (breaks, why) = breaking(judged.kind, differing, judgement.create);
    Some(Item {
        address: judged.want.address.clone(),
        state: if judgement.create { Differs::Missing } else { Differs::Differs },
        fields,
        replications: judged.want.replications.clone(),
        breaks,
        why: why.map(Into::into),
        manifest: judged.want.place.as_ref().map(Place::to_string),
    })
}

fn difference(finding: &Finding) -> Difference {
    Difference {
        field: finding.field.clone(),
        live: finding.before.clone(),
        desired: finding.after.clone(),
        blocked: match finding.state {
            State::Blocked { reason, .. } => Some(reason),
            _ => None,
        },
    }
}

/// What its absence does, or else the worst that any of the fields does.
fn breaking<'a>(
    kind: &dyn Kind,
    findings: impl Iterator<Item = &'a Finding>,
    missing: bool,
) -> (Breaking, Option<&'static str>) {
    let told = |breaks| match breaks {
        Breaks::Yes(why) => (Breaking::Yes, Some(why)),
        Breaks::Unknown => (Breaking::Unknown, None),
        Breaks::No => (Breaking::No, None),
    };
    if missing {
        return told(kind.breaks_when_missing());
    }
    findings
        .map(|finding| told(kind.breaks(&finding.field, &finding.after, &finding.before)))
        .fold((Breaking::No, None), |worst, next| if next.0 < worst.0 { next } else { worst })
}
