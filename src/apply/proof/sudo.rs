//! The proof that zfs runs with sudo: a replication that cannot send anything.
//!
//! `replication.run_onetime` with `only_from_scratch` into a dataset that exists asks the remote
//! `sudo zfs get … type TARGET` and ends with "Target dataset 'TARGET' already exists."; nothing is
//! written, and no alert stays (records of real runs, `probe.jsonl`). The naming schema matches no
//! snapshot, so that nothing is sent either if the target goes away at that moment.

use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::link::{Check, Verdict};
use crate::model::link::Transfer;
use crate::model::{Address, Link};
use crate::truenas_client::{CallError, Writer};
use crate::truenas_wire::Call;

use super::{Run, live};

/// Names that no snapshot has.
const SCHEMA: &str = "trueup-proof-%Y-%m-%d_%H-%M";

/// Why sudo is not proven.
pub(super) enum SudoError {
    /// Nothing was asked; why.
    NotTried(String),
    /// The source was refused, or could not be asked.
    Call(CallError),
}

/// Proves that every replication of the link runs zfs with sudo. `checks`: those that fail.
pub(super) async fn prove(
    run: &Run<'_>,
    link: &Link,
    writer: &Writer,
    connection: &Value,
    checks: &[Check],
) -> Result<(), SudoError> {
    if link.account.key() == "root" {
        return Err(SudoError::NotTried("root needs none".into()));
    }
    let uncertain = |check: &&Check| {
        check.verdict == Verdict::MayBreak && check.field.as_deref() == Some("sudo.no_password")
    };
    if let Some(check) = checks.iter().find(uncertain) {
        return Err(SudoError::NotTried(format!("{}; {}", check.what, check.remedy)));
    }
    let mut tried = Vec::new();
    for transfer in &link.transfers {
        let (source, target) = datasets(run, link, transfer)?;
        tried.push(probe(connection, source, target));
    }
    if tried.is_empty() {
        return Err(SudoError::NotTried("the plan does not say what is replicated".into()));
    }
    let answers = tried.iter().map(async |call| writer.send(call, call.params.clone()).await);
    for answer in join_all(answers).await {
        match answer {
            Err(CallError::Refused { fault, .. }) if is_end_of_probe(&fault.reason) => {}
            // Up to 25.04 only full administrators may ask (`replication.run_onetime` has no role).
            Err(CallError::Refused { fault, .. }) if fault.is_not_authorized() => {
                let source = &link.connection.system;
                let why = format!("the login on {source} may not call replication.run_onetime");
                return Err(SudoError::NotTried(why));
            }
            Err(error) => return Err(SudoError::Call(error)),
            // It found something to do, which it cannot without a snapshot.
            Ok(_) => {}
        }
    }
    Ok(())
}

/// A source and the target of a replication, if both are there.
fn datasets<'a>(
    run: &Run<'_>,
    link: &Link,
    transfer: &'a Transfer,
) -> Result<(&'a str, &'a str), SudoError> {
    let not_there = |system: &str, dataset: &str| {
        SudoError::NotTried(format!("`{dataset}` is not there yet on {system}"))
    };
    let exists = |system: &str, dataset: &str| {
        live(run, &Address::new(system, "dataset", dataset)).is_some_and(|live| live.exists)
    };
    let (from, to) = (&link.connection.system, &link.account.system);
    let target = transfer.target.as_deref();
    let target = target.ok_or_else(|| {
        let name = &transfer.replication;
        SudoError::NotTried(format!("the manifest names no `destination.dataset` for {name}"))
    })?;
    let source = transfer.sources.iter().find(|source| exists(from, source));
    let source = source.ok_or_else(|| {
        let name = transfer.sources.first().map(String::as_str).unwrap_or("the source's dataset");
        not_there(from, name)
    })?;
    if exists(to, target) { Ok((source, target)) } else { Err(not_there(to, target)) }
}

fn probe(connection: &Value, source: &str, target: &str) -> Call {
    let task = json!({
        "direction": "PUSH",
        "transport": "SSH",
        "ssh_credentials": connection,
        "sudo": true,
        "source_datasets": [source],
        "target_dataset": target,
        "recursive": false,
        "also_include_naming_schema": [SCHEMA],
        "retention_policy": "NONE",
        "readonly": "IGNORE",
        "retries": 1,
        "only_from_scratch": true,
    });
    Call::new("replication.run_onetime", vec![task]).job()
}

/// Whether the replication came as far as it can: zfs answered with sudo.
fn is_end_of_probe(reason: &str) -> bool {
    reason.contains("already exists") || reason.contains("does not have any matching snapshots")
}
