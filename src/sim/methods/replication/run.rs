//! `replication.run` and `replication.run_onetime`.
//!
//! The datasets of a simulated system have no snapshots, so a task that reaches the other side has
//! nothing to send: it succeeds. A one-time task never sent anything before, so that is its error.
//! Recoverable errors are not retried.
//!
//! Source: `plugins/replication.py` (`run`, `run_onetime`), `plugins/zettarepl.py` of TS-25.10.6;
//! `conformance/runs/probe.jsonl`.

use serde_json::{Map, Value, json};

use super::super::super::caller::Caller;
use super::super::super::check::{Field, Model, Objection, any, boolean, int, optional, required};
use super::super::super::fault::Fault;
use super::super::super::method::{Call, Finish, Reply};
use super::super::super::release::Release;
use super::super::super::system::System;
use super::super::super::system::tasks::Task;
use super::super::task_state::{self, Obstacle, sentence};
use super::preparation::{self, NothingToSend};
use super::{COLLECTION, accepted_by_schema, entry, existing, model, rules};

/// EFAULT
pub(super) const FAULT: i32 = 14;

pub(super) fn run(call: &mut Call<'_>) -> Result<Reply, Fault> {
    let second = match call.system.generation() >= Release::V26_0 {
        true => Field::defaulting("options", private_options()),
        false => optional("really_run", boolean(), true),
    };
    let [id, second] = accepted_by_schema(call, [required("id", int()), second])?;
    if second == false {
        // Waits for a run that somebody else begins.
        return Ok(Reply::Later(Box::pin(std::future::pending())));
    }
    let task = existing(call.system, &id)?.clone();
    if call.system.generation() < Release::V26_0 && !task.is("enabled") {
        return Err(Fault::error(FAULT, "Task is not enabled"));
    }
    let state = task_state::shown(&task, entry::obstacle(call.system, &task));
    match state["state"].as_str() {
        Some("RUNNING") => return Err(Fault::error(FAULT, "Task is already running")),
        Some("HOLD") => return Err(Fault::error(FAULT, "Task is on hold")),
        Some("ERROR") if entry::obstacle(call.system, &task).is_some() => {
            return Err(Fault::error(FAULT, "Task not found."));
        }
        _ => {}
    }
    let id = task.id;
    remember(call.system, id, "RUNNING", None);
    let finish: Finish = Box::new(move |system, outcome| {
        match &outcome {
            Ok(_) => remember(system, id, "FINISHED", None),
            Err(fault) => remember(system, id, "ERROR", Some(told(fault))),
        }
        outcome
    });
    let work = preparation::run(call.system, &task, NothingToSend::Success);
    Ok(Reply::Followed(work, finish))
}

/// `really_run` is nothing that a client may set, but to what it is anyway.
fn private_options() -> Model {
    let really = any().rule("really_run", |value| match value {
        Value::Bool(true) => Ok(()),
        _ => Err(Objection::Custom("Extra inputs are not permitted".into())),
    });
    Model::new("ReplicationRunOptions", [optional("really_run", really, true)])
}

pub(super) fn run_onetime(call: &mut Call<'_>) -> Result<Reply, Fault> {
    let model = model::once(call.system.generation());
    let [data] = accepted_by_schema(call, [required("replication_run_onetime", model)])?;
    let mut fields = data.as_object().cloned().unwrap_or_default();
    for (name, value) in [
        ("name", json!("Temporary replication task")),
        ("schedule", Value::Null),
        ("only_matching_schedule", false.into()),
        ("auto", false.into()),
        ("enabled", true.into()),
    ] {
        fields.insert(name.to_owned(), value);
    }
    let schema = "replication_run_onetime";
    // The middleware checks as an application without any role (`fake_app`), so that pulling needs
    // no role of its own here.
    rules::validate(call.system, &Caller::default(), schema, &fields, None)?.check()?;
    let task = Task { id: 0, fields, changed_ms: 0, ran: None };
    match entry::obstacle(call.system, &task) {
        Some(Obstacle::Hold(reason) | Obstacle::Error(reason)) => {
            Err(Fault::error(FAULT, sentence(&reason)))
        }
        None => Ok(Reply::Later(preparation::run(call.system, &task, NothingToSend::Error))),
    }
}

fn remember(system: &mut System, id: i64, state: &'static str, error: Option<String>) {
    let error = error.map(|error| ("error", Value::from(error)));
    let state: Map<String, Value> = task_state::of_run(state, error);
    system.tell("changed", COLLECTION, id.into(), Some(json!({"state": state})));
    if let Some(task) = system.tasks.replications.get_mut(id) {
        task.ran = Some(state);
    }
}

/// The reason of a failed run without the name of its errno.
fn told(fault: &Fault) -> String {
    match fault {
        Fault::Call { reason, .. } => {
            reason.split_once("] ").map_or(reason.as_str(), |(_, text)| text).to_owned()
        }
        Fault::Invalid { .. } => String::new(),
    }
}
