//! A second opinion on a finished plan: invariants that its making must have kept.

use std::collections::BTreeSet;

use crate::model::Address;

use super::digest::digest_without;
use super::{Action, Plan};

/// What is wrong with a plan, as sentences; empty for every plan that the planner makes.
pub fn check(plan: &Plan) -> Vec<String> {
    let mut wrong = Vec::new();
    let mut done: BTreeSet<&Address> = BTreeSet::new();
    for step in &plan.steps {
        let address = &step.address;
        for need in step.needs.iter().filter(|need| !done.contains(need)) {
            wrong.push(format!("`{address}` comes before `{need}`, which it needs"));
        }
        if !done.insert(address) {
            wrong.push(format!("`{address}` has two steps"));
        }
        if step.action == Action::Update && step.changes.is_empty() {
            wrong.push(format!("`{address}` is updated without a change"));
        }
        if step.calls.is_empty() {
            wrong.push(format!("`{address}` has a step without a call"));
        }
        for risk in step.risks.iter().filter(|risk| !step.consequences.contains_key(risk)) {
            wrong.push(format!("`{address}` has the risk {} without a consequence", risk.name()));
        }
        for change in step.changes.iter().filter(|change| change.before == change.after) {
            wrong.push(format!("`{address}#{}` changes to what it is", change.field));
        }
    }
    for blocked in &plan.blocked {
        let same_field = |step: &super::Step| {
            step.address == blocked.address
                && blocked
                    .field
                    .as_ref()
                    .is_none_or(|field| step.changes.iter().any(|change| change.field == *field))
        };
        if plan.steps.iter().any(same_field) {
            wrong.push(format!("`{}` is blocked and has a step", blocked.address));
        }
    }
    let summary = plan.summary;
    if plan.steps.len() != summary.create + summary.update + summary.delete {
        wrong.push("the summary does not count the steps".into());
    }
    if plan.fingerprint != digest_without(plan, &["fingerprint", "tool_version"]) {
        wrong.push("the fingerprint is not that of the plan".into());
    }
    wrong
}
