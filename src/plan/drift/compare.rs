//! Compares, and builds no call.

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::link::Check;
use crate::model::placeholder::refs;
use crate::model::{Address, Finding, Place, State};
use crate::plan::accepted::{accepted, hints};
use crate::plan::document::{REPORT_FORMAT, systems, whole_seconds};
use crate::plan::judged::{Judged, judge_all, kept, unverifiable};
use crate::plan::{Inputs, System, connection_port, found, links, named};

use super::baseline::Baseline;
use super::origin::{self, Told};
use super::restore::Restorer;
use super::{Breaking, Difference, Differs, Drift, DriftSummary, Effect, Item, Origin};

/// When and beside what a report is made.
#[derive(Clone, Copy, Debug)]
pub struct Occasion<'a> {
    /// When the systems were read.
    pub made_at: Timestamp,
    /// The words of the command line that name the manifest: `-f`, `trueup.yaml`.
    pub manifest: &'a [String],
    /// What the origins are told by.
    pub baseline: Option<&'a Baseline>,
}

impl Drift {
    /// A report of a run that compared nothing.
    pub fn failed(made_at: Timestamp, why: String) -> Self {
        Self { failure: Some(why), ..Self::empty(made_at) }
    }

    fn empty(made_at: Timestamp) -> Self {
        Self {
            format_version: REPORT_FORMAT.into(),
            tool_version: env!("CARGO_PKG_VERSION").into(),
            made_at: whole_seconds(made_at),
            manifest_digest: None,
            complete: false,
            failure: None,
            baseline: None,
            systems: BTreeMap::new(),
            replications: BTreeMap::new(),
            summary: DriftSummary::default(),
            items: Vec::new(),
            accepted: Vec::new(),
            unverifiable: Vec::new(),
            kept: Vec::new(),
            hints: Vec::new(),
            found: BTreeMap::new(),
        }
    }
}

/// What differs.
pub fn drift(inputs: &Inputs<'_>, occasion: &Occasion<'_>) -> Drift {
    let judged = judge_all(inputs);
    let selected: Vec<&Judged<'_>> =
        judged.values().filter(|item| inputs.selection.selects(&item.want)).collect();
    let restorer = Restorer::new(&judged, inputs, occasion.manifest);
    let make = |judged: &&Judged<'_>| item(judged, inputs, occasion, &restorer);
    let items: Vec<Item> = selected.iter().filter_map(make).collect();
    let checks = links::merged(links::failing_now(inputs, &judged));
    let mut report = Drift {
        manifest_digest: Some(inputs.manifest_digest.into()),
        baseline: occasion.baseline.map(|baseline| baseline.source.clone()),
        systems: systems(inputs.observed),
        items,
        found: found::of_resources(selected.iter().copied()),
        ..Drift::empty(occasion.made_at)
    };
    report.note_checks(&checks, &links::lasting(inputs, &judged), &judged, inputs);
    report.items.sort_by(|a, b| (a.breaks, &a.address).cmp(&(b.breaks, &b.address)));
    for item in &selected {
        note(&mut report, item);
    }
    let unseen = links::unseen(inputs, &report.unverifiable);
    report.unverifiable.extend(unseen);
    report.hints.extend(named::hints(inputs));
    report.hints.extend(connection_port::hints(inputs));
    let count = |state| report.items.iter().filter(|item| item.state == state).count();
    report.summary.missing = count(Differs::Missing);
    report.summary.differs = count(Differs::Differs);
    report.summary.accepted = report.accepted.len();
    report.summary.unverifiable = report.unverifiable.len();
    report.complete = report.unverifiable.is_empty() && report.all_read();
    report.replications = effects(&report, &checks, inputs, occasion.baseline);
    report
}

/// Notes what of a resource is no drift.
fn note(report: &mut Drift, judged: &Judged<'_>) {
    let address = &judged.want.address;
    let accepted = accepted(judged);
    let hidden = |finding: &Finding| matches!(finding.state, State::Unverifiable { .. });
    let is_item = report.items.iter().any(|item| item.address == *address);
    let equal = judged.judgement.holds()
        && !is_item
        && accepted.is_empty()
        && !judged.judgement.findings.iter().any(hidden);
    report.summary.unchanged += usize::from(equal);
    report.accepted.extend(accepted);
    report.unverifiable.extend(unverifiable(address, &judged.judgement.findings));
    report.kept.extend(kept(address, &judged.judgement));
    report.hints.extend(judged.hints.iter().cloned());
    report.hints.extend(hints(judged));
}

