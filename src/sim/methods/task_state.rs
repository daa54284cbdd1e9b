//! The `state` of tasks: what zettarepl last said of them, or why they are not run at all.
//!
//! Source: `plugins/zettarepl.py` (`_hold_task_reason`), `plugins/zettarepl_/state.py` and
//! `utils/string.py` of TS-25.10.6.

use serde_json::{Map, Value, json};

use super::super::clock::{date, now_ms};
use super::super::system::System;
use super::super::system::tasks::Task;

/// What keeps an enabled task from being run.
pub(super) enum Obstacle {
    /// Something that it needs is missing: it is on hold.
    Hold(String),
    /// It is no task that zettarepl can read.
    Error(String),
}

/// The state that is shown.
pub(super) fn shown(task: &Task, obstacle: Option<Obstacle>) -> Value {
    let (state, key, reason) = match obstacle.filter(|_| task.is("enabled")) {
        Some(Obstacle::Hold(reason)) => ("HOLD", "reason", reason),
        Some(Obstacle::Error(reason)) => ("ERROR", "error", reason),
        None => {
            let pending = || json!({"state": "PENDING"});
            return task.ran.clone().map_or_else(pending, Value::Object);
        }
    };
    json!({"state": state, "datetime": date(task.changed_ms), key: sentence(&reason)})
}

/// What a run that has come that far is remembered by.
pub(super) fn of_run(
    state: &str,
    more: impl IntoIterator<Item = (&'static str, Value)>,
) -> Map<String, Value> {
    let common =
        [("state", state.into()), ("datetime", date(now_ms())), ("last_snapshot", Value::Null)];
    common.into_iter().chain(more).map(|(key, value)| (key.to_owned(), value)).collect()
}

/// Why tasks on a dataset are on hold.
pub(super) fn pool_obstacle(system: &System, dataset: &str) -> Option<Obstacle> {
    let pool = dataset.split('/').next().unwrap_or_default();
    let reason = match system.datasets.pools.get(pool) {
        None => format!("Pool {pool} does not exist"),
        Some(found) if found.status == "OFFLINE" => format!("Pool {pool} is offline"),
        Some(_) => return None,
    };
    Some(Obstacle::Hold(reason))
}

/// A text with a full stop.
pub(super) fn sentence(text: &str) -> String {
    if text.is_empty() || text.ends_with(['.', '!', '?']) {
        text.to_owned()
    } else {
        format!("{text}.")
    }
}
