//! Changes of lists that others change too: by their entries, so that what somebody else adds or
//! removes in the meantime is neither lost nor a reason to refuse the plan.

use serde_json::{Value, json};

use crate::kinds::{self, Exclusive, Kind};
use crate::model::Change;
use crate::model::digest::digest;
use crate::model::field::entries;
use crate::truenas_wire::Call;

use super::Step;

/// The changes, those of shared lists by their entries.
pub(super) fn by_entries(kind: &dyn Kind, changes: Vec<Change>) -> Vec<Change> {
    let by_entries = |change: Change| match kinds::shared_list(kind, &change.field) {
        Some(_) => change.of_entries(),
        None => change,
    };
    changes.into_iter().map(by_entries).collect()
}

/// The digest of what a step relies on in a field that it changes: its value, or of a shared list
/// which of the step's entries are there.
pub(super) fn expectation(kind: &dyn Kind, change: &Change, value: &Value) -> String {
    if kinds::shared_list(kind, &change.field).is_none() {
        return digest(value);
    }
    let present = |all: &[Value]| -> Vec<bool> {
        all.iter().map(|entry| entries(value).contains(entry)).collect()
    };
    digest(&json!({ "adds": present(&change.adds), "removes": present(&change.removes) }))
}

/// What a step wants of a field that it changes. Of a shared list only the entries that it adds, so
/// that its kind merges them into whatever is there, unless there are to be no others.
pub(super) fn wanted(step: &Step, change: &Change) -> Value {
    let kind = kinds::find(&step.address.kind);
    let exclusive = match kind.and_then(|kind| kinds::shared_list(kind, &change.field)) {
        None => true,
        Some(list) => match list.exclusive {
            Exclusive::Always => true,
            Exclusive::Switch(switch) => step.switches.get(switch) == Some(&Value::Bool(true)),
        },
    };
    if exclusive || change.adds.is_empty() {
        return change.after.clone();
    }
    Value::Array(change.adds.clone())
}

/// Whether a step sends a shared list, changed or carried over.
pub(crate) fn sends_shared_list(step: &Step) -> bool {
    let Some(kind) = kinds::find(&step.address.kind) else { return false };
    let without = without_lists(kind, &step.calls);
    without != step.calls
}

/// Calls without the shared lists in them; one that sends nothing else is left out.
pub(super) fn without_lists(kind: &dyn Kind, calls: &[Call]) -> Vec<Call> {
    let lists = kind.shared_lists();
    let is_list = |name: &str| lists.iter().any(|list| list.parameter == name);
    let mut rest = Vec::new();
    for call in calls {
        let mut call = call.clone();
        let removed: usize = call.params.iter_mut().map(|param| remove(param, &is_list)).sum();
        let is_empty = |param: &Value| param.as_object().is_some_and(|it| it.is_empty());
        if removed == 0 || !call.params.last().is_some_and(is_empty) {
            rest.push(call);
        }
    }
    rest
}

/// Removes members at any depth, and says how many.
fn remove(value: &mut Value, is_removed: &dyn Fn(&str) -> bool) -> usize {
    match value {
        Value::Object(members) => {
            let before = members.len();
            members.retain(|name, _| !is_removed(name));
            let removed = before - members.len();
            removed + members.values_mut().map(|it| remove(it, is_removed)).sum::<usize>()
        }
        Value::Array(members) => members.iter_mut().map(|it| remove(it, is_removed)).sum(),
        _ => 0,
    }
}
