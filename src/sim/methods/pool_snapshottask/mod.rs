//! `pool.snapshottask.*`: periodic snapshots.
//!
//! Source: `plugins/snapshot.py`, `plugins/snapshot_/task_retention.py`,
//! `api/v25_10_0/pool_snapshottask.py` of TS-25.10.6, and 26.0. Snapshots themselves are not kept.

mod model;
#[cfg(test)]
mod tests;

use serde_json::{Map, Value, json};

use super::super::check::{Errors, int, required};
use super::super::fault::Fault;
use super::super::method::{Call, Method, Reply};
use super::super::query::datastore::Columns;
use super::super::release::Release;
use super::super::repr::python_repr;
use super::super::system::System;
use super::super::system::tasks::Task;
use super::task_state::{self, pool_obstacle};
use super::{
    accepted, audited, instance, instance_query, plain, query as answer_query, schedule,
    snapshot_name, text_at,
};
pub(super) use model::{UNITS, creation};

pub(super) const METHODS: &[Method] = &[
    plain("pool.snapshottask.query", READ, query),
    plain("pool.snapshottask.get_instance", READ, get_instance),
    audited("pool.snapshottask.create", WRITE, "Snapshot task create:", create),
    audited("pool.snapshottask.update", WRITE, "Snapshot task update:", update),
    audited("pool.snapshottask.delete", WRITE, "Snapshot task delete:", delete),
    plain("pool.snapshottask.run", WRITE, run),
    plain("pool.snapshottask.max_count", READ, max_count),
    plain("pool.snapshottask.max_total_count", READ, max_total_count),
    plain("pool.snapshottask.update_will_change_retention_for", READ, update_will_change),
    plain("pool.snapshottask.delete_will_change_retention_for", READ, delete_will_change),
];

const READ: &[&str] = &["SNAPSHOT_TASK_READ"];
const WRITE: &[&str] = &["SNAPSHOT_TASK_WRITE"];
const COLLECTION: &str = "pool.snapshottask.query";
/// The columns of `storage_task`.
const COLUMNS: Columns = &[
    "id",
    "dataset",
    "recursive",
    "lifetime_value",
    "lifetime_unit",
    "begin",
    "end",
    "enabled",
    "exclude",
    "naming_schema",
    "minute",
    "hour",
    "daymonth",
    "month",
    "dayweek",
    "allow_empty",
    "state",
];

fn entry(system: &System, task: &Task) -> Value {
    let mut entry = task.fields.clone();
    entry.insert("id".into(), task.id.into());
    entry.insert("vmware_sync".into(), false.into());
    let obstacle = pool_obstacle(system, task.text("dataset"));
    entry.insert("state".into(), task_state::shown(task, obstacle));
    entry.into()
}

/// The task as a replication shows it: a row of the database.
pub(super) fn row(release: Release, task: &Task) -> Value {
    let mut row = task.fields.clone();
    row.insert("id".into(), task.id.into());
    if release.tells_all_of_replications() {
        row.insert("state".into(), "{}".into());
    }
    row.into()
}

fn entries(system: &System) -> Vec<Value> {
    system.tasks.snapshots.iter().map(|task| entry(system, task)).collect()
}

fn query(call: &mut Call<'_>) -> Result<Reply, Fault> {
    answer_query(call, COLUMNS, entries(call.system))
}

fn get_instance(call: &mut Call<'_>) -> Result<Reply, Fault> {
    let (id, query) = instance_query(call, int())?;
    let found = query.run_extended(COLUMNS, entries(call.system))?;
    Ok(instance(found, || missing(&id))?.into())
}

fn missing(id: &Value) -> String {
    format!("PeriodicSnapshotTask {id} does not exist")
}

fn existing<'a>(system: &'a System, id: &Value) -> Result<&'a Task, Fault> {
    let found = id.as_i64().and_then(|id| system.tasks.snapshots.get(id));
    found.ok_or_else(|| Fault::not_found(missing(id)))
}

/// Tells subscribers of a task that was made or changed; gives it as the reply.
fn tell(system: &mut System, msg: &'static str, id: i64) -> Result<Reply, Fault> {
    let fields = entry(system, existing(system, &id.into())?);
    system.tell(msg, COLLECTION, id.into(), Some(fields.clone()));
    Ok(fields.into())
}

fn create(call: &mut Call<'_>) -> Result<Reply, Fault> {
    call.audit_note = text_at(call.params, 0, "dataset");
    let [data] = accepted(call, [required("data", creation(call.system.generation()))])?;
    let fields = data.as_object().cloned().unwrap_or_default();
    validate(call.system, "periodic_snapshot_create", &fields).check()?;
    let id = add(call.system, fields);
    tell(call.system, "added", id)
}

/// Keeps a task; gives its number.
pub(super) fn add(system: &mut System, mut fields: Map<String, Value>) -> i64 {
    fields.get_mut("schedule").map(schedule::stored);
    system.tasks.snapshots.add(fields)
}

