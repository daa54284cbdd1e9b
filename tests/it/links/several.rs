//! Several replications: both ways, and in a chain.

use serde_json::json;

use super::{pair, proven};
use crate::support::Fleet;

/// A manifest of the pair, with these lines for boston, for chicago and for the replications.
fn manifest(fleet: &Fleet, boston: &str, chicago: &str, replications: &str) {
    let mut text = "version: 1\nsystems:\n".to_owned();
    for (name, lines) in [("boston", boston), ("chicago", chicago)] {
        text += &fleet.connection(name);
        text += &lines.lines().map(|line| format!("    {line}\n")).collect::<String>();
    }
    text += "replications:\n";
    text += &replications.lines().map(|line| format!("  {line}\n")).collect::<String>();
    fleet.write("trueup.yaml", &text);
}

#[test]
fn both_ways_with_the_accounts_that_trueup_logs_in_with() {
    let fleet = pair();
    let boston = "ssh: { running: true }\ndatasets: { tank/chicago: {} }\n\
                  admins: { truenas_admin: { sudo: { no_password: zfs } } }";
    let chicago = "ssh: { running: true }\ndatasets: { backup/boston: {} }\n\
                   admins: { truenas_admin: { sudo: { no_password: zfs } } }";
    let there = "there: { source: { system: boston, datasets: [tank/data] }, destination: \
                 { system: chicago, dataset: backup/boston, admin: truenas_admin } }";
    let back = "back: { source: { system: chicago, datasets: [backup] }, destination: \
                { system: boston, dataset: tank/chicago, admin: truenas_admin } }";
    manifest(&fleet, boston, chicago, &format!("{there}\n{back}"));
    let apply = ["apply", "--yes", "--allow", "changes-own-account", "--format", "json"];
    let ran = fleet.trueup(&apply).exits(0);
    proven(&ran);
    assert_eq!(ran.json()["proofs"].as_array().map(Vec::len), Some(2));
    super::settled(&fleet);
}

#[test]
fn what_one_brings_another_sends_on() {
    let fleet = pair();
    let account = "ssh: { running: true }\nadmins: { replicator: { ssh_access: true, sudo: \
                   { no_password: zfs }, home: { path: /mnt/POOL/home/replicator } } }\n";
    let of =
        |pool: &str| format!("{account}datasets: {{ {pool}/home: {{}} }}").replace("POOL", pool);
    let there = "there: { source: { system: boston, datasets: [tank/data] }, destination: \
                 { system: chicago, dataset: backup/boston, admin: replicator } }";
    let on = "on: { source: { system: chicago, datasets: [backup/boston] }, destination: \
              { system: boston, dataset: tank/again, admin: replicator } }";
    manifest(&fleet, &of("tank"), &of("backup"), &format!("{there}\n{on}"));
    proven(&fleet.trueup(&["apply", "--yes", "--format", "json"]).exits(0));
    super::settled(&fleet);
}

#[test]
fn an_account_that_nobody_has_is_blocked_without_a_key_too() {
    let fleet = pair();
    let there = "there: { source: { system: boston, datasets: [tank/data] }, destination: \
                 { system: chicago, dataset: backup/x, admin: ghost }, key: { authorize_on: [] } }";
    manifest(&fleet, "", "ssh: { running: true }", there);
    let plan = fleet.trueup(&["plan", "--format", "json"]).exits(0).json();
    let blocked = &plan["blocked"][0];
    assert_eq!(blocked["address"], "chicago/user/ghost");
    assert_eq!(blocked["reason"], "no-such-user");
    let drift = fleet.trueup(&["drift", "--format", "json"]).exits(2).json();
    assert_eq!(drift["replications"]["there"]["breaks"], json!("yes"));
}
