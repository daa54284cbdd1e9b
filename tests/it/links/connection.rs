//! The connection's fields: what is compared how, what may not be read, what is carried over.

use serde_json::{Value, json};

use super::{
    FOREIGN, PRIVATE_A, applied, credential, example, pair_with, proven, set_connection, settled,
};
use crate::support::{Fleet, Ran};

fn attributes(fleet: &Fleet) -> Value {
    credential(fleet, "chicago")["attributes"].clone()
}

#[test]
fn host_keys_are_compared_as_a_set_of_type_and_key() {
    let fleet = applied("quickstart");
    let pinned = attributes(&fleet)["remote_host_key"].as_str().expect("keys").to_string();
    let lines: Vec<&str> = pinned.lines().collect();
    assert_eq!(lines.len(), 3, "{pinned}");
    assert!(lines.is_sorted(), "{pinned}");
    assert!(lines.iter().all(|line| line.split(' ').count() == 2), "{pinned}");
    let other_form: String =
        lines.iter().rev().map(|line| format!("{line} root@chicago\n\n")).collect();
    set_connection(&fleet, "chicago", json!({ "remote_host_key": other_form }));
    settled(&fleet);
    assert_eq!(attributes(&fleet)["remote_host_key"], json!(other_form), "left as it was");
    // One key too few and one too many are both drift.
    for wrong in [lines[..2].join("\n"), format!("{pinned}\n{FOREIGN}")] {
        set_connection(&fleet, "chicago", json!({ "remote_host_key": wrong }));
        fleet.trueup(&["drift"]).exits(2);
        proven(&fleet.trueup(&["apply", "--yes", "--format", "json"]).exits(0));
        assert_eq!(attributes(&fleet)["remote_host_key"], json!(pinned));
    }
}

#[test]
fn what_is_not_managed_is_carried_over() {
    let fleet = applied("quickstart");
    set_connection(&fleet, "chicago", json!({ "connect_timeout": 77 }));
    settled(&fleet);
    set_connection(&fleet, "chicago", json!({ "port": 1 }));
    let before = fleet.mutations("boston");
    proven(&fleet.trueup(&["apply", "--yes", "--format", "json"]).exits(0));
    assert_eq!(fleet.mutations_since("boston", before), ["keychaincredential.update"]);
    assert_eq!(attributes(&fleet)["connect_timeout"], 77);
}

#[test]
fn another_timeout_is_drift_that_breaks_nothing() {
    let fleet = applied("least-privilege");
    assert_eq!(attributes(&fleet)["connect_timeout"], 20);
    set_connection(&fleet, "chicago", json!({ "connect_timeout": 5 }));
    let report = fleet.trueup(&["drift", "--format", "json"]).exits(2).json();
    assert_eq!(report["items"][0]["fields"][0]["field"], "timeout", "{report:#}");
    assert_eq!(report["items"][0]["breaks"], "no", "{report:#}");
    proven(&fleet.trueup(&["apply", "--yes", "--format", "json"]).exits(0));
    assert_eq!(attributes(&fleet)["connect_timeout"], 20);
}

#[test]
fn other_credentials_stay_as_they_are() {
    let fleet = super::pair();
    let other = json!([{
        "name": "other", "type": "SSH_KEY_PAIR", "attributes": { "private_key": PRIVATE_A },
    }]);
    let id = fleet.call("boston", "keychaincredential.create", other)["id"].clone();
    let broken = json!([{
        "name": "elsewhere", "type": "SSH_CREDENTIALS",
        "attributes": {
            "host": "nas3", "port": 2222, "username": "root", "private_key": id,
            "remote_host_key": "garbage", "connect_timeout": 3,
        },
    }]);
    fleet.call("boston", "keychaincredential.create", broken);
    let before = ["other", "elsewhere"].map(|name| credential(&fleet, name));
    example(&fleet, "quickstart");
    super::converges(&fleet);
    assert_eq!(["other", "elsewhere"].map(|name| credential(&fleet, name)), before);
}

#[test]
fn a_connection_that_truenas_cannot_decrypt_is_written_anew() {
    let fleet = applied("quickstart");
    let id = credential(&fleet, "chicago")["id"].as_i64().expect("a number");
    fleet.with_system("boston", |system| {
        system.keychain.get_mut(id).expect("the connection").attributes.clear();
    });
    super::converges(&fleet);
}

/// trueup with an account on boston that may read everything but the keychain's attributes.
fn as_reader(fleet: &Fleet, args: &[&str]) -> Ran {
    let mut command = fleet.command(args);
    command.env("BOSTON_USERNAME", "reader");
    command.env("BOSTON_API_KEY", fleet.api_key("boston", "reader"));
    Ran::of(command.output().expect("trueup runs"), fleet)
}

#[test]
fn a_masked_keychain_is_unverifiable_and_never_written_back() {
    let fleet =
        pair_with("api_keys: { reader: { username: reader, roles: [READONLY_ADMIN] } }", "");
    example(&fleet, "quickstart");
    fleet.trueup(&["apply", "--yes"]).exits(0);
    insta::assert_snapshot!(as_reader(&fleet, &["plan", "--detailed-exitcode"]).exits(3).stdout);
    insta::assert_snapshot!(as_reader(&fleet, &["drift"]).exits(3).stdout);
    // Even where the rest of the link is to change, nothing of the keychain is sent.
    set_connection(&fleet, "chicago", json!({ "port": 1 }));
    fleet.job("chicago", "service.control", json!(["STOP", "ssh", {}]));
    let before = fleet.mutations("boston");
    as_reader(&fleet, &["apply", "--yes"]).exits(4).says("--allow incomplete");
    as_reader(&fleet, &["apply", "--yes", "--allow", "incomplete"]).exits(3);
    assert_eq!(fleet.mutations_since("boston", before), [] as [&str; 0]);
    assert_eq!(attributes(&fleet)["port"], 1);
}

#[test]
fn a_masked_keychain_without_the_pair_says_what_apply_would_need() {
    let fleet =
        pair_with("api_keys: { reader: { username: reader, roles: [READONLY_ADMIN] } }", "");
    example(&fleet, "quickstart");
    let plan = as_reader(&fleet, &["plan", "--format", "json"]).exits(0).json();
    assert_eq!(plan["summary"]["create"], 5, "{plan:#}");
    as_reader(&fleet, &["apply", "--yes"]).exits(1).says("KEYCHAIN_CREDENTIAL_WRITE");
    assert_eq!(fleet.mutations("boston") + fleet.mutations("chicago"), 0);
}
