//! Whether what a plan relies on is still so.

use crate::model::{Address, Observed};
use serde_json::json;

use super::Plan;
use super::digest::digest;

/// Something that changed since the plan was made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Stale {
    /// A resource appeared or went.
    #[error("`{address}` {}", if *.exists { "exists now" } else { "is gone" })]
    Existence {
        /// Which resource.
        address: Address,
        /// Whether it is there now.
        exists: bool,
    },
    /// A field has another value.
    #[error("`{address}#{field}` is now {now}")]
    Field {
        /// Whose field.
        address: Address,
        /// Which one.
        field: String,
        /// Its value now, as JSON.
        now: String,
    },
}

/// Everything that the plan's steps rely on and that is no longer so.
pub fn stale(plan: &Plan, observed: &Observed) -> Vec<Stale> {
    let mut found = Vec::new();
    for (address, fields) in plan.steps.iter().flat_map(|step| &step.expects) {
        let live = observed.live.get(address);
        let exists = live.is_some_and(|live| live.exists);
        let same_existence =
            fields.get("exists").is_none_or(|expected| *expected == digest(&json!(exists)));
        if !same_existence {
            found.push(Stale::Existence { address: address.clone(), exists });
            continue;
        }
        for (field, expected) in fields.iter().filter(|(field, _)| *field != "exists") {
            let now = live.and_then(|live| live.get(field)).cloned().unwrap_or_default();
            if digest(&now) != *expected {
                found.push(Stale::Field {
                    address: address.clone(),
                    field: field.clone(),
                    now: now.to_string(),
                });
            }
        }
    }
    found.sort_by_key(ToString::to_string);
    found.dedup();
    found
}
