//! One-time replications: the probe that proves a connection and sudo without writing anything
//! (`conformance/runs/probe.jsonl`, `reference/replication-runs.md` sections 4 and 8).

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use trueup_sim::Running;
use trueup_sim::system::System;
use trueup_sim::system::accounts::User;
use trueup_sim::system::files::Content;

use super::client::Client;
use super::tasks::connected;

const KEYS: &str = "/mnt/tank/home/.ssh/authorized_keys";
const EXISTS: &str = "[EFAULT] Target dataset 'tank/home' already exists.";
const NO_SUDO: &str = "[EFAULT] sudo: a terminal is required to read the password; either use the \
                       -S option to read from standard input or configure an askpass helper\n\
                       sudo: a password is required.";

/// The probe, with other fields.
fn probe(connection: i64, other: Value) -> Value {
    let mut task = json!({
        "direction": "PUSH", "transport": "SSH", "ssh_credentials": connection, "sudo": true,
        "source_datasets": ["tank/data"], "target_dataset": "tank/home", "recursive": false,
        "also_include_naming_schema": ["auto-%Y-%m-%d_%H-%M"], "retention_policy": "NONE",
        "readonly": "IGNORE", "retries": 1, "only_from_scratch": true,
    });
    for (name, value) in other.as_object().cloned().unwrap_or_default() {
        task[name] = value;
    }
    json!([task])
}

fn pull() -> Value {
    let schema = json!(["auto-%Y-%m-%d_%H-%M"]);
    json!({"direction": "PULL", "also_include_naming_schema": [], "naming_schema": schema})
}

async fn reason(client: &mut Client, connection: i64, other: Value) -> String {
    let error = client.error("replication.run_onetime", probe(connection, other)).await;
    error["reason"].as_str().expect("a reason").to_owned()
}

fn change_user(running: &Running, change: impl FnOnce(&mut User)) {
    running
        .with_system("box", |system| change(system.accounts.user_mut("link").expect("the account")))
        .expect("the system");
}

/// Puts options in front of the account's key.
fn set_key_options(system: &mut System, options: &str) {
    let keys = system.files.get_mut(KEYS).expect("the keys");
    let text = keys.text().expect("text").to_owned();
    let key = &text[text.find("ssh-rsa ").expect("the key")..];
    keys.content = Content::File(format!("{options} {key}").into_bytes());
}

#[tokio::test]
async fn probe_reports_login_and_sudo_and_writes_nothing() {
    let (running, mut client, connection) = connected("25.10.6").await;
    let datasets = json!([[], {"select": ["id"], "extra": {"flat": true}}]);
    let before = client.result("pool.dataset.query", datasets.clone()).await;
    for (rules, told) in [
        (&[][..], NO_SUDO),
        (&["/usr/sbin/zfs list *"], NO_SUDO),
        (&["/usr/sbin/zfs get *"], EXISTS),
        (&["/usr/sbin/zfs ^get -H -p -t filesystem,volume type tank/home$"], EXISTS),
        (&["/usr/sbin/zfs ^(get$"], NO_SUDO),
        (&["ALL"], EXISTS),
    ] {
        change_user(&running, |user| {
            user.sudo_commands_nopasswd = rules.iter().map(|rule| (*rule).to_owned()).collect();
        });
        assert_eq!(reason(&mut client, connection, json!({})).await, told, "{rules:?}");
    }
    change_user(&running, |user| {
        user.sudo_commands = std::mem::take(&mut user.sudo_commands_nopasswd);
    });
    assert_eq!(reason(&mut client, connection, json!({})).await, NO_SUDO);
    assert_eq!(reason(&mut client, connection, pull()).await, NO_SUDO);
    // Reading needs no sudo.
    assert_eq!(reason(&mut client, connection, json!({"sudo": false})).await, EXISTS);
    let mut unprivileged = pull();
    unprivileged["sudo"] = false.into();
    assert_eq!(reason(&mut client, connection, unprivileged).await, EXISTS);
    assert_eq!(client.result("pool.dataset.query", datasets).await, before);
    assert_eq!(client.result("replication.query", json!([])).await, json!([]));
    running.stop().await;
}

#[tokio::test]
async fn probe_reports_what_is_wrong_before_sudo() {
    let (running, mut client, connection) = connected("25.10.6").await;
    let missing = "[EFAULT] cannot open 'tank/none': dataset does not exist.";
    // The source is asked first: a push does not log in for it, and a pull does.
    assert_eq!(
        reason(&mut client, connection, json!({"source_datasets": ["tank/none"]})).await,
        missing
    );
    let mut from_nowhere = pull();
    from_nowhere["source_datasets"] = json!(["tank/none"]);
    from_nowhere["sudo"] = false.into();
    assert_eq!(reason(&mut client, connection, from_nowhere).await, missing);
    assert_eq!(
        reason(&mut client, connection, json!({"target_dataset": "tank/new", "sudo": false})).await,
        "[EFAULT] Dataset 'tank/data' does not have any matching snapshots to replicate."
    );
    change_user(&running, |user| user.sudo_commands_nopasswd = vec!["/usr/sbin/zfs get *".into()]);
    assert_eq!(
        reason(&mut client, connection, json!({"target_dataset": "tank/new"})).await,
        NO_SUDO,
        "the list of the target is refused"
    );
    running.stop().await;
}

