//! `replication.run` and `replication.run_onetime`: what zettarepl does, up to sending.
//!
//! The datasets of a simulated system have no snapshots, so a run that reaches the other side has
//! nothing to send and succeeds. Recoverable errors are not tried again.
//!
//! Source: `plugins/replication.py` (`run`, `run_onetime`), `plugins/zettarepl.py` of TS-25.10.6;
//! zettarepl `replication/run.py` (`check_target_existence_and_type`).

use serde_json::{Map, Value, json};

use super::super::super::check::{Field, Model, Objection, any, boolean, int, optional, required};
use super::super::super::fault::Fault;
use super::super::super::method::{Call, Finish, Reply, Work};
use super::super::super::release::Release;
use super::super::super::repr::python_repr;
use super::super::super::shell::{self, Stream};
use super::super::super::ssh_client::failure::Failure;
use super::super::super::ssh_client::keychain;
use super::super::super::ssh_client::names::Names;
use super::super::super::ssh_client::zettarepl::{self, Connection};
use super::super::super::system::System;
use super::super::super::system::tasks::Task;
use super::super::task_state::{self, Obstacle, sentence};
use super::{COLLECTION, accepted_by_schema, entry, existing, model, rules};

/// EFAULT
const FAULT: i32 = 14;

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
    Ok(Reply::Followed(work(call.system, task), finish))
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
    rules::validate(call.system, call.caller, schema, &fields, None)?.check()?;
    let task = Task { id: 0, fields, changed_ms: 0, ran: None };
    match entry::obstacle(call.system, &task) {
        Some(Obstacle::Hold(reason) | Obstacle::Error(reason)) => {
            Err(Fault::error(FAULT, sentence(&reason)))
        }
        None => Ok(Reply::Later(work(call.system, task))),
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

/// One end of a replication.
enum End {
    /// This system.
    Local,
    /// Over SSH.
    Remote(Box<Connection>, Names),
}

/// What is asked of both ends, dataset by dataset.
fn work(system: &mut System, task: Task) -> Work {
    let over = task.number("ssh_credentials").filter(|_| task.text("transport") != "LOCAL");
    let far = match over.map(|id| keychain::connection(&system.keychain, id)) {
        None => End::Local,
        Some(Ok(connection)) => {
            let connection = Connection { sudo: task.is("sudo"), ..connection };
            End::Remote(Box::new(connection), system.names.clone())
        }
        Some(Err(refused)) => {
            let fault = Fault::from(refused);
            return Box::pin(async move { Err(fault) });
        }
    };
    let push = task.text("direction") == "PUSH";
    let sources: Vec<String> = task.texts("source_datasets").map(str::to_owned).collect();
    // What this system says of its own end can be asked at once.
    let pairs: Vec<(String, String, Result<Option<String>, Failure>)> = sources
        .iter()
        .map(|source| {
            let target = target_of(source, &sources, task.text("target_dataset"));
            let here = kind_here(system, if push { source } else { &target });
            (source.clone(), target, here)
        })
        .collect();
    let there: Vec<Result<Option<String>, Failure>> = match &far {
        End::Remote(..) => Vec::new(),
        End::Local => pairs
            .iter()
            .map(|(source, target, _)| kind_here(system, if push { target } else { source }))
            .collect(),
    };
    Box::pin(async move {
        for (place, (source, target, here)) in pairs.into_iter().enumerate() {
            let there = match &far {
                End::Local => there.get(place).cloned().unwrap_or(Ok(None)),
                End::Remote(connection, names) => {
                    let dataset = if push { &target } else { &source };
                    kind(zettarepl::run(names, connection, &question(dataset)).await)
                }
            };
            let (from, to) = if push { (here, there) } else { (there, here) };
            compare(&source, &target, from, to)
                .map_err(|text| Fault::error(FAULT, sentence(&text)))?;
        }
        Ok(Value::Null)
    })
}

fn compare(
    source: &str,
    target: &str,
    from: Result<Option<String>, Failure>,
    to: Result<Option<String>, Failure>,
) -> Result<(), String> {
    let from = from.map_err(|failure| failure.text())?;
    let Some(from) = from else {
        return Err(format!("Dataset {} does not exist", python_repr(source)));
    };
    match to.map_err(|failure| failure.text())? {
        Some(to) if to != from => Err(format!(
            "Source {} is a {from}, but target {} already exists and is a {to}",
            python_repr(source),
            python_repr(target)
        )),
        _ => Ok(()),
    }
}

/// `get_target_dataset`: of several sources each goes below the target, by what they do not share.
fn target_of(source: &str, sources: &[String], target: &str) -> String {
    let [_, _, ..] = sources else { return target.to_owned() };
    let shared = |parts: &[&str]| {
        sources.iter().all(|other| other.split('/').take(parts.len()).eq(parts.iter().copied()))
    };
    let parts: Vec<&str> = source.split('/').collect();
    let common = (1..=parts.len()).take_while(|count| shared(&parts[..*count])).count();
    [&[target], &parts[common..]].concat().join("/")
}

fn question(dataset: &str) -> [&str; 8] {
    ["zfs", "get", "-H", "-p", "-t", "filesystem,volume", "type", dataset]
}

fn kind_here(system: &mut System, dataset: &str) -> Result<Option<String>, Failure> {
    let done = shell::run_as_root(system, &question(dataset));
    let output = done.text(Stream::Out) + &done.text(Stream::Err);
    kind(if done.status == 0 {
        Ok(output)
    } else {
        Err(Failure::Command { status: done.status, output })
    })
}

/// What a dataset is; `None` if there is none.
fn kind(answer: Result<String, Failure>) -> Result<Option<String>, Failure> {
    match answer {
        Ok(output) => Ok(output.split('\t').nth(2).map(str::to_owned)),
        Err(Failure::Command { output, .. }) if output.contains("dataset does not exist") => {
            Ok(None)
        }
        Err(failure) => Err(failure),
    }
}
