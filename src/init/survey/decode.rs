//! What the replies show.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::init::writable::writable;
use crate::kinds;
use crate::manifest::read::Text;
use crate::manifest::value::{DatasetPath, PublicKey};
use crate::model::{Live, Reading};
use crate::truenas_wire::{Read, ReadError, Replies};

use super::reads::{self, looked_at};
use super::{
    Account, CONTENT_ROLE, Connection, Filesystem, KEYCHAIN_ROLE, POOLS_ROLE, Pair, Ssh, Survey,
    TASKS_ROLE, Target, Task, Unseen,
};

/// A resource as its kind decodes it.
fn live(kind: &str, name: Option<&str>, replies: &Replies) -> Option<Live> {
    kinds::find(kind)?.decode(&looked_at(kind, name), replies).ok()
}

/// The survey that the replies are.
///
/// # Errors
/// A read that failed for another reason than a missing role.
pub(crate) fn decode(replies: &Replies) -> Result<Survey, ReadError> {
    let mut unseen = Vec::new();
    let mut list = |read: &Read, what, role| match replies.get(read) {
        Ok(reply) => Ok(Some(reply.as_array().cloned().unwrap_or_default())),
        Err(ReadError::Denied) => {
            unseen.push(Unseen { what, role });
            Ok(None)
        }
        Err(other) => Err(other),
    };
    let pools = list(&reads::pools(), "its pools", POOLS_ROLE)?.unwrap_or_default();
    let datasets = list(&reads::datasets(), "its datasets", "DATASET_READ")?.unwrap_or_default();
    let tasks = list(&reads::tasks(), "its replication tasks", TASKS_ROLE)?;
    let accounts = list(&reads::accounts(), "its accounts", "ACCOUNT_READ")?;
    let mut credentials = Vec::new();
    for read in reads::keychain() {
        let what = "its SSH keys and connections";
        credentials.extend(list(&read, what, KEYCHAIN_ROLE)?.unwrap_or_default());
    }
    let ssh = ssh(replies);
    if ssh.is_none() {
        unseen.push(Unseen { what: "its SSH service", role: "SSH_READ, SERVICE_READ" });
    }
    let mut survey = Survey {
        ssh,
        filesystems: datasets.iter().filter_map(filesystem).collect(),
        volumes: datasets.iter().filter_map(volume).collect(),
        tasks: tasks.unwrap_or_default().iter().filter_map(task).collect(),
        accounts: accounts.map(|all| all.iter().filter_map(account).collect()),
        pools: by_free_space(&pools),
        ..Survey::default()
    };
    if let Ok(info) = replies.get(&reads::info()) {
        survey.version = text(info, "version");
        survey.hostname = text(info, "hostname");
    }
    for credential in &credentials {
        let Some(name) = text(credential, "name") else { continue };
        match credential.get("type").and_then(Value::as_str) {
            Some("SSH_KEY_PAIR") => survey.pairs.extend(pair(name, replies)),
            Some("SSH_CREDENTIALS") => survey.connections.extend(connection(name, replies)),
            _ => {}
        }
    }
    let masked = survey.connections.iter().any(|it| it.target.is_none())
        || survey.pairs.iter().any(|it| it.usable && it.public_key.is_none());
    if masked {
        let what = "the content of its SSH keys and connections";
        unseen.push(Unseen { what, role: CONTENT_ROLE });
    }
    survey.unseen = unseen;
    Ok(survey)
}

fn text(value: &Value, name: &str) -> Option<String> {
    value.get(name).and_then(Value::as_str).map(Into::into)
}

fn flag(value: &Value, name: &str) -> bool {
    value.get(name).and_then(Value::as_bool).unwrap_or(false)
}

fn texts(value: &Value, name: &str) -> Vec<String> {
    let members = value.get(name).and_then(Value::as_array).into_iter().flatten();
    members.filter_map(Value::as_str).map(Into::into).collect()
}

fn by_free_space(pools: &[Value]) -> Vec<String> {
    let free = |pool: &Value| pool.get("free").and_then(Value::as_u64).unwrap_or_default();
    let mut pools: Vec<_> =
        pools.iter().filter_map(|pool| Some((free(pool), pool_name(pool)?))).collect();
    pools.sort_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(&b.1)));
    pools.into_iter().map(|(_, name)| name).collect()
}

