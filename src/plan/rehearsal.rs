//! What becomes of a saved plan on the systems as they are now, before anything is sent.
//!
//! A step whose desired state holds already is done: applying a plan twice does nothing the second
//! time, and one that broke off goes on where it stopped. Every other step is carried out only if
//! what it expects is still so, and only if trueup, reading the systems now, would itself send
//! exactly its calls for exactly its changes. So a file cannot make trueup send anything that the
//! changes in it do not show, and what a call would carry over unasked (the unmanaged attributes
//! of a connection) is as fresh as the rest.

use std::collections::BTreeSet;

use crate::kinds::{self, Around};
use crate::model::{Address, FieldRef, Risk, State};
use crate::truenas_wire::Observed;

use super::fresh::Now;
use super::judged::resolved;
use super::stale::{Stale, unmet};
use super::{Plan, Step};

/// What becomes of a plan now.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Rehearsal {
    /// The steps whose desired state holds already.
    pub done: BTreeSet<Address>,
    /// Why the others cannot be carried out as planned.
    pub stale: Vec<Stale>,
    /// What the others risk.
    pub risks: BTreeSet<Risk>,
}

/// Rehearses the plan.
pub fn rehearse(plan: &Plan, observed: &Observed) -> Rehearsal {
    let desired = plan.desired();
    let around = Around { systems: &observed.systems, desired: &desired, live: &observed.live };
    let holds = |step: &&Step| holds(plan, step, observed, &around);
    let done: BTreeSet<Address> =
        plan.steps.iter().filter(holds).map(|step| step.address.clone()).collect();
    let mut rehearsal = Rehearsal { done, ..Rehearsal::default() };
    for step in plan.steps.iter().filter(|step| !rehearsal.done.contains(&step.address)) {
        let mut stale = unmet(plan, step, observed, &rehearsal.done);
        if stale.is_empty() {
            stale.extend(otherwise(plan, step, observed, &around));
        }
        rehearsal.stale.extend(stale);
        rehearsal.risks.extend(step.risks.iter().copied());
    }
    rehearsal
}

/// Whether everything that the step wants is so, and can be read.
fn holds(plan: &Plan, step: &Step, observed: &Observed, around: &Around<'_>) -> bool {
    let Some(kind) = kinds::find(&step.address.kind) else { return false };
    let Some(live) = observed.live.get(&step.address) else { return false };
    let want = plan.desired_of(step);
    let want =
        resolved(&want, &|field| observed.live.get(&field.address)?.get(&field.field).cloned());
    let judgement = kinds::judge(kind, &want, live, around);
    !judgement.create && judgement.findings.iter().all(|it| matches!(it.state, State::Kept(_)))
}

/// Why trueup would do something else now than what the step says, or risk what it does not say.
fn otherwise(plan: &Plan, step: &Step, observed: &Observed, around: &Around<'_>) -> Vec<Stale> {
    let address = || step.address.clone();
    let seen = observed.systems.get(&step.address.system);
    let release = seen.and_then(|seen| seen.release.as_ref());
    let live = observed.live.get(&step.address);
    let (Some(kind), Some(live), Some(release)) = (kinds::find(&step.address.kind), live, release)
    else {
        return vec![Stale::Unread { address: address() }];
    };
    let known = |field: &FieldRef| observed.live.get(&field.address)?.get(&field.field).cloned();
    let now = Now { live, release, around, known: &known };
    let changes = match now.step(plan, step) {
        Ok(fresh) => fresh.changes,
        Err(stale) => return vec![*stale],
    };
    let risks = kind.risks(&plan.desired_of(step), live, &changes, around);
    let unsaid = risks.into_iter().map(|(risk, _)| risk).filter(|it| !step.risks.contains(it));
    unsaid.map(|risk| Stale::Risk { address: address(), risk }).collect()
}
