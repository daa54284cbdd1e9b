//! What the checks of the links say of live state, and of live state as a plan leaves it.

use std::collections::{BTreeMap, BTreeSet};

use crate::link::{self, Check, Facts};
use crate::model::{Address, Change, State};

use super::judged::Judged;
use super::{Blocked, Inputs, Step, Unverifiable};

/// The checks that fail while everything is as it was read.
pub(super) fn failing_now(
    inputs: &Inputs<'_>,
    judged: &BTreeMap<Address, Judged<'_>>,
) -> Vec<Check> {
    let facts = Facts { differing: differing(judged), ..now(inputs) };
    inputs.links.iter().flat_map(|link| link::judge(link, &facts)).collect()
}

/// The checks that fail once everything is applied that can be.
pub(super) fn lasting(inputs: &Inputs<'_>, judged: &BTreeMap<Address, Judged<'_>>) -> Vec<Check> {
    let changes = judged.iter().map(|(address, item)| (address, item.judgement.changes()));
    let changes = changes.filter(|(_, changes)| !changes.is_empty());
    let changes = changes.map(|(address, changes)| (address.clone(), changes)).collect();
    let facts = Facts { changes, ..now(inputs) };
    inputs.links.iter().flat_map(|link| link::judge(link, &facts)).collect()
}

/// The checks that fail once the steps are applied, but for those that follow from what is blocked.
pub(super) fn failing_after(
    inputs: &Inputs<'_>,
    steps: &[Step],
    blocked: &[Blocked],
) -> Vec<Check> {
    let mut changes: BTreeMap<Address, Vec<Change>> = BTreeMap::new();
    for step in steps {
        changes.insert(step.address.clone(), step.changes.clone());
    }
    let facts = Facts { changes, ..now(inputs) };
    let follows = |check: &Check| blocked.iter().any(|it| it.address == check.address);
    let mut all: Vec<Check> =
        inputs.links.iter().flat_map(|link| link::judge(link, &facts)).collect();
    all.retain(|check| !follows(check));
    merged(all)
}

/// What the checks could not look at, beside the fields that the manifest names.
pub(super) fn unseen(inputs: &Inputs<'_>, known: &[Unverifiable]) -> Vec<Unverifiable> {
    let facts = now(inputs);
    let all = inputs.links.iter().flat_map(|link| link::unseen(link, &facts));
    let is_new = |it: &Unverifiable| {
        !known.iter().any(|known| known.system == it.system && known.role == it.role)
    };
    let mut unseen: Vec<Unverifiable> = all
        .map(|(address, field, role)| Unverifiable {
            system: address.system.clone(),
            address,
            field: field.into(),
            role: role.into(),
        })
        .filter(is_new)
        .collect();
    unseen.sort_by(|a, b| (&a.address, &a.field).cmp(&(&b.address, &b.field)));
    unseen.dedup();
    unseen
}

fn now<'a>(inputs: &Inputs<'a>) -> Facts<'a> {
    Facts::now(inputs.desired, &inputs.observed.live, inputs.observed.at)
}

/// The fields that differ from the manifest.
fn differing(judged: &BTreeMap<Address, Judged<'_>>) -> BTreeSet<(Address, String)> {
    let all = judged.iter().flat_map(|(address, item)| {
        let findings = item.judgement.findings.iter();
        let differs =
            findings.filter(|it| matches!(it.state, State::Changes | State::Blocked { .. }));
        differs.map(|finding| (address.clone(), finding.field.clone()))
    });
    all.collect()
}

/// The checks with those that several links share made one.
pub(super) fn merged(all: Vec<Check>) -> Vec<Check> {
    let mut merged: Vec<Check> = Vec::new();
    for check in all {
        let same = |it: &&mut Check| {
            it.address == check.address && it.field == check.field && it.what == check.what
        };
        match merged.iter_mut().find(same) {
            Some(known) => known.replications.extend(check.replications),
            None => merged.push(check),
        }
    }
    merged
        .sort_by(|a, b| (a.verdict, &a.address, &a.field).cmp(&(b.verdict, &b.address, &b.field)));
    merged
}
