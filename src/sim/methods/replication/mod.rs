//! `replication.*`: tasks that replicate to or from another system.
//!
//! Source: `plugins/replication.py` of TS-25.10.6 and 26.0.

mod entry;
mod model;
mod pattern;
mod preparation;
mod remote;
mod rules;
mod run;
#[cfg(test)]
mod tests;

use serde_json::{Map, Value};

use super::super::check::{int, required};
use super::super::fault::Fault;
use super::super::method::{Access, Call, Method, Reply};
use super::super::query::datastore::Columns;
use super::super::release::Release;
use super::super::system::System;
use super::super::system::tasks::Task;
use super::{
    accepted_by_schema, audited, instance, instance_query, plain, query as answer_query, schedule,
    text_at,
};
pub(super) use entry::attached;
pub(super) use model::creation;

pub(super) const METHODS: &[Method] = &[
    plain("replication.query", READ, query),
    plain("replication.get_instance", READ, get_instance),
    audited("replication.create", WRITE, "Replication task create:", create),
    audited("replication.update", WRITE, "Replication task update:", update),
    audited("replication.delete", WRITE, "Replication task delete:", delete),
    running("replication.run", WRITE, run::run),
    plain("replication.list_datasets", WRITE, remote::list_datasets),
    plain("replication.create_dataset", WRITE, remote::create_dataset),
    plain("replication.list_naming_schemas", WRITE, list_naming_schemas),
];

const READ: &[&str] = &["REPLICATION_TASK_READ"];
const WRITE: &[&str] = &["REPLICATION_TASK_WRITE"];
const COLLECTION: &str = "replication.query";
/// The columns of `storage_replication`.
const COLUMNS: Columns = &[
    "id",
    "target_dataset",
    "recursive",
    "compression",
    "speed_limit",
    "schedule_begin",
    "schedule_end",
    "enabled",
    "direction",
    "transport",
    "ssh_credentials",
    "sudo",
    "netcat_active_side",
    "netcat_active_side_port_min",
    "netcat_active_side_port_max",
    "source_datasets",
    "exclude",
    "naming_schema",
    "name_regex",
    "auto",
    "only_matching_schedule",
    "readonly",
    "allow_from_scratch",
    "hold_pending_snapshots",
    "retention_policy",
    "lifetime_unit",
    "lifetime_value",
    "lifetimes",
    "large_block",
    "embed",
    "compressed",
    "retries",
    "netcat_active_side_listen_address",
    "netcat_passive_side_connect_address",
    "logging_level",
    "name",
    "state",
    "properties",
    "properties_exclude",
    "properties_override",
    "replicate",
    "encryption",
    "encryption_inherit",
    "encryption_key",
    "encryption_key_format",
    "encryption_key_location",
];

/// A job that locks nothing and leaves nothing in the audit log.
const fn running(
    name: &'static str,
    roles: &'static [&'static str],
    run: fn(&mut Call<'_>) -> Result<Reply, Fault>,
) -> Method {
    Method { name, access: Access::Roles(roles), job: Some(|_| Ok(None)), audit: None, run }
}

/// `replication.run_onetime`, which names no roles in 25.04: only full administrators may call it.
pub(super) fn one_time(release: Release) -> &'static [Method] {
    const UP_TO_25_04: &[Method] = &[running("replication.run_onetime", &[], run::run_onetime)];
    const SINCE_25_10: &[Method] = &[running("replication.run_onetime", WRITE, run::run_onetime)];
    if release < Release::V25_10 { UP_TO_25_04 } else { SINCE_25_10 }
}

fn query(call: &mut Call<'_>) -> Result<Reply, Fault> {
    answer_query(call, COLUMNS, entry::all(call.system, call.caller))
}

fn get_instance(call: &mut Call<'_>) -> Result<Reply, Fault> {
    let (id, query) = instance_query(call, int())?;
    let found = query.run_extended(COLUMNS, entry::all(call.system, call.caller))?;
    Ok(instance(found, || missing(&id))?.into())
}

fn missing(id: &Value) -> String {
    format!("Replication {id} does not exist")
}

fn existing<'a>(system: &'a System, id: &Value) -> Result<&'a Task, Fault> {
    let found = id.as_i64().and_then(|id| system.tasks.replications.get(id));
    found.ok_or_else(|| Fault::not_found(missing(id)))
}

/// Tells subscribers of a task that was made or changed; gives it as the reply.
fn tell(call: &mut Call<'_>, msg: &'static str, id: i64) -> Result<Reply, Fault> {
    let task = existing(call.system, &id.into())?;
    let fields = entry::of(call.system, call.caller, task);
    call.system.tell(msg, COLLECTION, id.into(), Some(fields.clone()));
    Ok(fields.into())
}

fn create(call: &mut Call<'_>) -> Result<Reply, Fault> {
    call.audit_note = text_at(call.params, 0, "name");
    let [data] = accepted_by_schema(
        call,
        [required("replication_create", creation(call.system.generation()))],
    )?;
    let fields = data.as_object().cloned().unwrap_or_default();
    rules::validate(call.system, call.caller, "replication_create", &fields, None)?.check()?;
    let id = call.system.tasks.replications.add(stored(fields));
    tell(call, "added", id)
}

/// The fields as the database gives them back.
pub(super) fn stored(mut fields: Map<String, Value>) -> Map<String, Value> {
    for name in ["schedule", "restrict_schedule"] {
        if let Some(schedule) = fields.get_mut(name) {
            schedule::stored(schedule);
        }
    }
    fields
}

fn update(call: &mut Call<'_>) -> Result<Reply, Fault> {
    let data = required("replication_update", model::change(call.system.generation()));
    let [id, data] = accepted_by_schema(call, [required("id", int()), data])?;
    let task = existing(call.system, &id)?;
    call.audit_note = Some(task.text("name").to_owned());
    let (id, mut fields) = (task.id, task.fields.clone());
    fields.extend(data.as_object().cloned().unwrap_or_default());
    let found = rules::validate(call.system, call.caller, "replication_update", &fields, Some(id))?;
    found.check()?;
    let forgets = call.system.generation() >= Release::V26_0;
    if let Some(task) = call.system.tasks.replications.get_mut(id) {
        task.change(stored(fields));
        if forgets {
            task.ran = None;
        }
    }
    tell(call, "changed", id)
}

fn delete(call: &mut Call<'_>) -> Result<Reply, Fault> {
    let [id] = accepted_by_schema(call, [required("id", int())])?;
    let task = existing(call.system, &id)?;
    call.audit_note = Some(task.text("name").to_owned());
    let id = task.id;
    call.system.tasks.replications.remove(id);
    call.system.tell("removed", COLLECTION, id.into(), None);
    Ok(Value::Bool(true).into())
}

fn list_naming_schemas(call: &mut Call<'_>) -> Result<Reply, Fault> {
    let [] = accepted_by_schema(call, [])?;
    let tasks = &call.system.tasks;
    let mut schemas: Vec<&str> =
        tasks.snapshots.iter().map(|task| task.text("naming_schema")).collect();
    for field in ["naming_schema", "also_include_naming_schema"] {
        schemas.extend(tasks.replications.iter().flat_map(|task| task.texts(field)));
    }
    schemas.sort_unstable();
    schemas.dedup();
    Ok(schemas.into_iter().map(Value::from).collect::<Value>().into())
}
