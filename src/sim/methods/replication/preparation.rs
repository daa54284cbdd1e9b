//! What zettarepl asks both ends of a replication before it sends anything.
//!
//! The datasets of a simulated system have no snapshots, so sending never begins. Left out are the
//! questions whose refusal changes nothing: for `encryption`, for `umount`, and for the snapshots
//! of targets after the run (`reference/replication-runs.md` section 3).
//!
//! Source: zettarepl `replication/run.py` (`check_target_existence_and_type`,
//! `calculate_replication_step_templates`), `dataset/list.py`, `transport/zfscli/__init__.py` of
//! TS-25.10.2.2.

use serde_json::Value;

use super::super::super::fault::Fault;
use super::super::super::method::Work;
use super::super::super::repr::python_repr;
use super::super::super::shell::{self, Stream};
use super::super::super::ssh_client::failure::Failure;
use super::super::super::ssh_client::keychain;
use super::super::super::ssh_client::names::Names;
use super::super::super::ssh_client::zettarepl::{Connection, RemoteShell};
use super::super::super::system::System;
use super::super::super::system::tasks::Task;
use super::super::is_within;
use super::super::task_state::sentence;
use super::run::FAULT;

/// How a run of a task ends if there is nothing to send.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum NothingToSend {
    /// The task finishes, as one does that has sent everything before.
    Success,
    /// It fails, as one does that has never sent anything.
    Error,
}

/// One source dataset of a task, and what this system says of its own end.
struct Part {
    source: String,
    target: String,
    /// What this system's dataset is.
    here: Result<String, Failure>,
    /// Of a push: the target's dataset for every source dataset that is replicated.
    targets: Vec<String>,
}

/// The end that does not have to be this system.
enum OtherEnd {
    /// This system, too: what it said, part by part.
    Local(Vec<Result<String, Failure>>),
    /// Over SSH.
    Remote(Box<Connection>, Names),
}

/// What a run needs to know of its task.
struct Preparation {
    parts: Vec<Part>,
    other_end: OtherEnd,
    is_push: bool,
    is_recursive: bool,
    only_from_scratch: bool,
    nothing_to_send: NothingToSend,
}

/// Runs a task up to sending.
pub(super) fn run(system: &mut System, task: &Task, nothing_to_send: NothingToSend) -> Work {
    let credentials = task.number("ssh_credentials").filter(|_| task.text("transport") != "LOCAL");
    let connection = credentials.map(|id| keychain::connection(&system.keychain, id)).transpose();
    let connection = match connection {
        Ok(connection) => connection,
        Err(refused) => {
            let fault = Fault::from(refused);
            return Box::pin(async move { Err(fault) });
        }
    };
    let is_push = task.text("direction") == "PUSH";
    let parts = parts(system, task, is_push);
    let other_end = match connection {
        Some(connection) => {
            let connection = Connection { sudo: task.is("sudo"), ..connection };
            OtherEnd::Remote(Box::new(connection), system.names.clone())
        }
        None => OtherEnd::Local(
            parts
                .iter()
                .map(|part| local_type(system, if is_push { &part.target } else { &part.source }))
                .collect(),
        ),
    };
    let preparation = Preparation {
        parts,
        other_end,
        is_push,
        is_recursive: task.is("recursive"),
        only_from_scratch: task.is("only_from_scratch"),
        nothing_to_send,
    };
    Box::pin(async move {
        let done = preparation.run().await;
        done.map_err(|text| Fault::error(FAULT, sentence(&text)))?;
        Ok(Value::Null)
    })
}

