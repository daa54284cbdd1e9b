//! Pairs that somebody began to prepare and left.

use serde_json::json;

use super::{apply_example, change_account, new_connection, new_pair, pair, start_ssh, story};

#[test]
fn a_dataset_only() {
    insta::assert_snapshot!(story(&pair("", "datasets: { backup/Boston: {}, backup/Homes: {} }")));
}

#[test]
fn an_account_without_a_home() {
    let account = "users: { replicator: { home: /var/empty, shell: /usr/sbin/nologin } }";
    insta::assert_snapshot!(story(&pair("", account)));
}

#[test]
fn an_account_under_another_name_and_a_dataset_for_homes() {
    let chicago = "datasets: { backup/people: {} }\n\
                   users:\n  \
                   alice: { home: /mnt/backup/people/alice }\n  \
                   replication_svc: { home: /var/empty, locked: true }";
    let fleet = pair("", chicago);
    insta::assert_snapshot!(story(&fleet));
}

#[test]
fn a_key_pair_only() {
    let fleet = pair("", "");
    new_pair(&fleet, "The old key / 2023");
    insta::assert_snapshot!(story(&fleet));
}

#[test]
fn a_key_that_the_other_side_accepts_already_and_no_connection() {
    let chicago = "datasets: { backup/home: {} }\n\
                   users: { sync: { home: /mnt/backup/home/sync } }\n\
                   directories: { /mnt/backup/home/sync: { mode: 700, uid: 3000, gid: 3000 } }";
    let fleet = pair("", chicago);
    new_pair(&fleet, "unrelated");
    let (_, public) = new_pair(&fleet, "laptop");
    change_account(&fleet, "sync", json!({ "sshpubkey": format!("from=\"10.0.0.0/8\" {public}") }));
    insta::assert_snapshot!(story(&fleet));
}

#[test]
fn a_connection_under_another_name_whose_key_is_not_accepted() {
    let fleet = pair("", "users: { sync: { home: /var/empty } }");
    start_ssh(&fleet);
    let (key, _) = new_pair(&fleet, "on");
    new_connection(
        &fleet,
        "To Chicago, nightly",
        key,
        json!({ "username": "sync", "connect_timeout": 30 }),
    );
    insta::assert_snapshot!(story(&fleet));
}

#[test]
fn a_connection_that_was_made_before_the_first_start_of_ssh() {
    let fleet = pair("", "users: { sync: { home: /var/empty } }");
    let (key, _) = new_pair(&fleet, "k");
    new_connection(&fleet, "c", key, json!({ "username": "sync", "remote_host_key": "" }));
    insta::assert_snapshot!(story(&fleet));
}

#[test]
fn a_connection_that_trusts_other_host_keys() {
    let fleet = pair("", "");
    apply_example(&fleet, "quickstart.yaml");
    let found =
        fleet.call("boston", "keychaincredential.query", json!([[["name", "=", "chicago"]]]));
    let mut attributes = found[0]["attributes"].clone();
    attributes["remote_host_key"] =
        json!("ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIKbZ5w7z5x3VICMdWzLEQl0dajw+0G6ChYfzTn5Mckx6\n");
    let change = json!([found[0]["id"], { "attributes": attributes }]);
    fleet.call("boston", "keychaincredential.update", change);
    insta::assert_snapshot!(story(&fleet));
}

#[test]
fn ssh_that_somebody_switched_off() {
    let fleet = pair("", "");
    apply_example(&fleet, "quickstart.yaml");
    fleet.job("chicago", "service.control", json!(["STOP", "ssh"]));
    fleet.call("chicago", "service.update", json!(["ssh", { "enable": false }]));
    insta::assert_snapshot!(story(&fleet));
}

#[test]
fn names_that_are_taken_by_something_else() {
    let fleet = pair("", "");
    let (key, _) = new_pair(&fleet, "chicago");
    new_connection(&fleet, "boston-to-chicago", key, json!({ "host": "elsewhere.example.net" }));
    insta::assert_snapshot!(story(&fleet));
}
