//! A step made anew from its resource as it is now, so that lists that others change too are
//! written with what others have in them. It is the same step, or the plan is stale: its other
//! changes and calls are those of the plan, and it adds and removes no entry that the plan does not
//! add or remove.

use serde_json::Value;

use crate::kinds::{self, Around, Kind};
use crate::model::field::{entries, without};
use crate::model::placeholder::filled;
use crate::model::{Change, Desired, FieldRef, Live, State};
use crate::truenas_wire::{Call, Release};

use super::judged::resolved;
use super::shared::without_lists;
use super::stale::Stale;
use super::{Plan, Step};

/// What is left of a step to do.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Fresh {
    /// The changes, without entries that are there or gone by now.
    pub changes: Vec<Change>,
    /// The calls.
    pub calls: Vec<Call>,
}

/// What a step is made anew from.
pub struct Now<'a> {
    /// The resource as it was read last.
    pub live: &'a Live,
    /// The system's release.
    pub release: &'a Release,
    /// What surrounds the resource; of the plan's resources what the plan wants.
    pub around: &'a Around<'a>,
    /// The values that references stand for, as far as they are known.
    pub known: &'a dyn Fn(&FieldRef) -> Option<Value>,
}

impl Now<'_> {
    /// The step made anew.
    ///
    /// # Errors
    /// Why it would not be the same.
    pub fn step(&self, plan: &Plan, step: &Step) -> Result<Fresh, Box<Stale>> {
        let Some(kind) = kinds::find(&step.address.kind) else {
            return Err(Box::new(Stale::Unread { address: step.address.clone() }));
        };
        let want = resolved(&plan.desired_of(step), self.known).into_owned();
        let changes = self.changes(kind, &want, step)?;
        let calls = kind.calls(&want, self.live, &changes, self.release, self.around);
        same_but_for_lists(kind, step, &calls)?;
        Ok(Fresh { changes, calls })
    }

    /// The entries of its shared lists that a step has written and that are not so now: what it
    /// takes to write them again. Nothing else of the step is repeated.
    ///
    /// # Errors
    /// Why the entries cannot be written as the plan says.
    pub fn missing_entries(&self, plan: &Plan, step: &Step) -> Result<Fresh, Box<Stale>> {
        let Some(kind) = kinds::find(&step.address.kind) else { return Ok(Fresh::default()) };
        let want = resolved(&plan.desired_of(step), self.known).into_owned();
        let mut changes = self.changes(kind, &want, step)?;
        changes.retain(|change| kinds::shared_list(kind, &change.field).is_some());
        if changes.is_empty() {
            return Ok(Fresh::default());
        }
        let calls = kind.calls(&want, self.live, &changes, self.release, self.around);
        Ok(Fresh { changes, calls })
    }

    fn changes(
        &self,
        kind: &dyn Kind,
        want: &Desired,
        step: &Step,
    ) -> Result<Vec<Change>, Box<Stale>> {
        let judgement = kinds::judge(kind, want, self.live, self.around);
        let blocked = judgement.findings.iter().find_map(|finding| match &finding.state {
            State::Blocked { remedy, .. } => Some(remedy.clone()),
            _ => None,
        });
        let blocked = judgement.obstacle.map(|obstacle| obstacle.remedy).or(blocked);
        if let Some(remedy) = blocked {
            return Err(Box::new(Stale::Blocked { address: step.address.clone(), remedy }));
        }
        let mut changes = Vec::new();
        for planned in &step.changes {
            if kinds::shared_list(kind, &planned.field).is_none() {
                changes.push(planned.clone());
                continue;
            }
            let finding = judgement.findings.iter().find(|it| it.field == planned.field);
            let Some(finding) = finding.filter(|it| it.state == State::Changes) else { continue };
            let now = Change::new(&planned.field, finding.before.clone(), finding.after.clone());
            let now = now.of_entries();
            if self.exceeds(&now.adds, &planned.adds)
                || self.exceeds(&now.removes, &planned.removes)
            {
                return Err(Box::new(Stale::Field {
                    address: step.address.clone(),
                    field: planned.field.clone(),
                    before: Some(planned.before.clone()),
                    now: finding.before.clone(),
                    as_planned: false,
                }));
            }
            changes.push(now);
        }
        Ok(changes)
    }

    /// Whether there are entries that are not among the planned ones.
    fn exceeds(&self, now: &[Value], planned: &[Value]) -> bool {
        let planned =
            planned.iter().map(|it| filled(it, self.known).unwrap_or_else(|_| it.clone()));
        let planned: Vec<Value> = planned.flat_map(|it| entries(&it).to_vec()).collect();
        !without(now, &planned).is_empty()
    }
}

/// That the calls are those of the step but for the lists in them.
fn same_but_for_lists(kind: &dyn Kind, step: &Step, calls: &[Call]) -> Result<(), Box<Stale>> {
    let planned = without_lists(kind, &step.calls);
    let now = without_lists(kind, calls);
    let length = planned.len().max(now.len());
    match (0..length).find(|at| planned.get(*at) != now.get(*at)) {
        None => Ok(()),
        Some(at) => Err(Box::new(Stale::Calls {
            address: step.address.clone(),
            planned: planned.get(at).cloned(),
            now: now.get(at).cloned(),
        })),
    }
}
