//! `replication.list_datasets` and `replication.create_dataset`: commands of zettarepl, on the
//! system itself or, over SSH, on another. Never with sudo.
//!
//! Source: `plugins/zettarepl.py` of TS-25.10.6; zettarepl `dataset/list.py`, `dataset/create.py`.

use serde_json::Value;

use super::super::super::check::{Field, int, nullable, optional, required, text};
use super::super::super::fault::Fault;
use super::super::super::method::{Call, Reply};
use super::super::super::shell::{self, Stream};
use super::super::super::ssh_client::failure::Failure;
use super::super::super::ssh_client::keychain::connection;
use super::super::super::ssh_client::zettarepl;
use super::super::accepted_by_schema;

const LIST: [&str; 9] =
    ["zfs", "list", "-t", "filesystem,volume", "-H", "-o", "name", "-s", "name"];

fn transport() -> [Field; 2] {
    [
        required("transport", super::model::transport()),
        optional("ssh_credentials", nullable(int()), Value::Null),
    ]
}

pub(super) fn list_datasets(call: &mut Call<'_>) -> Result<Reply, Fault> {
    let [transport, credentials] = accepted_by_schema(call, transport())?;
    let words: Vec<&str> = LIST.into_iter().chain(["-r"]).collect();
    run(call, &transport, &credentials, &words, |output| {
        let names = output.lines().filter_map(|line| line.split('\t').next());
        names.filter(|name| !name.is_empty() && !is_hidden(name)).collect()
    })
}

pub(super) fn create_dataset(call: &mut Call<'_>) -> Result<Reply, Fault> {
    let [to, credentials] = transport();
    let fields = [required("dataset", text()), to, credentials];
    let [dataset, transport, credentials] = accepted_by_schema(call, fields)?;
    let dataset = dataset.as_str().unwrap_or_default();
    run(call, &transport, &credentials, &["zfs", "create", "-p", dataset], |_| Value::Null)
}

/// What belongs to TrueNAS itself is not shown (`INVALID_DATASETS`).
fn is_hidden(dataset: &str) -> bool {
    let mut parts = dataset.split('/');
    let pool = parts.next().unwrap_or_default();
    ["boot-pool", "freenas-boot"].contains(&pool) || parts.next() == Some(".system")
}

fn text_of(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

/// Runs a command where the transport leads, and answers what becomes of its output.
fn run(
    call: &mut Call<'_>,
    transport: &Value,
    credentials: &Value,
    words: &[&str],
    answer: fn(&str) -> Value,
) -> Result<Reply, Fault> {
    if transport == "LOCAL" {
        let done = shell::run_as_root(call.system, words);
        let output = done.text(Stream::Out) + &done.text(Stream::Err);
        return match done.status {
            0 => Ok(answer(&output).into()),
            status => Err(Failure::Command { status, output }.into()),
        };
    }
    let Some(id) = credentials.as_i64() else {
        let text = format!("You should pass SSH credentials for {} transport", text_of(transport));
        return Err(Fault::error(14, text));
    };
    let connection = connection(&call.system.keychain, id)?;
    let names = call.system.names.clone();
    let words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
    Ok(Reply::Later(Box::pin(async move {
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let output = zettarepl::run(&names, &connection, &words).await?;
        Ok(answer(&output))
    })))
}
