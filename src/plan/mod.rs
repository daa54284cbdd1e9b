//! Desired and live become a plan: pure, synchronous, and the same bytes for the same inputs.

pub mod accepted;
pub mod check;
mod connection_port;
pub mod document;
mod draft;
pub mod drift;
pub mod found;
pub mod fresh;
pub mod identity;
pub mod judged;
mod lacking;
mod links;
pub mod named;
pub mod order;
pub mod rehearsal;
pub mod saved;
pub mod select;
pub mod shared;
pub mod stale;
mod step;
mod wanted;

use std::collections::{BTreeMap, BTreeSet};

use crate::kinds::{self, Around};
use crate::model::{Address, Desired, Link};
use crate::truenas_wire::Observed;

pub use accepted::Accepted;
pub use document::{Action, Blocked, Kept, Plan, Step, Summary, System, Unverifiable};
pub use drift::{Baseline, Drift, Occasion, drift};
pub use found::{Found, found};
pub use order::Cycle;
pub use select::Selection;

use draft::Draft;
use judged::judge_all;

/// What a plan is made of.
pub struct Inputs<'a> {
    /// Everything that the manifest asks for.
    pub desired: &'a BTreeMap<Address, Desired>,
    /// Datasets that replications go into and the manifest does not ask for: only looked at.
    pub named: &'a [Desired],
    /// What was read.
    pub observed: &'a Observed,
    /// The links of the manifest's replications.
    pub links: &'a [Link],
    /// The digest of the manifest.
    pub manifest_digest: &'a str,
    /// What the command line narrows the plan to.
    pub selection: &'a Selection,
}

impl<'a> Inputs<'a> {
    /// What surrounds each resource.
    fn around(&self) -> Around<'a> {
        let Observed { systems, live, .. } = self.observed;
        Around { systems, desired: self.desired, live }
    }
}

fn set(addresses: &[Address]) -> BTreeSet<Address> {
    addresses.iter().cloned().collect()
}

/// Plans.
///
/// # Errors
/// Resources that need each other.
pub fn plan(inputs: &Inputs<'_>) -> Result<Plan, Cycle> {
    let judged = judge_all(inputs);
    let needs = judged.iter().map(|(address, it)| (address.clone(), set(&it.needs))).collect();
    let after = judged.iter().map(|(address, it)| (address.clone(), set(&it.after))).collect();
    let order = order::ordered(&needs, after)?;
    let mut draft = Draft::default();
    for address in order {
        if let Some(item) = judged.get(&address) {
            draft.add(item, inputs);
        }
    }
    draft.hints.extend(named::hints(inputs));
    draft.hints.extend(connection_port::hints(inputs));
    draft.hint_at_missing_roles(inputs);
    draft.unverifiable.extend(links::unseen(inputs, &draft.unverifiable));
    let checks = links::failing_after(inputs, &draft.steps, &draft.blocked);
    let complete = draft.unverifiable.is_empty()
        && inputs.observed.systems.values().all(|seen| seen.failure.is_none());
    Ok(Plan {
        format_version: document::PLAN_FORMAT.into(),
        tool_version: env!("CARGO_PKG_VERSION").into(),
        fingerprint: String::new(),
        manifest_digest: inputs.manifest_digest.into(),
        complete,
        systems: document::systems(inputs.observed),
        summary: draft.summary(),
        steps: draft.steps,
        blocked: draft.blocked,
        accepted: draft.accepted,
        unverifiable: draft.unverifiable,
        kept: draft.kept,
        hints: draft.hints,
        checks,
        links: Vec::new(),
    }
    .fingerprinted())
}

/// The roles that the steps' calls need and that the logins lack, by system.
pub fn missing_roles<'a>(
    steps: impl IntoIterator<Item = &'a Step>,
    observed: &Observed,
) -> BTreeMap<String, BTreeSet<&'static str>> {
    let mut missing: BTreeMap<String, BTreeSet<&'static str>> = BTreeMap::new();
    for step in steps {
        let Some(seen) = observed.systems.get(&step.address.system) else { continue };
        for call in &step.calls {
            if let Some(role) = kinds::role_for(&step.address.kind, &call.method)
                && !seen.roles.has(role)
            {
                missing.entry(step.address.system.clone()).or_default().insert(role);
            }
        }
    }
    missing
}