fn update(call: &mut Call<'_>) -> Result<Reply, Fault> {
    let data = required("data", model::change(call.system.generation()));
    let [id, data] = accepted(call, [required("id", int()), data])?;
    let task = existing(call.system, &id)?;
    call.audit_note = Some(task.text("dataset").to_owned());
    let (id, mut fields) = (task.id, task.fields.clone());
    fields.extend(data.as_object().cloned().unwrap_or_default());
    fields.remove("fixate_removal_date");
    let mut errors = validate(call.system, "periodic_snapshot_update", &fields);
    if fields["enabled"] == false
        && let Some(bound) = enabled_and_bound(call.system, id).next()
    {
        let message = format!(
            "You can't disable this periodic snapshot task because it is bound to enabled \
             replication task {}",
            bound.id
        );
        errors.add("periodic_snapshot_update.enabled", message);
    }
    errors.check()?;
    fields.get_mut("schedule").map(schedule::stored);
    if let Some(task) = call.system.tasks.snapshots.get_mut(id) {
        task.change(fields);
    }
    tell(call.system, "changed", id)
}

fn enabled_and_bound(system: &System, id: i64) -> impl Iterator<Item = &Task> {
    system.tasks.replications.iter().filter(move |replication| {
        replication.is("enabled")
            && replication.numbers("periodic_snapshot_tasks").any(|it| it == id)
    })
}

fn validate(system: &System, schema: &str, fields: &Map<String, Value>) -> Errors {
    let mut errors = Errors::new();
    let dataset = fields["dataset"].as_str().unwrap_or_default();
    if system.datasets.get(dataset).is_none() || super::pool_dataset::is_internal(dataset) {
        errors.add(format!("{schema}.dataset"), "Dataset not found");
    }
    let exclude = fields["exclude"].as_array().map_or(&[][..], Vec::as_slice);
    if fields["recursive"] == false && !exclude.is_empty() {
        let message =
            "Excluding datasets is not necessary for non-recursive periodic snapshot tasks";
        errors.add(format!("{schema}.exclude"), message);
    }
    let below = format!("{dataset}/");
    for (place, excluded) in exclude.iter().enumerate() {
        if !excluded.as_str().is_some_and(|excluded| excluded.starts_with(&below)) {
            let message = "Excluded dataset should be a child or other descendant of the selected \
                           dataset";
            errors.add(format!("{schema}.exclude.{place}"), message);
        }
    }
    errors
}

fn delete(call: &mut Call<'_>) -> Result<Reply, Fault> {
    let [id, _options] = accepted(call, [required("id", int()), model::delete_options()])?;
    let found = existing(call.system, &id).map(|task| task.text("dataset").to_owned());
    call.audit_note = match found {
        Ok(dataset) => Some(dataset),
        // 25.10 removes what is not there without a word.
        Err(_) if call.system.generation() < Release::V26_0 => {
            Some(format!("Task id {id} not found"))
        }
        Err(fault) => return Err(fault),
    };
    let id = id.as_i64().unwrap_or_default();
    let needs_it = |replication: &&Task| {
        replication.text("direction") == "PUSH"
            && replication.texts("also_include_naming_schema").next().is_none()
            && replication.numbers("periodic_snapshot_tasks").count() == 1
    };
    if let Some(replication) = enabled_and_bound(call.system, id).find(needs_it) {
        let name = python_repr(replication.text("name"));
        let message = format!(
            "You are deleting the last periodic snapshot task bound to enabled replication task \
             {name} which will break it. Please, disable that replication task first."
        );
        return Err(Fault::error(14, message));
    }
    call.system.tasks.remove_snapshot_task(id);
    call.system.tell("removed", COLLECTION, id.into(), None);
    Ok(Value::Bool(true).into())
}

/// Takes the snapshot at once; the reply does not wait for that.
fn run(call: &mut Call<'_>) -> Result<Reply, Fault> {
    let [id] = accepted(call, [required("id", int())])?;
    let task = existing(call.system, &id)?;
    if !task.is("enabled") {
        return Err(Fault::error(14, "Task is not enabled"));
    }
    let dataset = task.text("dataset");
    if pool_obstacle(call.system, dataset).is_some() {
        // Nobody is told that zettarepl does not know the task.
        return Ok(Value::Null.into());
    }
    let snapshot = format!("{dataset}@{}", snapshot_name::now(task.text("naming_schema")));
    let ran = task_state::of_run("FINISHED", [("last_snapshot", snapshot.into())]);
    let id = task.id;
    call.system.tell("changed", COLLECTION, id.into(), Some(json!({"state": ran})));
    if let Some(task) = call.system.tasks.snapshots.get_mut(id) {
        task.ran = Some(ran);
    }
    Ok(Value::Null.into())
}

fn max_count(call: &mut Call<'_>) -> Result<Reply, Fault> {
    let [] = accepted(call, [])?;
    Ok(Value::from(512).into())
}

fn max_total_count(call: &mut Call<'_>) -> Result<Reply, Fault> {
    let [] = accepted(call, [])?;
    Ok(Value::from(10_000).into())
}

fn update_will_change(call: &mut Call<'_>) -> Result<Reply, Fault> {
    let data = required("data", creation(call.system.generation()).partial());
    let [id, _data] = accepted(call, [required("id", int()), data])?;
    existing(call.system, &id).map(|_| json!({}).into())
}

fn delete_will_change(call: &mut Call<'_>) -> Result<Reply, Fault> {
    let [id] = accepted(call, [required("id", int())])?;
    existing(call.system, &id).map(|_| json!({}).into())
}

/// The enabled tasks on a dataset that is mounted at or below the path (`FSAttachmentDelegate`).
pub(super) fn attached(system: &System, path: &str) -> Vec<i64> {
    let tasks = system.tasks.snapshots.iter().filter(|task| task.is("enabled"));
    let within = |task: &&Task| super::is_within(&format!("/mnt/{}", task.text("dataset")), path);
    tasks.filter(within).map(|task| task.id).collect()
}
