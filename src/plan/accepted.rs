//! Differences that the manifest accepts for a while: shown, never changed, and over one day.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::model::{Acceptance, Address, KeptReason, Place, State};

use super::judged::Judged;

/// A difference that the manifest accepts for now.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Accepted {
    /// Which resource.
    pub address: Address,
    /// Which field.
    pub field: String,
    /// The live value.
    pub live: Value,
    /// The value that the manifest asks for.
    pub desired: Value,
    /// Why it is accepted.
    pub reason: String,
    /// The last day on which it is (UTC), `2030-12-31`.
    pub until: String,
    /// Where the manifest says so: `trueup.yaml:31`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub manifest: Option<String>,
}

/// The differences of a resource that are accepted.
pub(super) fn accepted(item: &Judged<'_>) -> Vec<Accepted> {
    let findings = item.judgement.findings.iter();
    findings
        .filter(|finding| finding.state == State::Kept(KeptReason::AcceptedDrift))
        .filter_map(|finding| {
            let acceptance = item.want.accepted.get(&finding.field)?;
            Some(Accepted {
                address: item.want.address.clone(),
                field: finding.field.clone(),
                live: finding.before.clone(),
                desired: finding.after.clone(),
                reason: acceptance.reason.clone(),
                until: acceptance.until.to_string(),
                manifest: acceptance.place.as_ref().map(Place::to_string),
            })
        })
        .collect()
}

/// What a person should know of acceptances that accept nothing: those that are over, and those
/// of what does not differ.
pub(super) fn hints(item: &Judged<'_>) -> Vec<String> {
    let said = |(field, acceptance): (&String, &Acceptance)| {
        let state = item.judgement.findings.iter().find(|it| it.field == *field);
        let differs = match state.map(|finding| &finding.state) {
            Some(State::Kept(KeptReason::AcceptedDrift)) => return None,
            Some(State::Changes | State::Blocked { .. }) => true,
            Some(State::Kept(_) | State::Unverifiable { .. }) | None => false,
        };
        let Acceptance { until, in_force, place, .. } = acceptance;
        let place = place.as_ref().map(|place| format!(" ({place})")).unwrap_or_default();
        let address = &item.want.address;
        match (differs, in_force) {
            (true, false) => Some(format!(
                "{address}#{field}: the difference was accepted until {until}{place}; that is \
                 over, so it counts again"
            )),
            // It is not there, so it is made as the manifest wants it.
            (true, true) => None,
            (false, _) => Some(format!(
                "{address}#{field}: nothing differs that would have to be accepted; take the entry \
                 out of `accept_drift`{place}"
            )),
        }
    };
    item.want.accepted.iter().filter_map(said).collect()
}
