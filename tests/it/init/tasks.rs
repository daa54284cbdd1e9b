//! Replication tasks tell the way, whatever anything is called.

use serde_json::{Value, json};

use super::{new_connection, new_pair, pair, set_up_by_truenas, story};
use crate::support::Fleet;

/// A task as `replication.query` shows it, of which only what is read is here.
fn task(name: &str, connection: Value, more: Value) -> Value {
    let mut all = json!({
        "id": 1,
        "name": name,
        "direction": "PUSH",
        "transport": "SSH",
        "ssh_credentials": connection,
        "sudo": true,
        "enabled": true,
        "source_datasets": ["tank/data"],
        "target_dataset": "backup/boston",
    });
    for (name, value) in more.as_object().expect("fields") {
        all[name] = value.clone();
    }
    all
}

/// What a task shows of its connection.
fn shown(fleet: &Fleet, system: &str, id: i64) -> Value {
    fleet.call(system, "keychaincredential.query", json!([[["id", "=", id]]]))[0].clone()
}

fn answer_with(fleet: &Fleet, system: &str, tasks: Value) {
    let fault = json!({ "method": "replication.query", "do": { "result": tasks } });
    fleet.fault(system, &fault.to_string());
}

#[test]
fn three_between_the_same_systems_and_some_that_are_not_ours() {
    let fleet = pair("", "datasets: { backup/boston: {}, backup/my photos: {} }");
    let id = set_up_by_truenas(&fleet, "Chicago", "truenas_admin", true);
    let (key, _) = new_pair(&fleet, "denver key");
    let other = new_connection(
        &fleet,
        "Denver",
        key,
        json!({ "host": "denver.example.net", "remote_host_key": "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIKbZ5w7z5x3VICMdWzLEQl0dajw+0G6ChYfzTn5Mckx6" }),
    );
    let [chicago, denver] = [id, other].map(|id| shown(&fleet, "boston", id));
    let tasks = json!([
        task("tank/data - backup/boston", chicago.clone(), json!({})),
        task(
            "Photos, and more",
            chicago.clone(),
            json!({
                "source_datasets": ["tank/my photos", "tank/data", "tank/vm", "tank/data/a", "tank/data/b"],
                "target_dataset": "backup/my photos",
            })
        ),
        task(
            "Photos / and more",
            chicago.clone(),
            json!({
                "transport": "SSH+NETCAT",
                "enabled": false,
                "target_dataset": "backup/new/vm",
                "source_datasets": ["tank/vm"],
            })
        ),
        task("to denver", denver.clone(), json!({})),
        task("from denver", denver, json!({ "direction": "PULL" })),
        task("from chicago", chicago, json!({ "direction": "PULL" })),
        task("local", Value::Null, json!({ "transport": "LOCAL" })),
    ]);
    answer_with(&fleet, "boston", tasks);
    insta::assert_snapshot!(story(&fleet));
}

#[test]
fn one_that_pulls_from_the_other_side() {
    let fleet = pair("", "");
    let (key, _) = new_pair(&fleet, "k");
    let id = new_connection(&fleet, "c", key, json!({}));
    let connection = shown(&fleet, "boston", id);
    let pull = json!([task("pull", connection, json!({ "direction": "PULL" }))]);
    answer_with(&fleet, "boston", pull);
    insta::assert_snapshot!(story(&fleet));
}

#[test]
fn an_account_whose_tasks_use_no_sudo_gets_none() {
    let chicago = "datasets: { backup/home: {}, backup/boston: {} }\n\
                   users: { sync: { home: /mnt/backup/home/sync } }\n\
                   directories: { /mnt/backup/home/sync: { mode: 700, uid: 3000, gid: 3000 } }";
    let fleet = pair("", chicago);
    let id = set_up_by_truenas(&fleet, "c", "sync", false);
    let connection = shown(&fleet, "boston", id);
    answer_with(&fleet, "boston", json!([task("t", connection, json!({ "sudo": false }))]));
    let text = story(&fleet);
    assert!(text.contains("\nPlan: nothing to do"), "{text}");
    assert!(!text.contains("sudo:"), "{text}");
}
