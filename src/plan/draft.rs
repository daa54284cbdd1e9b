//! A plan while it grows, resource by resource.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use crate::model::{Address, BlockedReason, Desired, Finding, Place, State};

use super::accepted::{self, Accepted};
use super::judged::{Judged, kept, unverifiable};
use super::lacking::Lacking;
use super::step::{MAX_REQUEST_BYTES, size_of, step};
use super::{Action, Blocked, Inputs, Kept, Step, Summary, Unverifiable, missing_roles};

/// A plan while it grows, resource by resource in the order of their needs.
#[derive(Default)]
pub(super) struct Draft {
    pub(super) steps: Vec<Step>,
    /// The addresses of the steps.
    stepped: BTreeSet<Address>,
    pub(super) blocked: Vec<Blocked>,
    pub(super) accepted: Vec<Accepted>,
    pub(super) unverifiable: Vec<Unverifiable>,
    pub(super) kept: Vec<Kept>,
    pub(super) hints: Vec<String>,
    unchanged: usize,
    lacking: Lacking,
    /// The resources that wait for a system that could not be read, with that system.
    waiting: BTreeMap<Address, String>,
}

/// What keeps a resource from being brought about.
struct Obstruction {
    reason: BlockedReason,
    remedy: String,
    /// The system that could not be read, if it waits for one.
    unread_system: Option<String>,
}

impl Obstruction {
    fn new(reason: BlockedReason, remedy: String) -> Self {
        Self { reason, remedy, unread_system: None }
    }
}

impl Draft {
    pub(super) fn add(&mut self, item: &Judged<'_>, inputs: &Inputs<'_>) {
        if !inputs.selection.selects(&item.want) {
            return self.lacking.left_out(item);
        }
        let address = &item.want.address;
        let unchanged = self.shown();
        self.hints.extend(item.hints.iter().cloned());
        self.hints.extend(accepted::hints(item));
        self.accepted.extend(accepted::accepted(item));
        self.kept.extend(kept(address, &item.judgement));
        self.unverifiable.extend(unverifiable(address, &item.judgement.findings));
        self.block_or_step(item, inputs);
        if unchanged == self.shown() {
            self.unchanged += 1;
        }
    }

    /// How much there is to show.
    fn shown(&self) -> usize {
        self.blocked.len() + self.accepted.len() + self.unverifiable.len() + self.steps.len()
    }

    fn block_or_step(&mut self, item: &Judged<'_>, inputs: &Inputs<'_>) {
        let changes = item.judgement.changes();
        let create = item.judgement.create;
        if let Some(obstacle) = &item.judgement.obstacle
            && create
        {
            let why = Obstruction::new(obstacle.reason, obstacle.remedy.clone());
            return self.block_whole(item, &why);
        }
        for finding in &item.judgement.findings {
            if let State::Blocked { reason, remedy } = &finding.state {
                self.lacking.blocked(item, finding, *reason);
                let why = Obstruction::new(*reason, remedy.clone());
                self.blocked.push(blocked(&item.want, Some(finding), &why));
            }
        }
        if !create && changes.is_empty() {
            return;
        }
        if let Some(why) = self.unmet_need(item, inputs) {
            return self.block_whole(item, &why);
        }
        let mut step = step(item, changes, inputs);
        step.needs.retain(|need| self.stepped.contains(need));
        match step.calls.iter().find(|call| size_of(call) > MAX_REQUEST_BYTES) {
            Some(call) => {
                let remedy = format!(
                    "`{}` would be larger than the 64 KiB that TrueNAS accepts; ask for less at once",
                    call.method
                );
                self.block_whole(item, &Obstruction::new(BlockedReason::RequestTooLarge, remedy));
            }
            None => {
                self.stepped.insert(step.address.clone());
                self.steps.push(step);
            }
        }
    }

    /// Why what the resource needs will not be there.
    fn unmet_need(&self, item: &Judged<'_>, inputs: &Inputs<'_>) -> Option<Obstruction> {
        item.needs.iter().find_map(|need| {
            if self.lacking.lacks(need, &item.relies_on) {
                let selected =
                    inputs.desired.get(need).is_some_and(|want| inputs.selection.selects(want));
                return Some(if selected {
                    Obstruction {
                        reason: BlockedReason::NeedsBlocked,
                        remedy: format!("it needs `{need}`, which is blocked"),
                        unread_system: self.waiting.get(need).cloned(),
                    }
                } else {
                    Obstruction::new(
                        BlockedReason::NeedsUnselected,
                        format!(
                            "it needs `{need}`, which the command line leaves out; select that too"
                        ),
                    )
                });
            }
            let unread = inputs.observed.systems.get(&need.system)?.failure.is_some();
            unread.then(|| Obstruction {
                reason: BlockedReason::NeedsUnread,
                remedy: format!("it needs `{need}`, and `{}` could not be read", need.system),
                unread_system: Some(need.system.clone()),
            })
        })
    }

    /// Blocks a resource's creation, or else every change of it.
    fn block_whole(&mut self, item: &Judged<'_>, why: &Obstruction) {
        if let Some(system) = &why.unread_system {
            self.waiting.insert(item.want.address.clone(), system.clone());
        }
        if item.judgement.create {
            self.lacking.resource(item);
            self.blocked.push(blocked(&item.want, None, why));
            return;
        }
        for finding in item.judgement.findings.iter().filter(|it| it.state == State::Changes) {
            self.lacking.blocked(item, finding, why.reason);
            self.blocked.push(blocked(&item.want, Some(finding), why));
        }
    }

    /// Says which roles the login that planned lacks for the calls that were planned.
    pub(super) fn hint_at_missing_roles(&mut self, inputs: &Inputs<'_>) {
        for (system, roles) in missing_roles(&self.steps, inputs.observed) {
            let roles: Vec<&str> = roles.into_iter().collect();
            self.hints.push(format!(
                "{system}: the login that made this plan cannot carry it out; apply needs one \
                 with {}",
                roles.join(", ")
            ));
        }
    }

    pub(super) fn summary(&self) -> Summary {
        let count = |action| self.steps.iter().filter(|step| step.action == action).count();
        Summary {
            create: count(Action::Create),
            update: count(Action::Update),
            delete: count(Action::Delete),
            unchanged: self.unchanged,
            unverifiable: self.unverifiable.len(),
            blocked: self.blocked.len(),
            accepted: self.accepted.len(),
        }
    }
}

fn blocked(want: &Desired, finding: Option<&Finding>, why: &Obstruction) -> Blocked {
    let place = match finding {
        Some(finding) => want.place_of(&finding.field),
        None => want.place.as_ref(),
    };
    let whole = || {
        let fields = want.fields.iter().map(|(name, it)| (name.clone(), it.value.clone()));
        Value::Object(fields.collect::<Map<_, _>>())
    };
    Blocked {
        address: want.address.clone(),
        field: finding.map(|finding| finding.field.clone()),
        before: finding.map(|finding| finding.before.clone()).unwrap_or_default(),
        after: finding.map_or_else(whole, |finding| finding.after.clone()),
        reason: why.reason,
        remedy: why.remedy.clone(),
        unread_system: why.unread_system.clone(),
        manifest: place.map(Place::to_string),
    }
}