#[tokio::test]
async fn probe_and_list_agree_on_a_broken_login() {
    let (running, mut client, connection) = connected("25.10.6").await;
    let list = json!(["SSH", connection]);
    change_user(&running, |user| user.sudo_commands_nopasswd = vec!["ALL".into()]);
    assert_eq!(reason(&mut client, connection, json!({})).await, EXISTS);

    running.with_system("box", |system| set_key_options(system, "command=\"/bin/true\""));
    assert_eq!(
        reason(&mut client, connection, json!({})).await,
        "[EFAULT] not enough values to unpack (expected 4, got 1)."
    );
    assert_eq!(client.result("replication.list_datasets", list.clone()).await, json!([]));

    running.with_system("box", |system| set_key_options(system, "command=\"internal-sftp\""));
    let told = "This service allows sftp connections only.";
    assert_eq!(reason(&mut client, connection, json!({})).await, format!("[EFAULT] {told}"));
    let error = client.error("replication.list_datasets", list.clone()).await;
    assert_eq!(error["reason"], told);

    running.with_system("box", |system| set_key_options(system, "from=\"192.0.2.1\""));
    assert_eq!(reason(&mut client, connection, json!({})).await, "[EFAULT] Authentication failed.");
    let error = client.error("replication.list_datasets", list.clone()).await;
    assert_eq!(error["reason"], "[EACCES] AuthenticationException('Authentication failed.')");

    running.with_system("box", |system| set_key_options(system, "restrict"));
    change_user(&running, |user| user.shell = "/usr/sbin/nologin".into());
    let told = "This account is currently not available.";
    assert_eq!(reason(&mut client, connection, json!({})).await, format!("[EFAULT] {told}"));
    let error = client.error("replication.list_datasets", list).await;
    assert_eq!(error["reason"], told);

    let config = client.result("ssh.config", json!([])).await;
    let other = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIKbZ5w7z5x3VICMdWzLEQl0dajw+0G6ChYfzTn5Mckx6";
    running.with_system("box", |system| {
        let credential = system.keychain.get_mut(connection).expect("the connection");
        credential.attributes.insert("remote_host_key".into(), other.into());
    });
    let told = reason(&mut client, connection, json!({})).await;
    let (start, expected) = told.split_once("', expected '").expect("both keys");
    let got = start.split_once("got '").expect("the host's key").1;
    let text = "[EFAULT] Host key for server '127.0.0.1' does not match: got '";
    assert!(start.starts_with(text), "{told}");
    assert_eq!(expected, format!("{}'.", other.split_once(' ').expect("a key").1));
    let column = config["host_ed25519_key_pub"].as_str().expect("a host key").to_owned();
    let own = STANDARD.decode(column).expect("base64");
    assert!(String::from_utf8_lossy(&own).contains(got), "{told}");
    running.stop().await;
}

#[tokio::test]
async fn probe_checks_its_arguments_and_the_caller() {
    for release in ["25.04.2.6", "25.10.6", "26.0.0"] {
        let (running, mut client, connection) = connected(release).await;
        let method = "replication.run_onetime";
        client.result("core.subscribe", json!(["core.get_jobs"])).await;
        for (wrong, told) in [
            (
                json!({"also_include_naming_schema": []}),
                "You must at least either bind a periodic snapshot task",
            ),
            (json!({"ssh_credentials": 99}), "[ENOENT] Credential does not exist"),
        ] {
            let reply = client.call(method, probe(connection, wrong)).await;
            let error = end_of_job(&mut client, reply).await;
            assert!(error.contains(told), "{release}: {error}");
        }
        let reply = client.call(method, probe(connection, json!({"sudo": false}))).await;
        let error = end_of_job(&mut client, reply).await;
        assert!(error.contains(EXISTS), "{release}: {error}");
        let address = running.address("box").expect("the system");
        for (key, reaches) in [("reader", false), ("writer", release != "25.04.2.6")] {
            let mut other = Client::connect(address).await;
            other.log_in(key, &address.api_keys[key]).await;
            let reply = other.call(method, probe(connection, pull())).await;
            let refused = reply["error"]["data"]["reason"] == "[EACCES] Not authorized";
            assert_eq!(refused, !reaches, "{release} {key}: {reply}");
        }
        running.stop().await;
    }
}

/// What a job failed with: the reply is its number, or waited for its end.
async fn end_of_job(client: &mut Client, reply: Value) -> String {
    let Some(id) = reply["result"].as_i64() else {
        return reply["error"]["data"].to_string();
    };
    loop {
        for event in std::mem::take(&mut client.told) {
            let job = &event["params"]["fields"];
            if job["id"] == id && job["state"] == "FAILED" {
                return job["error"].to_string();
            }
        }
        let event = client.next().await.expect("an event");
        client.told.push(event);
    }
}
