//! Lists that others change too, while a plan is applied: read again directly before they are
//! written, and looked at afterwards. TrueNAS takes such a list only as a whole and has no
//! compare-and-set, so whoever writes between the reading and the writing may lose what they wrote.

use std::collections::BTreeMap;
use std::sync::Mutex;

use serde_json::Value;

use crate::kinds::{self, Around, Judgement};
use crate::model::field::{entries, without};
use crate::model::{Address, FieldRef, Live};
use crate::plan::Step;
use crate::plan::fresh::Now;
use crate::plan::stale::Stale;
use crate::truenas_wire::Call;

use super::Run;

/// How often entries that somebody else took away are written again.
const MOST_REPEATS: usize = 2;

/// The entries of a resource's shared lists, by field.
pub(super) type Lists = BTreeMap<&'static str, Vec<Value>>;

/// What became of entries during a run, by the step that writes their lists.
#[derive(Default)]
pub struct Entries(Mutex<BTreeMap<Address, Fate>>);

/// What became of the entries of one step's lists.
#[derive(Default)]
struct Fate {
    /// How often its own entries were written again.
    repeats: usize,
    /// Others change the lists while the plan is applied.
    is_changed_by_others: bool,
    /// Entries of others that disappeared, as sentences.
    disappeared: Vec<String>,
}

impl Entries {
    fn with<T>(&self, step: &Address, act: impl FnOnce(&mut Fate) -> T) -> T {
        let mut all = self.0.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        act(all.entry(step.clone()).or_default())
    }

    /// Whether a step's entries may be written once more; that is counted.
    pub(super) fn may_repeat(&self, step: &Address) -> bool {
        self.with(step, |fate| {
            fate.repeats += 1;
            fate.repeats <= MOST_REPEATS
        })
    }

    /// Notes that others change a resource's lists while the plan is applied.
    pub(super) fn note_others(&self, step: &Address) {
        self.with(step, |fate| fate.is_changed_by_others = true);
    }

    /// Whether others change a resource's lists while the plan is applied.
    pub(super) fn others_write(&self, step: &Address) -> bool {
        self.with(step, |fate| fate.is_changed_by_others)
    }

    /// What disappeared of others while a step was carried out.
    pub(super) fn disappeared(&self, step: &Address) -> Vec<String> {
        self.with(step, |fate| fate.disappeared.clone())
    }

    /// Notes the entries that were there before a step's calls, are not there after them, and that
    /// the step does not remove.
    pub(super) fn compare(&self, step: &Step, before: &Lists, after: &Lists) {
        for (field, before) in before {
            let change = step.changes.iter().find(|change| change.field == *field);
            let removes = change.map(|change| change.removes.as_slice()).unwrap_or_default();
            let after = after.get(field).map(Vec::as_slice).unwrap_or_default();
            for entry in without(&without(before, removes), after) {
                let shown = entry.as_str().map_or_else(|| entry.to_string(), Into::into);
                let warning = format!(
                    "`{shown}` disappeared from `{field}` meanwhile, and this plan does not remove it"
                );
                self.with(&step.address, |fate| {
                    if !fate.disappeared.contains(&warning) {
                        fate.disappeared.push(warning);
                    }
                });
            }
        }
    }
}

/// The shared lists of a resource.
pub(super) fn lists(step: &Step, live: &Live) -> Lists {
    let kind = kinds::find(&step.address.kind);
    let lists = kind.map(|kind| kind.shared_lists()).unwrap_or_default().iter();
    let list = |field| live.get(field).map(|value| (field, entries(value).to_vec()));
    lists.filter_map(|shared| list(shared.field)).collect()
}

/// Whether a list that the step changes is not as it was when the plan was made.
pub(super) fn changed_since_planned(step: &Step, live: &Live) -> bool {
    let lists = lists(step, live);
    step.changes.iter().any(|change| {
        lists.get(&*change.field).is_some_and(|now| now.as_slice() != entries(&change.before))
    })
}

/// Whether nothing but entries of shared lists is missing.
pub(super) fn only_entries_missing(step: &Address, judgement: &Judgement) -> bool {
    let Some(kind) = kinds::find(&step.kind) else { return false };
    let changes = judgement.changes();
    let is_list = |field: &str| kinds::shared_list(kind, field).is_some();
    !judgement.create && !changes.is_empty() && changes.iter().all(|it| is_list(&it.field))
}

/// What of a step is sent.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    /// All of it.
    Everything,
    /// The entries that somebody took away.
    MissingEntries,
}

/// The calls of a step for its resource as it was read just now.
///
/// # Errors
/// Why they would not be what the plan says.
pub(super) fn calls_for(
    run: &Run<'_>,
    step: &Step,
    live: &Live,
    part: Part,
) -> Result<Vec<Call>, Box<Stale>> {
    let unread = || Box::new(Stale::Unread { address: step.address.clone() });
    let release = run.seen.get(&step.address.system).and_then(|seen| seen.release.as_ref());
    let release = release.ok_or_else(unread)?;
    // Nothing is awaited while it is held.
    let known_live = run.live.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
    let around = Around { systems: &run.seen, desired: &run.wants, live: &known_live };
    let known = |field: &FieldRef| known_live.get(&field.address)?.get(&field.field).cloned();
    let now = Now { live, release, around: &around, known: &known };
    let fresh = match part {
        Part::Everything => now.step(run.plan, step)?,
        Part::MissingEntries => now.missing_entries(run.plan, step)?,
    };
    Ok(fresh.calls)
}
