//! Whether what a plan relies on is still so.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::kinds;
use crate::model::digest::digest;
use crate::model::{Address, Change, Live, Reading, Risk};
use crate::truenas_wire::{Call, Observed};

use super::{Plan, Step, shared};

/// Why a step cannot be carried out as it was planned.
#[derive(Clone, Debug, PartialEq)]
pub enum Stale {
    /// A resource appeared or went.
    Existence {
        /// Which resource.
        address: Address,
        /// Whether it is there now.
        exists: bool,
    },
    /// A field has another value.
    Field {
        /// Whose field.
        address: Address,
        /// Which one.
        field: String,
        /// Its value when the plan was made, where the plan tells it.
        before: Option<Value>,
        /// Its value now.
        now: Value,
        /// It is what a step wants, though not all that the step wants is so.
        as_planned: bool,
    },
    /// A field cannot be read.
    Hidden {
        /// Whose field.
        address: Address,
        /// Which one.
        field: String,
        /// The role that shows it.
        role: &'static str,
    },
    /// A resource was not read.
    Unread {
        /// Which resource.
        address: Address,
    },
    /// Something stands in the way now.
    Blocked {
        /// Which resource.
        address: Address,
        /// What is in the way and what to do about it.
        remedy: String,
    },
    /// A change risks what the plan does not say.
    Risk {
        /// Of which resource.
        address: Address,
        /// What it risks.
        risk: Risk,
    },
    /// The plan's calls are not those that trueup would send now for the plan's changes.
    Calls {
        /// Which resource.
        address: Address,
        /// The first of the plan's calls that trueup would not send; `None`: one is missing.
        planned: Option<Call>,
        /// The one in its place.
        now: Option<Call>,
    },
}

/// Everything that the plan's steps rely on and that is no longer so. A step that is `done` has
/// done what it says to the fields that others rely on.
pub fn stale(plan: &Plan, observed: &Observed, done: &BTreeSet<Address>) -> Vec<Stale> {
    let mut found: Vec<Stale> = Vec::new();
    for step in plan.steps.iter().filter(|step| !done.contains(&step.address)) {
        for it in unmet(plan, step, observed, done) {
            if !found.contains(&it) {
                found.push(it);
            }
        }
    }
    found
}

/// What a step expects and is not so.
pub(super) fn unmet(
    plan: &Plan,
    step: &Step,
    observed: &Observed,
    done: &BTreeSet<Address>,
) -> Vec<Stale> {
    let mut found = Vec::new();
    for (address, fields) in &step.expects {
        let Some(live) = observed.live.get(address) else {
            found.push(Stale::Unread { address: address.clone() });
            continue;
        };
        let exists = fields.get("exists");
        if exists.is_some_and(|expected| *expected != digest(&json!(live.exists))) {
            found.push(Stale::Existence { address: address.clone(), exists: live.exists });
            continue;
        }
        let owner = plan.steps.iter().find(|step| step.address == *address);
        let owner_is_done = done.contains(address);
        for (field, expected) in fields.iter().filter(|(field, _)| *field != "exists") {
            let change = owner.and_then(|it| it.changes.iter().find(|it| it.field == *field));
            if owner_is_done && change.is_some() {
                continue;
            }
            found.extend(field_unmet(address, field, expected, live, change));
        }
    }
    found
}

fn field_unmet(
    address: &Address,
    field: &str,
    expected: &str,
    live: &Live,
    change: Option<&Change>,
) -> Option<Stale> {
    let kind = kinds::find(&address.kind);
    let (address, field) = (address.clone(), field.to_string());
    if let Some(Reading::Hidden { role }) = live.fields.get(&field) {
        return Some(Stale::Hidden { address, field, role });
    }
    let now = live.get(&field).cloned().unwrap_or_default();
    let found = match (kind, change) {
        (Some(kind), Some(change)) => shared::expectation(kind, change, &now),
        _ => digest(&now),
    };
    (found != expected).then(|| Stale::Field {
        before: change.map(|change| change.before.clone()),
        as_planned: change.is_some_and(|change| change.after == now),
        address,
        field,
        now,
    })
}
