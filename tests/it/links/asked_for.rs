//! A link that cannot work since the manifest itself asks for that: the plan says so, every step is
//! applied, and plan, proof and drift point to the line.

use serde_json::json;

use super::{FOREIGN, applied, changed_example, pair, public_key, set_account, settled};
use crate::support::Fleet;

/// The pair, and a manifest that is the quickstart with one change.
fn changed(from: &str, to: &str) -> Fleet {
    let fleet = pair();
    changed_example(&fleet, "quickstart", &[(from, to)]);
    fleet
}

/// What a text says from a word on.
#[track_caller]
fn from<'a>(text: &'a str, word: &str) -> &'a str {
    let at = text.find(word).unwrap_or_else(|| panic!("no {word} in {text}"));
    &text[at..]
}

#[test]
fn shell_without_login_points_to_its_line() {
    let fleet = changed("ssh_access: true", "shell: /usr/sbin/nologin");
    fleet.trueup(&["plan", "--out", "plan.json"]).exits(0);
    let applied = fleet.trueup(&["apply", "--yes"]).exits(3).stdout;
    insta::assert_snapshot!(from(&applied, "Replications"));
    // A saved plan is applied without its manifest.
    let again = fleet.trueup(&["apply", "--plan", "plan.json", "--yes"]).exits(3).stdout;
    assert_eq!(from(&again, "Links"), from(&applied, "Links"));
    insta::assert_snapshot!(fleet.trueup(&["drift"]).exits(2).stdout);
    let markdown = fleet.trueup(&["drift", "--format", "markdown"]).exits(2).stdout;
    let line = "\n- `shell`: is `/usr/sbin/nologin`, as the manifest asks\n";
    assert!(markdown.contains(line), "{markdown}");
}

#[test]
fn stopped_service_points_to_its_line() {
    let fleet = applied("quickstart");
    changed_example(&fleet, "quickstart", &[("running: true", "running: false")]);
    fleet.job("chicago", "service.control", json!(["STOP", "ssh", {}]));
    let proof = fleet.trueup(&["apply", "--yes"]).exits(3).stdout;
    insta::assert_snapshot!(from(&proof, "Replications"));
    insta::assert_snapshot!(fleet.trueup(&["drift"]).exits(2).stdout);
}

#[test]
fn key_authorized_nowhere_points_to_its_line() {
    let fleet = changed("authorize_on: [destination]", "authorize_on: []");
    let plan = fleet.trueup(&["plan", "--out", "plan.json"]).exits(0).stdout;
    insta::assert_snapshot!(from(&plan, "Replications"));
    let applied = fleet.trueup(&["apply", "--yes"]).exits(3).stdout;
    insta::assert_snapshot!(from(&applied, "Applied"));
    let again = fleet.trueup(&["apply", "--plan", "plan.json", "--yes"]).exits(3).stdout;
    assert_eq!(from(&again, "Links"), from(&applied, "Links"));
    let later = fleet.trueup(&["plan"]).exits(0).stdout;
    assert_eq!(from(&later, "Replications"), from(&plan, "Replications"));
    insta::assert_snapshot!(fleet.trueup(&["drift"]).exits(2).stdout);
    // Where somebody else authorizes the key, the link works.
    let key = public_key(&fleet, "boston-to-chicago");
    set_account(&fleet, json!({ "sshpubkey": key }));
    settled(&fleet);
}

#[test]
fn key_authorized_at_the_source_only_points_to_its_line() {
    let fleet = pair();
    let key = "key: { name: boston-to-chicago, authorize_on: [destination] }";
    let changes = [
        ("datasets: [tank/data] }", "datasets: [tank/data], admin: truenas_admin }"),
        (key, "key:\n      authorize_on:\n        - source"),
    ];
    changed_example(&fleet, "quickstart", &changes);
    let plan = fleet.trueup(&["plan"]).exits(0).stdout;
    insta::assert_snapshot!(from(&plan, "Replications"));
}

/// An exclusive list takes away what somebody put there by hand: the plan says what follows.
#[test]
fn hand_written_key_that_the_plan_removes_fails_the_link() {
    let fleet = applied("quickstart");
    let access = "ssh_access: true";
    let exclusive =
        format!("{access}\n        authorized_keys: {{ exclusive: true, keys: [\"{FOREIGN}\"] }}");
    let changes =
        [(access, exclusive.as_str()), ("authorize_on: [destination]", "authorize_on: []")];
    changed_example(&fleet, "quickstart", &changes);
    fleet.trueup(&["drift"]).exits(2);
    let plan = fleet.trueup(&["plan"]).exits(0).stdout;
    insta::assert_snapshot!(from(&plan, "Replications"));
}
