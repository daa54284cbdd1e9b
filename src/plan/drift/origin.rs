//! Where a difference comes from: what was found then, what is live now, and what the manifest
//! asks for now. Nothing is guessed: what these three do not decide is unknown, and why.

use serde_json::Value;

use crate::model::Finding;
use crate::model::placeholder::refs;
use crate::plan::Inputs;
use crate::plan::judged::Judged;

use super::Origin;
use super::baseline::{Baseline, Before, Existed};

/// An origin, and why it is unknown.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Told {
    pub(super) origin: Origin,
    pub(super) why: Option<String>,
}

impl From<Origin> for Told {
    fn from(origin: Origin) -> Self {
        Self { origin, why: None }
    }
}

fn unknown(why: &str) -> Told {
    Told { origin: Origin::Unknown, why: Some(why.into()) }
}

const NOT_IN_BASELINE: &str = "the baseline does not have it: the manifest did not name it yet, the \
     baseline is of a part of the manifest, or its system could not be read";
const NOT_APPLIED: &str = "it is as it was before the plan: the plan was not applied, or somebody \
     changed it back";
const UNREADABLE: &str = "the baseline's login could not read it";
const AFTER_APPLY: &str = "the plan did not know its value yet";
const REFERS: &str = "its value is another resource's, and the plan does not say what that was";
const OTHER_MANIFEST: &str = "the baseline does not say what the manifest asked for then";

/// Where it comes from that a resource is missing.
pub(super) fn of_missing(judged: &Judged<'_>, baseline: Option<&Baseline>) -> Told {
    let Some(baseline) = baseline else { return Origin::Unknown.into() };
    match baseline.existed(&judged.want.address) {
        Some(Existed::Yes) => Origin::System.into(),
        Some(Existed::No) => Origin::Earlier.into(),
        Some(Existed::IfApplied) => unknown(NOT_APPLIED),
        None => unknown(NOT_IN_BASELINE),
    }
}

/// Where the difference of a field comes from.
pub(super) fn of_field(
    judged: &Judged<'_>,
    finding: &Finding,
    inputs: &Inputs<'_>,
    baseline: Option<&Baseline>,
) -> Told {
    let Some(baseline) = baseline else { return Origin::Unknown.into() };
    let address = &judged.want.address;
    let written = inputs.desired.get(address).and_then(|want| want.get(&finding.field));
    let Some(existed) = baseline.existed(address) else { return unknown(NOT_IN_BASELINE) };
    if existed == Existed::No {
        return unknown("the baseline found nothing there, and now there is something");
    }
    let same_manifest = baseline.source.manifest_digest.as_deref() == Some(inputs.manifest_digest);
    match baseline.field(address, &finding.field) {
        Some(before) => told(before, judged, finding, written, same_manifest),
        // Nothing was wrong with it then, or it would be among what was found.
        None if written.is_none() => Origin::System.into(),
        // The manifest asks for it since.
        None if !same_manifest => Origin::Manifest.into(),
        None => unknown(NOT_IN_BASELINE),
    }
}

fn told(
    before: &Before,
    judged: &Judged<'_>,
    finding: &Finding,
    written: Option<&Value>,
    same_manifest: bool,
) -> Told {
    let now = &finding.before;
    let refers = written.is_some_and(|value| !refs(value).is_empty());
    let (live, wanted) = match before {
        Before::Unreadable => return unknown(UNREADABLE),
        Before::Equal if refers => return unknown(REFERS),
        // It was as the manifest wants it, which wants the same, and now it is not.
        Before::Equal if same_manifest => return Origin::System.into(),
        Before::Equal => return unknown(OTHER_MANIFEST),
        Before::AfterApply => return unknown(AFTER_APPLY),
        Before::Planned { from, to } if now == from && now != to => return unknown(NOT_APPLIED),
        Before::Planned { to, .. } => (to, (!to.is_array()).then_some(to)),
        Before::Found { live, wanted } => (live, Some(wanted)),
    };
    let changed = live != now;
    let wants = judged.want.get(&finding.field).unwrap_or(&finding.after);
    let wants_other = match wanted {
        Some(wanted) if refs(wants).is_empty() => Some(wanted != wants),
        _ => same_manifest.then_some(false),
    };
    match (changed, wants_other) {
        (true, Some(true)) => Origin::Both.into(),
        (true, Some(false)) => Origin::System.into(),
        (false, Some(true)) if refers => Origin::Reference.into(),
        (false, Some(true)) => Origin::Manifest.into(),
        (false, Some(false)) => Origin::Earlier.into(),
        (_, None) => unknown(OTHER_MANIFEST),
    }
}
