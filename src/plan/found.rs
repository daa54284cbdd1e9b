//! What was found of the managed fields: what a later drift report is compared with.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::model::{Address, State};

use super::Inputs;
use super::judged::{Judged, judge_all};

/// A managed field as it was found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Found {
    /// The live value.
    pub live: Value,
    /// What the manifest asked for; left out: the same.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wanted: Option<Value>,
}

/// What was found of every managed field that could be read, of the selected resources that are
/// there.
pub fn found(inputs: &Inputs<'_>) -> BTreeMap<Address, BTreeMap<String, Found>> {
    let judged = judge_all(inputs);
    let selected = judged.values().filter(|item| inputs.selection.selects(&item.want));
    of_resources(selected)
}

/// What was found of these resources.
pub(super) fn of_resources<'a, 'i: 'a>(
    items: impl IntoIterator<Item = &'a Judged<'i>>,
) -> BTreeMap<Address, BTreeMap<String, Found>> {
    let there = items.into_iter().filter(|item| item.live.exists);
    there.map(|item| (item.want.address.clone(), of_resource(item))).collect()
}

fn of_resource(item: &Judged<'_>) -> BTreeMap<String, Found> {
    let findings = item.judgement.findings.iter();
    findings
        .filter(|finding| !matches!(finding.state, State::Unverifiable { .. }))
        .map(|finding| {
            let wanted = item.want.get(&finding.field).unwrap_or(&finding.after);
            let wanted = (*wanted != finding.before).then(|| wanted.clone());
            (finding.field.clone(), Found { live: finding.before.clone(), wanted })
        })
        .collect()
}
