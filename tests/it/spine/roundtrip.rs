//! Plan, apply, and plan again with nothing to do: from every starting state.

use serde_json::json;

use super::{PAIR, pair};
use crate::support::Fleet;

#[track_caller]
fn converges(fleet: &Fleet) {
    fleet.trueup(&["plan", "--detailed-exitcode"]).exits(2);
    fleet.trueup(&["apply", "--yes"]).exits(0);
    let again = fleet.trueup(&["plan", "--detailed-exitcode"]).exits(0);
    assert!(again.stdout.starts_with("Plan: nothing to do"), "{}", again.stdout);
    fleet.trueup(&["drift"]).exits(0);
    let before = fleet.mutations("boston") + fleet.mutations("chicago");
    fleet.trueup(&["apply"]).exits(0);
    assert_eq!(fleet.mutations("boston") + fleet.mutations("chicago"), before, "sent nothing");
}

#[test]
fn from_an_empty_pair() {
    converges(&pair());
}

#[test]
fn the_plan_reads_well() {
    let fleet = pair();
    insta::assert_snapshot!(fleet.trueup(&["plan"]).exits(0).stdout);
    insta::assert_snapshot!(
        fleet.trueup(&["plan", "--calls", "--system", "chicago"]).exits(0).stdout
    );
    let applied = fleet.trueup(&["apply", "--yes"]).exits(0);
    insta::assert_snapshot!(applied.stdout);
    let mut progress: Vec<&str> = applied.stderr.lines().collect();
    progress.sort_unstable();
    insta::assert_snapshot!(progress.join("\n"));
    insta::assert_snapshot!(fleet.trueup(&["plan"]).exits(0).stdout);
}

#[test]
fn from_half_done_states() {
    let half: [(&str, &str, serde_json::Value); 4] = [
        ("chicago", "pool.dataset.create", json!([{ "name": "backup/boston" }])),
        ("chicago", "ssh.update", json!([{ "passwordauth": false }])),
        ("chicago", "service.update", json!(["ssh", { "enable": true }])),
        ("boston", "pool.dataset.create", json!([{ "name": "tank/home" }])),
    ];
    for done in 1..=half.len() {
        let fleet = pair();
        for (system, method, params) in &half[..done] {
            fleet.call(system, method, params.clone());
        }
        converges(&fleet);
    }
}

#[test]
fn from_states_that_are_done_wrong() {
    let fleet = pair();
    let wrong = json!([{ "name": "backup/boston", "compression": "OFF", "comments": "mine" }]);
    fleet.call("chicago", "pool.dataset.create", wrong);
    let wrong = json!([{
        "name": "backup/boston/home", "quota": 2_147_483_648_u64, "atime": "ON", "recordsize": "128K"
    }]);
    fleet.call("chicago", "pool.dataset.create", wrong);
    fleet.call("chicago", "ssh.update", json!([{ "tcpfwd": false, "passwordauth": true }]));
    converges(&fleet);
}

#[test]
fn inherit_is_compared_by_source() {
    let fleet = Fleet::start(PAIR);
    fleet.manifest(&[(
        "boston",
        "datasets: { tank/data: { compression: inherit, atime: inherit } }",
    )]);
    fleet.trueup(&["drift"]).exits(0);
    let lz4 = json!(["tank/data", { "compression": "LZ4" }]);
    fleet.call("boston", "pool.dataset.update", lz4);
    converges(&fleet);
}

#[test]
fn ancestors_are_created_only_when_that_is_asked_for() {
    let fleet = Fleet::start(PAIR);
    fleet.manifest(&[("boston", "datasets: { tank/a/b/c: { create_ancestors: true } }")]);
    converges(&fleet);
}

#[test]
fn foreign_objects_and_unmanaged_settings_stay_as_they_are() {
    let fleet = pair();
    fleet.call(
        "chicago",
        "pool.dataset.create",
        json!([{ "name": "backup/other", "readonly": "ON" }]),
    );
    let settings = json!([{ "compression": true, "options": "# mine\n", "kerberosauth": true }]);
    fleet.call("chicago", "ssh.update", settings);
    let before = fleet.snapshot("chicago");
    fleet.trueup(&["apply", "--yes"]).exits(0);
    let after = fleet.snapshot("chicago");
    for unmanaged in ["user.query", "group.query", "keychaincredential.query"] {
        assert_eq!(before[unmanaged], after[unmanaged], "{unmanaged}");
    }
    let other = |rows: &serde_json::Value| {
        let rows = rows.as_array().expect("rows");
        rows.iter().find(|row| row["id"] == "backup/other").cloned().expect("the foreign dataset")
    };
    assert_eq!(other(&before["pool.dataset.query"]), other(&after["pool.dataset.query"]));
    for setting in ["compression", "options", "kerberosauth", "tcpport", "weak_ciphers"] {
        assert_eq!(before["ssh.config"][setting], after["ssh.config"][setting], "{setting}");
    }
}
