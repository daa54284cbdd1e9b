//! `keychaincredential.remote_ssh_host_key_scan`: which host keys an SSH server has.

use std::time::Duration;

use serde_json::Value;
use tokio::net::TcpStream;

use super::super::super::check::{Model, int, optional, required, texts};
use super::super::super::fault::Fault;
use super::super::super::method::{Call, Reply};
use super::accepted;

/// How long the program itself takes at least: clients meet the limit on calls at once through it.
const TAKES: Duration = Duration::from_millis(200);

/// What `ssh-keyscan` makes of a server; its exit status is 1 if it got no key.
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
    let seconds = data["connect_timeout"].as_u64().unwrap_or_default();
    let Some(port) = data["port"].as_u64().and_then(|port| u16::try_from(port).ok()) else {
        return Err(failed(&format!("Bad port '{}'\r\n", data["port"])));
    };
    Ok(Reply::Later(Box::pin(async move {
        let asked = ask(&host, port, Duration::from_secs(seconds));
        let (said, ()) = tokio::join!(asked, tokio::time::sleep(TAKES));
        Err::<Value, Fault>(failed(&said))
    })))
}

fn failed(said: &str) -> Fault {
    Fault::error(14, format!("ssh-keyscan failed: {said}"))
}

/// How long asking for every type of key takes at least, by a process of its own: the real one
/// runs `ssh-keyscan` (plugins/keychain.py).
const PROCESS: Duration = Duration::from_millis(300);

/// What is said of a server that has no keys to give; nothing if nobody answers.
async fn ask(host: &str, port: u16, patience: Duration) -> String {
    tokio::time::sleep(PROCESS).await;
    let Ok(mut addresses) = tokio::net::lookup_host((host, port)).await else {
        return format!("getaddrinfo {host}: Name or service not known\n");
    };
    let Some(address) = addresses.next() else { return String::new() };
    match tokio::time::timeout(patience, TcpStream::connect(address)).await {
        Ok(Ok(_)) => format!("{host}: Connection closed by remote host\n"),
        Ok(Err(_)) | Err(_) => String::new(),
    }
}
