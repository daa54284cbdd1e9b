//! Near misses: a connection is to be made while one to the same system exists under another name,
//! perhaps to where that system was before.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::kinds::Around;
use crate::kinds::keychain::{self, Attributes};
use crate::model::placeholder::as_reference;
use crate::model::yaml::scalar;
use crate::model::{Address, Desired, Hint, Live};
use crate::truenas_wire::Replies;

use super::task;

/// The connections as the wanted account: where each leads, its key pair and the host keys that it
/// trusts.
pub(super) fn others(want: &Desired, entries: &Value) -> Vec<Value> {
    let connection = |entry: &Value| {
        let Attributes::Shown(shown) = keychain::attributes(entry) else { return None };
        if shown.get("username") != want.get("username") {
            return None;
        }
        let pair = shown.get("private_key").and_then(|id| super::pair_entry(id, entries));
        let public_key = pair.and_then(|it| match keychain::attributes(it) {
            Attributes::Shown(shown) => keychain::two_words(keychain::text(shown, "public_key")?),
            _ => None,
        });
        Some(json!({
            "name": entry.get("name")?,
            "host": shown.get("host")?,
            "port": shown.get("port")?,
            "host_keys": super::trusted_keys(shown),
            "key": pair.and_then(|it| it.get("name")),
            "public_key": public_key,
        }))
    };
    let all = entries.as_array().into_iter().flatten();
    all.filter(|it| keychain::type_of(it) == "SSH_CREDENTIALS").filter_map(connection).collect()
}

/// The names of the tasks, by the connection that they use; none where they may not be read.
pub(super) fn decode_tasks(replies: &Replies) -> Value {
    let mut by_connection: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for task in task::decode(replies) {
        by_connection.entry(task.connection).or_default().push(task.name);
    }
    json!(by_connection)
}

/// The hints at those that lead to the same system, or did before it moved, with the lines that
/// adopt them.
pub(super) fn hints(want: &Desired, live: &Live, around: &Around<'_>) -> Vec<Hint> {
    let others = live.get("others").and_then(Value::as_array).into_iter().flatten();
    others.filter_map(|other| hint(want, live, other, &likeness(want, other, around)?)).collect()
}

/// What speaks for it that another connection leads to the system of this one.
fn likeness(want: &Desired, other: &Value, around: &Around<'_>) -> Option<String> {
    let same = |field: &str| other.get(field) == want.get(field);
    if same("host") && same("port") {
        return Some("goes to the same host and port as the same user".into());
    }
    let place = format!("{}, port {}", other.get("host")?.as_str()?, other.get("port")?);
    let system = as_reference(around.desired.get(&want.address)?.get("host_keys")?)?.address.system;
    let of_system = |address: &Address, field: &str| -> Vec<&str> {
        let list = around.live.get(address).and_then(|live| live.get(field)?.as_array());
        list.into_iter().flatten().filter_map(Value::as_str).collect()
    };
    let own_keys = of_system(&Address::singleton(&system, "ssh_service"), "host_keys");
    let mut trusted = other.get("host_keys")?.as_array()?.iter().filter_map(Value::as_str);
    if trusted.any(|key| own_keys.contains(&key)) {
        return Some(format!("trusts the host keys of {system} at {place}, as the same user"));
    }
    let account = Address::new(&system, "user", want.get("username")?.as_str()?);
    let lines = of_system(&account, "authorized_keys.keys");
    let key = other.get("public_key").and_then(Value::as_str);
    if key.is_some_and(|key| lines.iter().any(|it| !it.starts_with('#') && it.contains(key))) {
        return Some(format!("goes to {place}, with a key that `{account}` accepts already"));
    }
    same("host")
        .then(|| format!("goes to the same host as the same user, but to port {}", other["port"]))
}

fn hint(want: &Desired, live: &Live, other: &Value, likeness: &str) -> Option<Hint> {
    let name = other.get("name")?.as_str()?;
    let mut lines = format!("connection: {{ name: {} }}", scalar(name));
    let key = other.get("key").and_then(Value::as_str);
    if let Some(key) = key.filter(|key| want.get("key") != Some(&json!(key))) {
        lines += &format!(", key: {{ name: {} }}", scalar(key));
    }
    let mut what = format!("the connection `{name}` {likeness}");
    let tasks = live.get("tasks").and_then(|tasks| tasks.get(name)).and_then(Value::as_array);
    let tasks: Vec<String> = tasks
        .into_iter()
        .flatten()
        .filter_map(|task| Some(format!("`{}`", task.as_str()?)))
        .collect();
    match tasks.as_slice() {
        [] => {}
        [task] => what += &format!(", and the replication task {task} uses it"),
        several => what += &format!(", and the replication tasks {} use it", several.join(", ")),
    }
    let adopting = keychain::adopting(want, &lines);
    Some(Hint { what, remedy: format!("to use it instead of making another one, {adopting}") })
}
