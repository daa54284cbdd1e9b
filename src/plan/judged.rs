//! Every resource of the manifest beside its live state, with what its kind makes of it.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::kinds::{self, Judgement, Kind};
use crate::model::placeholder::{filled, refs};
use crate::model::{Address, Desired, FieldRef, Finding, KeptReason, Live, State};
use crate::truenas_wire::Release;

use super::{Inputs, Kept, Unverifiable};

/// A resource with what its kind makes of it.
pub(crate) struct Judged<'a> {
    pub(crate) kind: &'static dyn Kind,
    /// What is wanted, with every reference filled in whose value is known by now.
    pub(crate) want: Cow<'a, Desired>,
    pub(crate) live: &'a Live,
    pub(crate) release: &'a Release,
    pub(crate) judgement: Judgement,
    /// What a person should know of it.
    pub(crate) hints: Vec<String>,
    /// The resources of the manifest that come first.
    pub(crate) needs: Vec<Address>,
    /// The fields of those that have to be as the manifest wants them.
    pub(crate) relies_on: BTreeSet<FieldRef>,
    /// Those, and what else has its step before this one's.
    pub(crate) after: Vec<Address>,
}

/// Judges every resource of a system that could be read.
pub(crate) fn judge_all<'a>(inputs: &Inputs<'a>) -> BTreeMap<Address, Judged<'a>> {
    let around = inputs.around();
    let judged = |want: &'a Desired| {
        let kind = kinds::find(&want.address.kind)?;
        let live = inputs.observed.live.get(&want.address)?;
        let release = inputs.observed.systems.get(&want.address.system)?.release.as_ref()?;
        let needs = needs(kind, want, live, inputs.desired);
        let relies_on = relies_on(kind, want, live, inputs.desired);
        let mut after = needs.clone();
        if kind.comes_last(want, &around) {
            let here = |it: &&Address| it.system == want.address.system && **it != want.address;
            after.extend(inputs.desired.keys().filter(here).cloned());
        }
        let want =
            resolved(want, &|field| around.eventually(&field.address, &field.field).cloned());
        let judgement = kinds::judge(kind, &want, live, &around);
        let mut hints = live.hints.clone();
        hints.extend(kind.hints(&want, live, &around));
        let hints = hints.iter().map(|hint| format!("{}: {hint}", want.address)).collect();
        Some(Judged { kind, want, live, release, judgement, hints, needs, relies_on, after })
    };
    inputs.desired.values().filter_map(|want| Some((want.address.clone(), judged(want)?))).collect()
}

/// The resources of the manifest that one needs: those that its kind names, and those that its
/// desired values refer to.
pub(crate) fn needs(
    kind: &dyn Kind,
    want: &Desired,
    live: &Live,
    desired: &BTreeMap<Address, Desired>,
) -> Vec<Address> {
    let named = kind.needs(want, live).into_iter().filter_map(|need| need.found(desired).cloned());
    let referred = want.fields.values().flat_map(|wanted| refs(&wanted.value));
    let all: BTreeSet<Address> = named.chain(referred.map(|field| field.address)).collect();
    all.into_iter().filter(|it| *it != want.address).collect()
}

/// The fields of others that a resource's step relies on: those that its kind names, and those
/// that its desired values refer to.
fn relies_on(
    kind: &dyn Kind,
    want: &Desired,
    live: &Live,
    desired: &BTreeMap<Address, Desired>,
) -> BTreeSet<FieldRef> {
    let needs = kind.needs(want, live);
    let named = needs.iter().filter(|need| !live.exists || !need.to_create).flat_map(|need| {
        let fields = need
            .found(desired)
            .map(|address| need.fields.iter().map(|field| FieldRef::new(address.clone(), *field)));
        fields.into_iter().flatten()
    });
    named.chain(want.fields.values().flat_map(|wanted| refs(&wanted.value))).collect()
}

/// What is wanted, with every reference that `known` answers replaced by its value. One that it
/// does not answer stays as it is: known after apply.
pub fn resolved<'a>(
    want: &'a Desired,
    known: &dyn Fn(&FieldRef) -> Option<Value>,
) -> Cow<'a, Desired> {
    if want.fields.values().all(|wanted| refs(&wanted.value).is_empty()) {
        return Cow::Borrowed(want);
    }
    let mut want = want.clone();
    for wanted in want.fields.values_mut() {
        let members = match &mut wanted.value {
            Value::Array(members) => members.as_mut_slice(),
            whole => std::slice::from_mut(whole),
        };
        for member in members {
            if let Ok(value) = filled(member, known) {
                *member = value;
            }
        }
    }
    Cow::Owned(want)
}

/// The fields that stay, grouped by their reason; a resource that only has to exist and does is
/// kept without a field.
pub(crate) fn kept(address: &Address, judgement: &Judgement) -> Vec<Kept> {
    let mut by_reason: BTreeMap<KeptReason, Vec<String>> = BTreeMap::new();
    if judgement.findings.is_empty() && !judgement.create {
        by_reason.insert(KeptReason::Equal, Vec::new());
    }
    for finding in &judgement.findings {
        if let State::Kept(reason) = finding.state {
            by_reason.entry(reason).or_default().push(finding.field.clone());
        }
    }
    let kept = |(reason, fields)| Kept { address: address.clone(), fields, reason };
    by_reason.into_iter().map(kept).collect()
}

/// The fields that could not be read.
pub(crate) fn unverifiable(address: &Address, findings: &[Finding]) -> Vec<Unverifiable> {
    findings
        .iter()
        .filter_map(|finding| match &finding.state {
            State::Unverifiable { role, system } => Some(Unverifiable {
                address: address.clone(),
                field: finding.field.clone(),
                role: (*role).into(),
                system: system.clone(),
            }),
            _ => None,
        })
        .collect()
}
