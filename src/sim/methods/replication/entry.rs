//! A replication task as it is shown: with its connection and its snapshot tasks in full.
//!
//! Source: `plugins/replication.py` (`extend`, `ReplicationFSAttachmentDelegate`),
//! `plugins/zettarepl.py` (`_replication_task_definition`) of TS-25.10.6.

use serde_json::{Value, json};

use super::super::super::caller::Caller;
use super::super::super::ssh_client::keychain;
use super::super::super::system::System;
use super::super::super::system::tasks::Task;
use super::super::task_state::{self, Obstacle, pool_obstacle};
use super::super::{SECRET, is_within, pool_snapshottask};

/// All tasks.
pub(super) fn all(system: &System, caller: &Caller) -> Vec<Value> {
    system.tasks.replications.iter().map(|task| of(system, caller, task)).collect()
}

/// One task. Whoever may not write tasks does not see what their connections hold.
pub(super) fn of(system: &System, caller: &Caller, task: &Task) -> Value {
    let mut entry = task.fields.clone();
    let connection = task.number("ssh_credentials").and_then(|id| system.keychain.get(id));
    let connection = connection.map(|connection| {
        let mut shown = connection.entry();
        if !caller.has("REPLICATION_TASK_WRITE") {
            shown["attributes"] = SECRET.into();
        }
        shown
    });
    let bound = task.numbers("periodic_snapshot_tasks");
    let release = system.generation();
    let bound: Vec<Value> = bound
        .filter_map(|id| system.tasks.snapshots.get(id))
        .map(|task| pool_snapshottask::row(release, task))
        .collect();
    for (name, value) in [
        ("id", json!(task.id)),
        ("ssh_credentials", json!(connection)),
        ("periodic_snapshot_tasks", json!(bound)),
        ("state", task_state::shown(task, obstacle(system, task))),
        ("job", Value::Null),
    ] {
        entry.insert(name.to_owned(), value);
    }
    if release.tells_all_of_replications() {
        entry.insert("has_encrypted_dataset_keys".to_owned(), false.into());
    }
    if let Some(state) = entry.get_mut("state").and_then(Value::as_object_mut)
        && let Some(job) = state.remove("job")
    {
        entry.insert("job".to_owned(), job);
    }
    entry.into()
}

/// What keeps a task from being run.
pub(super) fn obstacle(system: &System, task: &Task) -> Option<Obstacle> {
    let here: Vec<&str> = match task.text("direction") {
        "PUSH" => task.texts("source_datasets").collect(),
        _ => vec![task.text("target_dataset")],
    };
    if let Some(found) = here.into_iter().find_map(|dataset| pool_obstacle(system, dataset)) {
        return Some(found);
    }
    if task.text("transport") == "LOCAL" {
        return None;
    }
    let Some(credentials) = task.number("ssh_credentials") else {
        let transport = task.text("transport");
        let text = format!("You should pass SSH credentials for {transport} transport");
        return Some(Obstacle::Hold(text));
    };
    match keychain::connection(&system.keychain, credentials) {
        Ok(connection) => connection.unreadable().map(|told| {
            Obstacle::Error(format!("When parsing replication task task_{}: {told}", task.id))
        }),
        Err(refused) => Some(Obstacle::Hold(refused.reason)),
    }
}

/// The enabled tasks that read from, or write to, a dataset that is mounted at or below the path.
pub(in super::super) fn attached(system: &System, path: &str) -> Vec<i64> {
    let within = |dataset: &str| is_within(&format!("/mnt/{dataset}"), path);
    let tasks = system.tasks.replications.iter().filter(|task| task.is("enabled"));
    let touched = |task: &&Task| {
        let (local, direction) = (task.text("transport") == "LOCAL", task.text("direction"));
        let reads = (local || direction == "PUSH") && task.texts("source_datasets").any(within);
        reads || ((local || direction == "PULL") && within(task.text("target_dataset")))
    };
    tasks.filter(touched).map(|task| task.id).collect()
}