/// A pool's name, if a manifest can hold it.
fn pool_name(pool: &Value) -> Option<String> {
    text(pool, "name").filter(|name| writable::<DatasetPath>(name).is_ok())
}

fn filesystem(entry: &Value) -> Option<Filesystem> {
    let readonly = entry.pointer("/readonly/value").and_then(Value::as_str) == Some("ON");
    let is_one = entry.get("type").and_then(Value::as_str) == Some("FILESYSTEM");
    let name = text(entry, "id").filter(|_| is_one)?;
    Some(Filesystem { name, closed: readonly || flag(entry, "locked") })
}

fn volume(entry: &Value) -> Option<String> {
    let is_one = entry.get("type").and_then(Value::as_str) == Some("VOLUME");
    text(entry, "id").filter(|_| is_one)
}

fn task(entry: &Value) -> Option<Task> {
    let stays = entry.get("transport").and_then(Value::as_str) == Some("LOCAL");
    let connection = entry.pointer("/ssh_credentials/name").and_then(Value::as_str);
    Some(Task {
        name: text(entry, "name")?,
        pulls: text(entry, "direction")? == "PULL",
        connection: connection.filter(|_| !stays).map(Into::into),
        sudo: flag(entry, "sudo"),
        enabled: flag(entry, "enabled"),
        sources: texts(entry, "source_datasets"),
        target: text(entry, "target_dataset")?,
    })
}

fn account(entry: &Value) -> Option<Account> {
    let builtin = flag(entry, "builtin");
    let installer = entry.get("uid").and_then(Value::as_u64) == Some(950);
    let immutable = entry.get("immutable").and_then(Value::as_bool);
    let keys = text(entry, "sshpubkey").unwrap_or_default();
    Some(Account {
        name: text(entry, "username")?,
        home: kinds::normalized_home(&text(entry, "home")?),
        shell: text(entry, "shell").unwrap_or_default(),
        locked: flag(entry, "locked"),
        builtin,
        immutable: immutable.unwrap_or(builtin || installer),
        keys: keys.lines().filter_map(key_of).collect(),
        sudo: texts(entry, "sudo_commands_nopasswd"),
    })
}

/// `type base64` of a line of `authorized_keys` or of a `.pub` file.
fn key_of(line: &str) -> Option<String> {
    PublicKey::parse(line).ok().map(|key| key.key().to_owned())
}

fn pair(name: String, replies: &Replies) -> Option<Pair> {
    let live = live("ssh_keypair", Some(&name), replies)?;
    let hidden = matches!(live.fields.get("public_key"), Some(Reading::Hidden { .. }));
    let public_key = live.get("public_key").and_then(Value::as_str).and_then(key_of);
    let private = live.get("has_private_half") == Some(&Value::Bool(true));
    Some(Pair { name, usable: hidden || (private && public_key.is_some()), public_key })
}

fn connection(name: String, replies: &Replies) -> Option<Connection> {
    let live = live("ssh_connection", Some(&name), replies)?;
    let hidden = matches!(live.fields.get("host"), Some(Reading::Hidden { .. }));
    let text = |field: &str| live.get(field).and_then(Value::as_str).map(String::from);
    let number = |field: &str| live.get(field).and_then(Value::as_u64).unwrap_or_default();
    // One that cannot be decrypted leads nowhere.
    let target = (!hidden).then(|| Target {
        host: text("host").unwrap_or_default(),
        port: number("port"),
        account: text("username").unwrap_or_default(),
        pair: text("key"),
        timeout: number("timeout"),
        host_keys: lines(live.get("host_keys")),
    });
    Some(Connection { name, target })
}

fn lines(value: Option<&Value>) -> BTreeSet<String> {
    let members = value.and_then(Value::as_array).into_iter().flatten();
    members.filter_map(Value::as_str).map(Into::into).collect()
}

fn ssh(replies: &Replies) -> Option<Ssh> {
    let live = live("ssh_service", None, replies)?;
    let flag = |field: &str| live.get(field).and_then(Value::as_bool);
    let ssh = Ssh {
        running: flag("running"),
        starts: flag("start_automatically"),
        password_login: flag("password_login"),
        port: live.get("port").and_then(Value::as_u64),
        host_keys: lines(live.get("host_keys")),
    };
    (ssh != Ssh::default()).then_some(ssh)
}
