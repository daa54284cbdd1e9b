//! Near misses: a connection is to be made while one to the same place exists under another name.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::kinds::keychain::{self, Attributes};
use crate::model::{Desired, Hint, Live, Read, ReadMethod, Replies};

/// The replication tasks and the connection that each uses.
pub fn tasks() -> Read {
    let options = json!({ "select": ["name", "ssh_credentials"] });
    Read::call(ReadMethod::ReplicationQuery, vec![json!([]), options])
}

/// The connections to the wanted host and account: name, port and key pair.
pub fn others(want: &Desired, entries: &Value) -> Vec<Value> {
    let connection = |entry: &Value| {
        let Attributes::Shown(shown) = keychain::attributes(entry) else { return None };
        let same = |attribute: &str, field: &str| shown.get(attribute) == want.get(field);
        if !same("host", "host") || !same("username", "username") {
            return None;
        }
        let key = shown.get("private_key").and_then(|id| super::pair_name(id, entries));
        Some(json!({ "name": entry.get("name")?, "port": shown.get("port")?, "key": key }))
    };
    let all = entries.as_array().into_iter().flatten();
    all.filter(|it| keychain::type_of(it) == "SSH_CREDENTIALS").filter_map(connection).collect()
}

/// The names of the tasks, by the connection that they use; none where they may not be read.
pub fn decode_tasks(replies: &Replies) -> Value {
    let mut by_connection: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let tasks = replies.get(&tasks()).ok().and_then(Value::as_array);
    for task in tasks.into_iter().flatten() {
        let name = task.get("name").and_then(Value::as_str);
        let connection = task.pointer("/ssh_credentials/name").and_then(Value::as_str);
        if let (Some(name), Some(connection)) = (name, connection) {
            by_connection.entry(connection.into()).or_default().push(name.into());
        }
    }
    json!(by_connection)
}

/// The hints at those that go to the wanted port too, with the lines that adopt them.
pub fn hints(want: &Desired, live: &Live) -> Vec<Hint> {
    let others = live.get("others").and_then(Value::as_array).into_iter().flatten();
    let to_same_port = others.filter(|it| it.get("port") == want.get("port"));
    to_same_port.filter_map(|other| hint(want, live, other)).collect()
}

fn hint(want: &Desired, live: &Live, other: &Value) -> Option<Hint> {
    let name = other.get("name")?.as_str()?;
    let mut lines = format!("connection: {{ name: {} }}", keychain::quoted(name));
    let key = other.get("key").and_then(Value::as_str);
    if let Some(key) = key.filter(|key| want.get("key") != Some(&json!(key))) {
        lines += &format!(", key: {{ name: {} }}", keychain::quoted(key));
    }
    let mut what =
        format!("the connection `{name}` goes to the same host and port as the same user");
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
