//! The replication tasks that use connections, as far as a connection's hints need them.

use serde_json::{Value, json};

use crate::kinds::Around;
use crate::model::placeholder::as_reference;
use crate::model::{Address, Desired, Hint, Live};
use crate::truenas_wire::{Read, ReadMethod, Replies};

/// A replication task over SSH.
pub(super) struct Task {
    /// Its name.
    pub name: String,
    /// The connection that it uses, by its name.
    pub connection: String,
    /// Whether it runs by itself and runs `zfs` on the other side without sudo.
    runs_without_sudo: bool,
}

/// The replication tasks and the connection that each uses.
pub(super) fn read() -> Read {
    let options = json!({ "select": ["name", "enabled", "sudo", "ssh_credentials"] });
    Read::call(ReadMethod::ReplicationQuery, vec![json!([]), options])
}

/// The tasks; none where they may not be read.
pub(super) fn decode(replies: &Replies) -> Vec<Task> {
    let task = |entry: &Value| {
        let is = |field: &str, value: bool| entry.get(field) == Some(&json!(value));
        Some(Task {
            name: entry.get("name")?.as_str()?.into(),
            connection: entry.pointer("/ssh_credentials/name")?.as_str()?.into(),
            runs_without_sudo: is("enabled", true) && is("sudo", false),
        })
    };
    let entries = replies.get(&read()).ok().and_then(Value::as_array).into_iter().flatten();
    entries.filter_map(task).collect()
}

/// Notes the tasks that use the connection without sudo.
pub(super) fn note_without_sudo(connection: &str, replies: &Replies, live: &mut Live) {
    let tasks = decode(replies).into_iter();
    let names = tasks.filter(|it| it.connection == connection && it.runs_without_sudo);
    let names: Vec<String> = names.map(|task| task.name).collect();
    live.fact("tasks_without_sudo", names);
}

/// A task that does not use the sudo which the manifest grants for it: to an account other than
/// root, `zfs` then refuses to receive.
pub(super) fn without_sudo(want: &Desired, live: &Live, around: &Around<'_>) -> Vec<Hint> {
    let username = want.get("username").and_then(Value::as_str).unwrap_or_default();
    let host_keys = around.desired.get(&want.address).and_then(|it| it.get("host_keys"));
    let Some(remote) = host_keys.and_then(as_reference) else { return Vec::new() };
    let account = Address::new(&remote.address.system, "user", username);
    let grants = around.desired.get(&account).and_then(|it| it.get("sudo.no_password"));
    if username == "root" || grants.is_none() {
        return Vec::new();
    }
    let names = live.get("tasks_without_sudo").and_then(Value::as_array).into_iter().flatten();
    let hint = |name: &str| Hint {
        what: format!(
            "the replication task `{name}` runs `zfs` as `{username}` without sudo, although the \
             manifest grants it"
        ),
        remedy: "turn on \"Use Sudo For ZFS Commands\" in the task".into(),
    };
    names.filter_map(Value::as_str).map(hint).collect()
}
