//! `keychaincredential.remote_ssh_host_key_scan`: which host keys an SSH server has.

use std::time::Duration;

use serde_json::Value;

use super::super::super::check::{Model, int, optional, required, texts};
use super::super::super::fault::Fault;
use super::super::super::method::{Call, Reply};
use super::super::super::ssh_client::keyscan;
use super::accepted;

/// How long it takes at least, by a process of its own: clients meet the limit on calls at once
/// through it.
const PROCESS: Duration = Duration::from_millis(300);

/// What `ssh-keyscan` finds; its exit status is 1 if it got no key.
pub(super) fn remote_ssh_host_key_scan(call: &mut Call<'_>) -> Result<Reply, Fault> {
    let model = Model::new(
        "KeychainCredentialRemoteSshHostKeyScan",
        [
            required("host", texts::non_empty()),
            optional("port", int(), 22),
            optional("connect_timeout", int(), 10),
        ],
    );
    let [data] = accepted(call, [required("keychain_remote_ssh_host_key_scan", model)])?;
    let host = data["host"].as_str().unwrap_or_default().to_owned();
    let number = |name: &str| data[name].as_i64().unwrap_or_default();
    let (port, timeout) = (number("port"), number("connect_timeout"));
    let names = call.system.names.clone();
    Ok(Reply::Later(Box::pin(async move {
        let scan = keyscan::scan(&names, &host, port, timeout);
        let (found, ()) = tokio::join!(scan, tokio::time::sleep(PROCESS));
        match found {
            Ok(lines) => Ok(Value::from(lines.join("\n"))),
            Err(said) => Err(Fault::error(14, format!("ssh-keyscan failed: {said}"))),
        }
    })))
}
