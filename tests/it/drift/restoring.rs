//! The command that restores an item restores it, and nothing else; and drift itself never writes.

use serde_json::{Value, json};

use super::{applied, compress, report, stop_ssh};
use crate::support::Fleet;

/// Runs the command that an item names, and agrees to it.
fn restore(fleet: &Fleet, item: &Value) {
    let command = item["restore"]["command"].as_str().expect("a command");
    let words = command.strip_prefix("trueup ").expect("trueup").split(' ');
    let mut args: Vec<&str> = words.collect();
    args.push("--yes");
    for reason in item["restore"]["allow"].as_array().into_iter().flatten() {
        args.extend(["--allow", reason.as_str().expect("a reason")]);
    }
    fleet.trueup(&args).exits(0);
}

/// Everything that drifts, by what breaks first.
fn addresses(report: &Value) -> Vec<&str> {
    let items = report["items"].as_array().expect("items");
    items.iter().map(|item| item["address"].as_str().expect("an address")).collect()
}

#[test]
fn each_command_restores_its_item_and_leaves_the_others() {
    let fleet = applied();
    compress(&fleet, "LZ4");
    stop_ssh(&fleet);
    let replicator = fleet.call(
        "chicago",
        "user.query",
        json!([[["username", "=", "replicator"]], { "get": true }]),
    );
    fleet.call(
        "chicago",
        "user.update",
        json!([replicator["id"], { "sudo_commands_nopasswd": [] }]),
    );
    let shown = fleet.trueup(&["drift"]).exits(2);
    insta::assert_snapshot!(shown.stdout);
    let mut now = report(&fleet, &[], 2);
    assert_eq!(
        addresses(&now),
        ["chicago/ssh_service", "chicago/user/replicator", "chicago/dataset/backup/boston"],
        "what breaks a replication comes first"
    );
    assert_eq!(now["replications"]["offsite"], json!({ "in_sync": false, "breaks": "yes" }));
    while let Some(item) = now["items"].as_array().and_then(|items| items.last().cloned()) {
        let rest: Vec<String> = addresses(&now).iter().map(|it| (*it).to_string()).collect();
        restore(&fleet, &item);
        now = report(&fleet, &[], if rest.len() == 1 { 0 } else { 2 });
        assert_eq!(addresses(&now), rest[..rest.len() - 1], "exactly {}", item["address"]);
    }
    assert_eq!(now["replications"]["offsite"], json!({ "in_sync": true, "breaks": "no" }));
}

#[test]
fn what_it_needs_comes_with_it() {
    let fleet = Fleet::start(super::PAIR);
    super::manifest(&fleet, "", "");
    let now = report(&fleet, &["--only", "chicago/user/replicator"], 2);
    let command = now["items"][0]["restore"]["command"].as_str().expect("a command");
    assert_eq!(
        command,
        "trueup apply -f trueup.yaml --only boston/ssh_keypair/boston-to-chicago \
         --only chicago/dataset/backup/home --only chicago/user/replicator"
    );
    restore(&fleet, &now["items"][0]);
    assert_eq!(fleet.trueup(&["drift", "--only", "chicago/user/replicator"]).code, 0);
    fleet
        .trueup(&["drift", "--only", "chicago/user/replicatr"])
        .exits(64)
        .says("chicago/user/replicator");
}

#[test]
fn what_cannot_be_restored_has_no_command() {
    let fleet = Fleet::start(super::PAIR);
    fleet.manifest(&[("chicago", "datasets: { nopool/x: {} }")]);
    let now = report(&fleet, &[], 2);
    let restore = &now["items"][0]["restore"];
    assert_eq!(restore["command"], Value::Null);
    assert!(restore["why_not"].as_str().is_some_and(|why| why.contains("nopool")), "{restore}");
}

#[test]
fn drift_sends_no_call_that_changes_anything_in_any_state_and_format() {
    let fleet = applied();
    fleet.write("baseline.json", &fleet.trueup(&["plan", "--format", "json"]).exits(0).stdout);
    let states: [&dyn Fn(); 4] =
        [&|| {}, &|| compress(&fleet, "LZ4"), &|| stop_ssh(&fleet), &|| {
            fleet.call("chicago", "pool.dataset.delete", json!(["backup/boston"]));
        }];
    for change in states {
        change();
        let before = fleet.mutations("boston") + fleet.mutations("chicago");
        for format in ["text", "json", "markdown", "prometheus"] {
            let args = ["drift", "--blame", "--baseline", "baseline.json", "--format", format];
            fleet.trueup(&args);
        }
        let after = fleet.mutations("boston") + fleet.mutations("chicago");
        assert_eq!(after, before);
    }
    let fresh = Fleet::start(super::PAIR);
    super::manifest(&fresh, "", "");
    fresh.trueup(&["drift", "--blame"]).exits(2);
    assert_eq!(fresh.mutations("boston") + fresh.mutations("chicago"), 0);
}