/// The source datasets in zettarepl's order, by name.
fn parts(system: &mut System, task: &Task, is_push: bool) -> Vec<Part> {
    let mut sources: Vec<String> = task.texts("source_datasets").map(str::to_owned).collect();
    let named = sources.clone();
    sources.sort_unstable();
    let excluded: Vec<&str> = task.texts("exclude").collect();
    let is_replicated = |dataset: &str, source: &str| {
        let is_included = dataset == source || (task.is("recursive") && is_within(dataset, source));
        is_included && !excluded.iter().any(|excluded| is_within(dataset, excluded))
    };
    let part = |source: String| {
        let target = target_of(&source, &named, task.text("target_dataset"));
        let below = |dataset: &str| format!("{target}{}", &dataset[source.len()..]);
        let replicated = system.datasets.names().filter(|dataset| is_replicated(dataset, &source));
        let targets = replicated.map(below).collect();
        let here = local_type(system, if is_push { &source } else { &target });
        Part { source, target, here, targets }
    };
    sources.into_iter().map(part).collect()
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

impl Preparation {
    /// # Errors
    /// What the task says of its failure.
    async fn run(self) -> Result<(), String> {
        let mut shell = None;
        for (place, part) in self.parts.iter().enumerate() {
            self.compare(place, part, &mut shell).await?;
            if let Some(shell) = &shell {
                self.list(part, shell).await.map_err(|failure| failure.text())?;
            }
            if self.nothing_to_send == NothingToSend::Error {
                let source = python_repr(&part.source);
                return Err(format!(
                    "Dataset {source} does not have any matching snapshots to replicate"
                ));
            }
        }
        Ok(())
    }

    /// `check_target_existence_and_type`: the source is asked first.
    async fn compare(
        &self,
        place: usize,
        part: &Part,
        shell: &mut Option<RemoteShell>,
    ) -> Result<(), String> {
        let Part { source, target, here, .. } = part;
        let (source_type, target_type) = if self.is_push {
            let source_type = here.clone().map_err(|failure| failure.text())?;
            (source_type, self.ask_other_end(place, target, shell).await)
        } else {
            let source_type = self.ask_other_end(place, source, shell).await;
            (source_type.map_err(|failure| failure.text())?, here.clone())
        };
        let target_type = match target_type {
            Ok(target_type) => target_type,
            Err(failure) if is_missing(&failure) => return Ok(()),
            Err(failure) => return Err(failure.text()),
        };
        let (source, target) = (python_repr(source), python_repr(target));
        if self.only_from_scratch {
            return Err(format!("Target dataset {target} already exists"));
        }
        if source_type != target_type {
            return Err(format!(
                "Source {source} is a {source_type}, but target {target} already exists and is a \
                 {target_type}"
            ));
        }
        Ok(())
    }

    /// What a dataset of the other end is. The first question opens the connection.
    async fn ask_other_end(
        &self,
        place: usize,
        dataset: &str,
        shell: &mut Option<RemoteShell>,
    ) -> Result<String, Failure> {
        match &self.other_end {
            OtherEnd::Local(answers) => answers[place].clone(),
            OtherEnd::Remote(connection, names) => {
                let shell = match shell {
                    Some(shell) => shell,
                    None => shell.insert(RemoteShell::open(names, connection).await?),
                };
                type_in(&shell.execute(&question(dataset)).await?, dataset)
            }
        }
    }

    /// The lists of datasets and snapshots of the other end.
    async fn list(&self, part: &Part, shell: &RemoteShell) -> Result<(), Failure> {
        if !self.is_push {
            shell.execute(&self.datasets("name", &part.source)).await?;
            return shell.execute(&self.snapshots(&part.source)).await.map(drop);
        }
        for target in &part.targets {
            let properties = "readonly,receive_resume_token,name";
            match shell.execute(&self.datasets(properties, target)).await {
                Err(failure) if is_missing(&failure) => {}
                Err(failure) => return Err(failure),
                Ok(_) => {
                    shell.execute(&self.snapshots(target)).await?;
                }
            }
        }
        Ok(())
    }

    fn datasets<'a>(&self, properties: &'a str, dataset: &'a str) -> Vec<&'a str> {
        let depth: &[&str] = if self.is_recursive { &["-r"] } else { &["-d", "0"] };
        let list = ["zfs", "list", "-t", "filesystem,volume", "-H", "-o", properties, "-s", "name"];
        [&list, depth, &[dataset]].concat()
    }

    fn snapshots<'a>(&self, dataset: &'a str) -> Vec<&'a str> {
        let depth: &[&str] = if self.is_recursive { &["-r"] } else { &["-d", "1"] };
        let list = ["zfs", "list", "-t", "snapshot", "-H", "-o", "name", "-s", "name"];
        [&list, depth, &[dataset]].concat()
    }
}

fn question(dataset: &str) -> [&str; 8] {
    ["zfs", "get", "-H", "-p", "-t", "filesystem,volume", "type", dataset]
}

fn local_type(system: &mut System, dataset: &str) -> Result<String, Failure> {
    let done = shell::run_as_root(system, &question(dataset));
    let output = done.text(Stream::Out) + &done.text(Stream::Err);
    if done.status != 0 {
        return Err(Failure::Command { status: done.status, output });
    }
    type_in(&output, dataset)
}

/// `DatasetDoesNotExistException`
fn is_missing(failure: &Failure) -> bool {
    matches!(failure, Failure::Command { output, .. } if output.contains("dataset does not exist"))
}

/// The type of a dataset in the answer to the [`question`], which Python takes apart: a line that
/// is not zfs' own (from a forced command) has too few fields.
fn type_in(output: &str, dataset: &str) -> Result<String, Failure> {
    let mut found = None;
    for line in output.trim().split('\n') {
        let fields: Vec<&str> = line.splitn(4, '\t').collect();
        match fields[..] {
            [name, "type", value, _] if name == dataset => found = Some(value.to_owned()),
            [_, "type", _, _] => {}
            [_, property, _, _] => {
                return Err(Failure::Exception("KeyError", python_repr(property)));
            }
            _ => {
                let text =
                    format!("not enough values to unpack (expected 4, got {})", fields.len());
                return Err(Failure::Exception("ValueError", text));
            }
        }
    }
    found.ok_or_else(|| Failure::Exception("KeyError", python_repr(dataset)))
}
