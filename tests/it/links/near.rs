//! Near misses: what the manifest would make exists under another name.

use serde_json::json;

use super::{
    PRIVATE_A, PUBLIC_A, applied, changed_example, example, make_account, pair_with, proven,
    settled, without_keys,
};
use crate::support::Fleet;

/// A pair whose link somebody set up under other names.
fn under_other_names() -> Fleet {
    let fleet = pair_with("", "ssh: { running: true, enable: true }");
    make_account(&fleet, PUBLIC_A);
    let pair = json!([{
        "name": "nas2 key", "type": "SSH_KEY_PAIR", "attributes": { "private_key": PRIVATE_A },
    }]);
    let pair = fleet.call("boston", "keychaincredential.create", pair)["id"].clone();
    let port = fleet.call("chicago", "ssh.config", json!([]))["tcpport"].clone();
    let scan = json!([{ "host": "127.0.0.1", "port": port, "connect_timeout": 5 }]);
    let keys = fleet.call("boston", "keychaincredential.remote_ssh_host_key_scan", scan);
    let connection = |name: &str, host: &str, user: &str| {
        json!([{
            "name": name, "type": "SSH_CREDENTIALS",
            "attributes": {
                "host": host, "port": port, "username": user, "private_key": pair,
                "remote_host_key": keys, "connect_timeout": 10,
            },
        }])
    };
    for (name, host, user) in [
        ("nas2", "127.0.0.1", "replicator"),
        ("as somebody else", "127.0.0.1", "root"),
        ("elsewhere", "192.0.2.1", "replicator"),
    ] {
        let connection = connection(name, host, user);
        fleet.call("boston", "keychaincredential.create", connection);
    }
    fleet
}

#[test]
fn a_connection_and_a_pair_under_other_names_are_hints_with_the_lines_that_adopt_them() {
    let fleet = under_other_names();
    example(&fleet, "quickstart");
    insta::assert_snapshot!(without_keys(&fleet.trueup(&["plan"]).exits(0).stdout));
    let before = fleet.mutations("boston");
    let adopted = [
        ("key: { name: boston-to-chicago,", "key: { name: \"nas2 key\","),
        ("connection: { name: chicago }", "connection: { name: nas2 }"),
    ];
    changed_example(&fleet, "quickstart", &adopted);
    let plan = fleet.trueup(&["plan"]).exits(0).stdout;
    assert!(!plan.contains("Hints") && !plan.contains("ssh_connection"), "{plan}");
    proven(&fleet.trueup(&["apply", "--yes", "--format", "json"]).exits(0));
    assert_eq!(fleet.mutations_since("boston", before), [] as [&str; 0]);
    settled(&fleet);
}

#[test]
fn they_are_hints_no_more_once_the_manifests_own_exist() {
    let fleet = under_other_names();
    example(&fleet, "quickstart");
    fleet.trueup(&["apply", "--yes"]).exits(0);
    let drift = fleet.trueup(&["drift"]).exits(0).stdout;
    assert!(!drift.contains("Hints"), "{drift}");
}

#[test]
fn tasks_that_use_the_near_miss_are_named() {
    let fleet = under_other_names();
    // Two tasks as `replication.query` shows them: with the whole credential.
    let nas2 = super::credential(&fleet, "nas2");
    let task = |name: &str, credential| json!({ "name": name, "ssh_credentials": credential });
    let tasks = json!([
        task("daily", json!(nas2)),
        task("local", json!(null)),
        task("weekly", json!(nas2)),
    ]);
    fleet.fault(
        "boston",
        &json!({ "method": "replication.query", "do": { "result": tasks } }).to_string(),
    );
    example(&fleet, "quickstart");
    let plan = fleet.trueup(&["plan", "--format", "json"]).exits(0).json();
    let hints = plan["hints"].to_string();
    assert!(hints.contains("and the replication tasks `daily`, `weekly` use it"), "{hints}");
}

#[test]
fn a_task_that_does_not_use_the_sudo_of_the_manifest_is_a_hint() {
    let fleet = applied("quickstart");
    let connection = super::credential(&fleet, "chicago")["id"].clone();
    let task = |name: &str, sudo: bool, enabled: bool| {
        json!([{
            "name": name, "direction": "PUSH", "transport": "SSH", "ssh_credentials": connection,
            "source_datasets": ["tank/data"], "target_dataset": "backup/boston", "recursive": false,
            "also_include_naming_schema": ["auto-%Y-%m-%d_%H-%M"], "auto": false, "enabled": enabled,
            "retention_policy": "NONE", "sudo": sudo,
        }])
    };
    for (name, sudo, enabled) in
        [("with", true, true), ("without", false, true), ("disabled", false, false)]
    {
        fleet.call("boston", "replication.create", task(name, sudo, enabled));
    }
    let hint = "boston/ssh_connection/chicago: the replication task `without` runs `zfs` as \
                `replicator` without sudo, although the manifest grants it; turn on \"Use Sudo For \
                ZFS Commands\" in the task";
    let plan = fleet.trueup(&["plan", "--format", "json", "--detailed-exitcode"]).exits(0).json();
    assert_eq!(plan["hints"], json!([hint]));
    let drift = fleet.trueup(&["drift", "--format", "json"]).exits(0).json();
    assert_eq!(drift["hints"], json!([hint]));
}
