//! Saved plans and reviews: what one process plans, another shows and applies.

mod ci;
mod files;
mod forged_lines;
mod hostile;
mod inventory;
mod markdown;
mod property;
mod saved;

use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::spine::pair;
use crate::support::{Fleet, Ran};

/// A pair, and a saved plan for it.
fn planned() -> Fleet {
    let fleet = pair();
    fleet.trueup(&["plan", "--out", "plan.json"]).exits(0);
    fleet
}

/// Applies the saved plan.
fn apply(fleet: &Fleet) -> Ran {
    fleet.trueup(&["apply", "--plan", "plan.json", "--yes"])
}

/// The mutating calls that the pair was sent.
fn sent(fleet: &Fleet) -> usize {
    fleet.mutations("boston") + fleet.mutations("chicago")
}

/// Refuses, and sends nothing.
#[track_caller]
fn refuses(fleet: &Fleet, text: &str) {
    let before = sent(fleet);
    apply(fleet).exits(1).says(text);
    assert_eq!(sent(fleet), before, "nothing was sent");
}

/// The saved plan as JSON.
fn saved(fleet: &Fleet) -> Value {
    let text = std::fs::read_to_string(fleet.path("plan.json")).expect("a saved plan");
    serde_json::from_str(&text).expect("JSON")
}

/// Saves a plan that somebody changed, with the fingerprint that fits.
fn forge(fleet: &Fleet, change: impl FnOnce(&mut Value)) {
    let mut plan = saved(fleet);
    change(&mut plan);
    let members = plan.as_object_mut().expect("an object");
    let rest: serde_json::Map<String, Value> = members
        .iter()
        .filter(|(name, _)| !["fingerprint", "tool_version"].contains(&name.as_str()))
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect();
    let canonical = serde_json_canonicalizer::to_vec(&rest).expect("JSON");
    let hex: String = Sha256::digest(canonical).iter().map(|it| format!("{it:02x}")).collect();
    members.insert("fingerprint".into(), Value::from(format!("sha256:{hex}")));
    fleet.write("plan.json", &plan.to_string());
}
