//! Replication tasks tell the way, whatever anything is called.

use serde_json::{Value, json};

use super::{new_connection, new_pair, pair, set_up_by_truenas, story};
use crate::support::Fleet;

/// Makes a task on boston: one that sends tank/data to backup/boston with sudo, but for what is
/// said otherwise.
pub fn task(fleet: &Fleet, name: &str, connection: Option<i64>, more: Value) {
    let mut all = json!({
        "name": name,
        "direction": "PUSH",
        "transport": "SSH",
        "ssh_credentials": connection,
        "sudo": true,
        "source_datasets": ["tank/data"],
        "target_dataset": "backup/boston",
        "recursive": false,
        "auto": false,
        "retention_policy": "NONE",
        "also_include_naming_schema": ["auto-%Y-%m-%d_%H-%M"],
    });
    for (name, value) in more.as_object().expect("fields") {
        all[name] = value.clone();
    }
    fleet.call("boston", "replication.create", json!([all]));
}

/// What a task that pulls has otherwise.
pub fn pulling() -> Value {
    json!({
        "direction": "PULL",
        "naming_schema": ["auto-%Y-%m-%d_%H-%M"],
        "also_include_naming_schema": [],
        "source_datasets": ["backup/x"],
        "target_dataset": "tank/x",
    })
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
    let (chicago, denver) = (Some(id), Some(other));
    for name in ["tank/my photos", "tank/vm", "tank/data/a", "tank/data/b"] {
        fleet.call("boston", "pool.dataset.create", json!([{ "name": name }]));
    }
    task(&fleet, "tank/data - backup/boston", chicago, json!({}));
    let photos = json!({
        "source_datasets": ["tank/my photos", "tank/data", "tank/vm", "tank/data/a", "tank/data/b"],
        "target_dataset": "backup/my photos",
    });
    task(&fleet, "Photos, and more", chicago, photos);
    let disabled = json!({
        "transport": "SSH+NETCAT",
        "netcat_active_side": "LOCAL",
        "enabled": false,
        "target_dataset": "backup/new/vm",
        "source_datasets": ["tank/vm"],
    });
    task(&fleet, "Photos / and more", chicago, disabled);
    task(&fleet, "to denver", denver, json!({}));
    task(&fleet, "from denver", denver, pulling());
    task(&fleet, "from chicago", chicago, pulling());
    let local = json!({ "transport": "LOCAL", "sudo": false, "target_dataset": "tank/copy" });
    task(&fleet, "local", None, local);
    insta::assert_snapshot!(story(&fleet));
}

#[test]
fn one_that_pulls_from_the_other_side() {
    let fleet = pair("", "");
    let (key, _) = new_pair(&fleet, "k");
    let id = new_connection(&fleet, "c", key, json!({}));
    task(&fleet, "pull", Some(id), pulling());
    insta::assert_snapshot!(story(&fleet));
}

#[test]
fn an_account_whose_tasks_use_no_sudo_gets_none() {
    let chicago = "datasets: { backup/home: {}, backup/boston: {} }\n\
                   users: { sync: { home: /mnt/backup/home/sync } }\n\
                   directories: { /mnt/backup/home/sync: { mode: 700, uid: 3000, gid: 3000 } }";
    let fleet = pair("", chicago);
    let id = set_up_by_truenas(&fleet, "c", "sync", false);
    task(&fleet, "t", Some(id), json!({ "sudo": false }));
    let text = story(&fleet);
    assert!(text.contains("\nPlan: nothing to do"), "{text}");
    assert!(!text.lines().any(|line| line.trim_start().starts_with("sudo:")), "{text}");
    assert!(text.contains("sync: it has no sudo for zfs without a password"), "{text}");
}

#[test]
fn one_that_sends_to_a_pool_that_is_gone() {
    let fleet = pair("", "datasets: { backup/boston: {} }");
    let id = set_up_by_truenas(&fleet, "c", "truenas_admin", true);
    task(&fleet, "t", Some(id), json!({ "target_dataset": "old/boston" }));
    let text = story(&fleet);
    assert!(text.contains("# there is no pool \"old\": a task sends to it"), "{text}");
    assert!(text.contains("x dataset old/boston  blocked: no-such-pool"), "{text}");
}
