//! What keeps replications from running, in the report: it decides whether a difference breaks
//! them, and where no difference of a managed field explains it, it is an item of its own.

use std::collections::BTreeMap;

use crate::link::{Check, Verdict};
use crate::model::{Address, Finding, State};
use crate::plan::Inputs;
use crate::plan::judged::Judged;

use super::{Breaking, Difference, Differs, Drift, Effect, Item, Origin, Restore};

impl From<Verdict> for Breaking {
    fn from(verdict: Verdict) -> Self {
        match verdict {
            Verdict::Breaks => Self::Yes,
            Verdict::MayBreak => Self::Unknown,
        }
    }
}

impl Drift {
    /// Notes what the checks found: in the items that have the field, or in one of its own. `lasting`
    /// are those that apply does not repair: of the others an item of the resource is the cause.
    pub(super) fn note_checks(
        &mut self,
        checks: &[Check],
        lasting: &[Check],
        judged: &BTreeMap<Address, Judged<'_>>,
        inputs: &Inputs<'_>,
    ) {
        for check in checks {
            let lasts =
                lasting.iter().any(|it| it.address == check.address && it.field == check.field);
            let explained = self.explain(check);
            let of_resource = self.items.iter_mut().find(|it| it.address == check.address);
            match of_resource {
                _ if explained => {}
                Some(item) if !lasts => item.note(check),
                _ => self.add(check, judged, inputs),
            }
        }
    }

    /// Notes a check in the items whose differences are its cause; says whether there are any.
    fn explain(&mut self, check: &Check) -> bool {
        let mut explained = false;
        for item in &mut self.items {
            let is_cause = match item.state {
                _ if check.is_about(&item.address, None) => true,
                Differs::Missing => false,
                Differs::Differs => item
                    .fields
                    .iter()
                    .any(|field| check.is_about(&item.address, Some(&field.field))),
            };
            // What is missing is the cause of everything that is said of its fields.
            let within = item.state == Differs::Missing && item.address == check.address;
            if is_cause {
                item.note(check);
            }
            explained |= is_cause || within;
        }
        explained
    }

    fn add(&mut self, check: &Check, judged: &BTreeMap<Address, Judged<'_>>, inputs: &Inputs<'_>) {
        let Some(Judged { want, judgement, .. }) = judged.get(&check.address) else { return };
        if !inputs.selection.selects(want) {
            return;
        }
        let item = match self.items.iter().position(|item| item.address == check.address) {
            Some(at) => &mut self.items[at],
            None => {
                self.items.push(Item {
                    address: check.address.clone(),
                    state: Differs::Differs,
                    origin: None,
                    fields: Vec::new(),
                    replications: want.replications.clone(),
                    breaks: Breaking::No,
                    why: None,
                    restore: Restore::default(),
                    blame: Vec::new(),
                    manifest: want.place.as_ref().map(ToString::to_string),
                });
                let last = self.items.len() - 1;
                &mut self.items[last]
            }
        };
        let field = check.field.clone().unwrap_or_default();
        let desired = want.get(&field).cloned();
        let is_kept =
            |finding: &Finding| finding.field == field && matches!(finding.state, State::Kept(_));
        let matches_manifest = judgement.findings.iter().any(is_kept);
        let remedy = check.remedy_with_place();
        item.fields.push(Difference {
            live: check.live.clone(),
            unmanaged: desired.is_none(),
            desired: desired.unwrap_or_default(),
            origin: Origin::Unknown,
            origin_unknown: None,
            accepted_until: None,
            blocked: None,
            remedy: Some(remedy.clone()),
            matches_manifest,
            field,
        });
        item.restore.why_not.get_or_insert(remedy);
        item.note(check);
    }
}

impl Item {
    fn note(&mut self, check: &Check) {
        let breaks = check.verdict.into();
        if self.breaks > breaks || self.why.is_none() && self.breaks == breaks {
            self.breaks = breaks;
            self.why = Some(check.what.clone());
        }
    }
}

impl Effect {
    /// Notes a check of the replication.
    pub(super) fn note(&mut self, check: &Check) {
        self.in_sync = Some(false);
        self.breaks = self.breaks.min(check.verdict.into());
    }
}