/// What the drift does to each replication.
fn effects(
    report: &Drift,
    checks: &[Check],
    inputs: &Inputs<'_>,
    baseline: Option<&Baseline>,
) -> BTreeMap<String, Effect> {
    let unread = |address: &Address| {
        !report.systems.get(&address.system).is_some_and(System::is_read)
            || report.unverifiable.iter().any(|it| it.address == *address)
    };
    let mut effects: BTreeMap<String, Effect> = BTreeMap::new();
    for want in inputs.desired.values().filter(|want| inputs.selection.selects(want)) {
        let item = report.items.iter().find(|item| item.address == want.address);
        for replication in &want.replications {
            let effect = effects.entry(replication.clone()).or_insert_with(|| Effect {
                in_sync: Some(true),
                breaks: Breaking::No,
                last_proof: baseline.and_then(|it| it.proof(replication)).cloned(),
            });
            if item.is_some() {
                effect.in_sync = Some(false);
            } else if unread(&want.address) {
                effect.in_sync = effect.in_sync.filter(|in_sync| !in_sync);
                effect.breaks = effect.breaks.min(Breaking::Unknown);
            }
        }
    }
    for check in checks {
        let named = |(name, _): &(&String, &mut Effect)| check.replications.contains(*name);
        effects.iter_mut().filter(named).for_each(|(_, effect)| effect.note(check));
    }
    // What the command line leaves out nobody looked at.
    if inputs.selection.leaves_out_parts() {
        for effect in effects.values_mut() {
            effect.in_sync = effect.in_sync.filter(|in_sync| !in_sync);
            effect.breaks = effect.breaks.min(Breaking::Unknown);
        }
    }
    effects
}

fn item(
    judged: &Judged<'_>,
    inputs: &Inputs<'_>,
    occasion: &Occasion<'_>,
    restorer: &Restorer<'_>,
) -> Option<Item> {
    let judgement = &judged.judgement;
    let differing = judgement
        .findings
        .iter()
        .filter(|finding| matches!(finding.state, State::Changes | State::Blocked { .. }))
        .filter(|finding| !wants_unread(finding, inputs));
    let missing = judgement.create;
    if differing.clone().next().is_none() && !missing {
        return None;
    }
    let whole = missing.then(|| origin::of_missing(judged, occasion.baseline));
    let fields = differing.clone().map(|finding| {
        let told = whole
            .clone()
            .unwrap_or_else(|| origin::of_field(judged, finding, inputs, occasion.baseline));
        difference(judged, finding, told)
    });
    Some(Item {
        address: judged.want.address.clone(),
        state: if missing { Differs::Missing } else { Differs::Differs },
        fields: fields.collect(),
        origin: whole.map(|told| told.origin),
        replications: judged.want.replications.clone(),
        breaks: Breaking::No,
        why: None,
        restore: restorer.restore(judged),
        blame: Vec::new(),
        manifest: judged.want.place.as_ref().map(Place::to_string),
    })
}

/// Whether what is wanted is a value of a system that could not be read: nobody can tell whether
/// it differs.
fn wants_unread(finding: &Finding, inputs: &Inputs<'_>) -> bool {
    refs(&finding.after).iter().any(|field| !inputs.observed.live.contains_key(&field.address))
}

fn difference(judged: &Judged<'_>, finding: &Finding, told: Told) -> Difference {
    let (blocked, remedy) = match &finding.state {
        State::Blocked { reason, remedy } => (Some(*reason), Some(remedy.clone())),
        _ => (None, None),
    };
    let over = judged.want.accepted.get(&finding.field).filter(|acceptance| !acceptance.in_force);
    Difference {
        field: finding.field.clone(),
        live: finding.before.clone(),
        desired: finding.after.clone(),
        origin: told.origin,
        origin_unknown: told.why,
        accepted_until: over.map(|acceptance| acceptance.until.to_string()),
        blocked,
        remedy,
        matches_manifest: false,
        unmanaged: false,
    }
}

impl Drift {
    /// How many differences come from where, fields and missing resources alike.
    pub fn origins(&self) -> BTreeMap<Origin, usize> {
        let mut counts = BTreeMap::new();
        for item in &self.items {
            match item.origin {
                Some(origin) => *counts.entry(origin).or_default() += 1,
                None => {
                    item.fields.iter().for_each(|it| *counts.entry(it.origin).or_default() += 1)
                }
            }
        }
        counts
    }
}
