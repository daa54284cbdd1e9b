//! One step: the changes of a resource, what they risk, what they rely on, and the calls.

use std::collections::BTreeMap;

use serde_json::json;

use crate::model::digest::digest;
use crate::model::placeholder::refs;
use crate::model::{Address, Change, Place, Risk};
use crate::truenas_wire::Call;
use crate::truenas_wire::call::LONGEST_REQUEST;

use super::document::StepType;
use super::judged::Judged;
use super::{Action, Inputs, Step, shared};

/// The largest request that TrueNAS accepts (`utils/limits.py`), less room for the envelope.
pub(super) const MAX_REQUEST_BYTES: usize = LONGEST_REQUEST - 512;

/// The step that makes these changes.
pub(super) fn step(item: &Judged<'_>, changes: Vec<Change>, inputs: &Inputs<'_>) -> Step {
    let changes = shared::by_entries(item.kind, changes);
    let around = inputs.around();
    let calls = item.kind.calls(&item.want, item.live, &changes, item.release, &around);
    let mut consequences: BTreeMap<Risk, String> = BTreeMap::new();
    for (risk, told) in item.kind.risks(&item.want, item.live, &changes, &around) {
        let all = consequences.entry(risk).or_default();
        *all += if all.is_empty() { "" } else { "; " };
        *all += &told;
    }
    Step {
        id: item.want.address.to_string(),
        step_type: StepType::Change,
        address: item.want.address.clone(),
        action: if item.judgement.create { Action::Create } else { Action::Update },
        manifest: item.want.place.as_ref().map(Place::to_string),
        needs: item.after.clone(),
        risks: consequences.keys().copied().collect(),
        consequences,
        expects: expects(item, &changes, &calls, inputs),
        changes,
        switches: item.want.switches.clone(),
        calls,
    }
}

/// Digests of exactly the live fields that a step changes or refers to.
fn expects(
    item: &Judged<'_>,
    changes: &[Change],
    calls: &[Call],
    inputs: &Inputs<'_>,
) -> BTreeMap<Address, BTreeMap<String, String>> {
    let expected = |change: &Change| {
        (change.field.clone(), shared::expectation(item.kind, change, &change.before))
    };
    let mut own: BTreeMap<String, String> = changes.iter().map(expected).collect();
    own.insert("exists".into(), digest(&json!(item.live.exists)));
    let mut all = BTreeMap::from([(item.want.address.clone(), own)]);
    let wanted = inputs.desired.get(&item.want.address).into_iter();
    let wanted = wanted.flat_map(|want| want.fields.values()).flat_map(|it| refs(&it.value));
    for field in calls.iter().flat_map(Call::refs).chain(wanted) {
        let known = inputs.observed.live.get(&field.address).and_then(|it| it.get(&field.field));
        if let Some(value) = known {
            all.entry(field.address).or_default().insert(field.field, digest(value));
        }
    }
    all
}

/// The size of a call on the wire, in bytes, but for its envelope.
pub(super) fn size_of(call: &Call) -> usize {
    json!(call.params).to_string().len() + call.method.len()
}
