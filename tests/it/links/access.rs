//! What a link that works does not show: who may do more than the manifest says, or less than a
//! replication needs.

use crate::support::Ran;

use super::{account, applied, changed_example, converges, pair_with, proven, public_key};

const SUDO: &str =
    "        sudo: { no_password: zfs }                # all that replication needs\n";

#[test]
fn account_without_sudo_may_break_the_replication() {
    let rule = "groups: { receivers: { gid: 4000, sudo_commands_nopasswd: [/usr/sbin/zfs] } }";
    let fleet = pair_with("", rule);
    changed_example(&fleet, "quickstart", &[(SUDO, "")]);
    proven(&fleet.trueup(&["apply", "--yes", "--format", "json"]).exits(0));
    insta::assert_snapshot!(fleet.trueup(&["drift"]).exits(2).stdout);
    // A group's rule is as good as its own.
    let group = "        groups: { names: [receivers] }\n";
    changed_example(&fleet, "quickstart", &[(SUDO, group)]);
    let drift = fleet.trueup(&["drift"]).exits(2).stdout;
    assert!(!drift.contains("no_password: zfs"), "{drift}");
}

#[test]
fn an_account_that_may_do_more_is_a_hint() {
    let fleet = applied("quickstart");
    super::set_account(&fleet, serde_json::json!({ "sudo_commands_nopasswd": ["ALL"] }));
    let hint = fleet.trueup(&["drift"]).exits(0).stdout;
    insta::assert_snapshot!(hint);
    changed_example(&fleet, "quickstart", &[("zfs }   ", "zfs, exclusive: true }   ")]);
    let drift = fleet.trueup(&["drift"]).exits(2).stdout;
    assert!(!drift.contains("ALL already"), "{drift}");
}

#[test]
fn an_account_that_is_no_longer_used_is_a_hint() {
    let fleet = applied("quickstart");
    changed_example(&fleet, "quickstart", &[("replicator", "offsite")]);
    let plan = fleet.trueup(&["plan", "--format", "json"]).exits(0).json();
    insta::assert_snapshot!(plan["hints"][0].as_str().expect("a hint"));
}

#[test]
fn options_that_the_manifest_writes_for_a_replications_key_count() {
    let fleet = applied("quickstart");
    let key = public_key(&fleet, "boston-to-chicago");
    let restricted = format!("restrict,from=\"127.0.0.1\" {key}");
    let keys = format!("        authorized_keys: {{ keys: ['{restricted}'] }}\n");
    changed_example(&fleet, "quickstart", &[(SUDO, &format!("{SUDO}{keys}"))]);
    converges(&fleet);
    let lines = account(&fleet)["sshpubkey"].as_str().expect("keys").to_owned();
    assert_eq!(lines, restricted);
}

#[test]
fn what_may_not_be_read_is_neither_drift_nor_equal() {
    let blind = "api_keys: { blind: { username: blind, roles: [ACCOUNT_READ, SERVICE_READ] } }";
    let fleet = pair_with("", blind);
    changed_example(&fleet, "quickstart", &[]);
    proven(&fleet.trueup(&["apply", "--yes", "--format", "json"]).exits(0));
    let mut command = fleet.command(&["drift", "--format", "json"]);
    command
        .env("CHICAGO_USERNAME", "blind")
        .env("CHICAGO_API_KEY", fleet.api_key("chicago", "blind"));
    let drift = Ran::of(command.output().expect("trueup runs"), &fleet).exits(3).json();
    assert_eq!(drift["items"], serde_json::json!([]));
    let unread = drift["unverifiable"].as_array().expect("a list");
    let unread: Vec<String> = unread
        .iter()
        .map(|it| format!("{} {} {}", it["address"], it["field"], it["role"]).replace('"', ""))
        .collect();
    insta::assert_snapshot!(unread.join("\n"));
}
