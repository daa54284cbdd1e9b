//! A second opinion on a finished plan: invariants that its making must have kept, and that a
//! saved one must keep before anything in it is believed.

use std::collections::BTreeSet;

use serde_json::json;

use crate::kinds;
use crate::model::digest::{digest, digest_without};
use crate::model::placeholder::refs;
use crate::model::{Address, Change};
use crate::truenas_wire::Call;

use super::{Action, Plan, Step, shared};

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
        of_step(step, &mut wrong);
        of_expectations(plan, step, &done, &mut wrong);
    }
    for blocked in &plan.blocked {
        let same_field = |step: &Step| {
            step.address == blocked.address
                && blocked
                    .field
                    .as_ref()
                    .is_none_or(|field| step.changes.iter().any(|change| change.field == *field))
        };
        if plan.steps.iter().any(same_field) {
            wrong.push(format!("`{}` is blocked and has a step", blocked.address));
        }
        let unread = |name: &String| plan.systems.get(name).is_some_and(|system| !system.is_read());
        if !blocked.unread_system.iter().all(unread) {
            wrong.push(format!("`{}` waits for a system that was read", blocked.address));
        }
    }
    of_whole(plan, &mut wrong);
    wrong
}

/// What a step says of itself.
fn of_step(step: &Step, wrong: &mut Vec<String>) {
    let address = &step.address;
    if step.id != address.to_string() {
        wrong.push(format!("the step of `{address}` has the id `{}`", step.id));
    }
    if step.action == Action::Delete {
        wrong.push(format!("`{address}` is deleted, which this version never does"));
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
    match kinds::find(&address.kind) {
        Some(kind) => {
            let known =
                |field: &str| kind.fields().contains(&field) || kind.implied().contains(&field);
            for change in step.changes.iter().filter(|change| !known(&change.field)) {
                wrong.push(format!("`{address}` has no field `{}`", change.field));
            }
        }
        None => wrong.push(format!("`{address}` is of no kind that there is")),
    }
    let mut fields = BTreeSet::new();
    for change in &step.changes {
        if change.before == change.after {
            wrong.push(format!("`{address}#{}` changes to what it is", change.field));
        }
        if !fields.insert(&change.field) {
            wrong.push(format!("`{address}#{}` changes twice", change.field));
        }
    }
}

/// That a step expects what it changes, and refers only to what it expects or others make.
fn of_expectations(plan: &Plan, step: &Step, done: &BTreeSet<&Address>, wrong: &mut Vec<String>) {
    let address = &step.address;
    let own = step.expects.get(address);
    let expects =
        |field: &str, expected: String| own.and_then(|fields| fields.get(field)) == Some(&expected);
    if !expects("exists", digest(&json!(step.action != Action::Create))) {
        wrong.push(format!("`{address}` does not expect whether it exists"));
    }
    for change in &step.changes {
        let Some(kind) = kinds::find(&address.kind) else { continue };
        if !expects(&change.field, shared::expectation(kind, change, &change.before)) {
            wrong.push(format!("`{address}` does not expect the `{}` that it has", change.field));
        }
        let made = shared::by_entries(kind, vec![bare(change)]);
        if made.first() != Some(change) {
            wrong.push(format!(
                "`{address}#{}` adds or removes other entries than it shows",
                change.field
            ));
        }
    }
    let values = step.changes.iter().flat_map(|change| refs(&change.after));
    for field in step.calls.iter().flat_map(Call::refs).chain(values) {
        let other = field.address != *address;
        let made = plan.steps.iter().any(|step| step.address == field.address);
        if other && made && !(done.contains(&field.address) && step.needs.contains(&field.address))
        {
            wrong.push(format!("`{address}` refers to `{field}` and does not come after it"));
        }
        if !made && !step.expects.contains_key(&field.address) {
            wrong.push(format!("`{address}` refers to `{field}` and does not expect it"));
        }
    }
    let others = step.expects.keys().chain([address]);
    for other in others.filter(|it| !plan.systems.contains_key(&it.system)) {
        wrong.push(format!("`{other}` is on a system that the plan does not name"));
    }
}

/// A change by its values alone.
fn bare(change: &Change) -> Change {
    Change::new(&change.field, change.before.clone(), change.after.clone())
}

/// What the plan says of the whole.
fn of_whole(plan: &Plan, wrong: &mut Vec<String>) {
    let summary = plan.summary;
    let count = |action| plan.steps.iter().filter(|step| step.action == action).count();
    let counted = [
        (count(Action::Create), summary.create),
        (count(Action::Update), summary.update),
        (count(Action::Delete), summary.delete),
        (plan.blocked.len(), summary.blocked),
        (plan.unverifiable.len(), summary.unverifiable),
        (plan.accepted.len(), summary.accepted),
    ];
    if counted.iter().any(|(there, said)| there != said) {
        wrong.push("the summary does not count what the plan holds".into());
    }
    let blocked = plan.blocked.iter().map(|it| &it.address);
    let accepted = plan.accepted.iter().map(|it| &it.address);
    let others = plan.unverifiable.iter().map(|it| &it.address);
    let others = others.chain(plan.kept.iter().map(|it| &it.address));
    for other in blocked.chain(accepted).chain(others) {
        if !plan.systems.contains_key(&other.system) {
            wrong.push(format!("`{other}` is on a system that the plan does not name"));
        }
    }
    if plan.complete != (plan.unverifiable.is_empty() && plan.all_read()) {
        wrong.push("it is not as complete as it says".into());
    }
    for link in &plan.links {
        let kinds = [
            (&link.connection, "ssh_connection"),
            (&link.key, "ssh_keypair"),
            (&link.account, "user"),
            (&link.service, "ssh_service"),
        ];
        for (address, _) in kinds.iter().filter(|(address, kind)| address.kind != *kind) {
            wrong.push(format!("`{address}` is no part of a link"));
        }
    }
    if plan.fingerprint != digest_without(plan, &["fingerprint", "tool_version"]) {
        wrong.push("the fingerprint is not that of the plan".into());
    }
}
