//! The account that trueup logs in with: last, with its risk, and what is blocked of it.

use serde_json::json;

use super::{KEY, account, named, system};

#[test]
fn it_comes_last_and_needs_a_persons_word() {
    let fleet = system("");
    fleet.manifest(&[(
        "box",
        &format!(
            "datasets: {{ tank/z: {{}} }}\nssh: {{ tcp_forwarding: true }}\nadmins:\n  truenas_admin: {{ sudo: {{ no_password: zfs }}, authorized_keys: {{ keys: [\"{KEY}\"] }} }}\n  zoe: {{ full_name: Zoe }}"
        ),
    )]);
    let plan = fleet.trueup(&["plan", "--format", "json"]).exits(0).json();
    let steps = plan["steps"].as_array().expect("steps");
    let last = steps.last().expect("a step");
    assert_eq!(last["address"], "box/user/truenas_admin");
    assert!(last["risks"].as_array().expect("risks").contains(&json!("changes-own-account")));
    fleet.trueup(&["apply", "--yes"]).exits(4).says("--allow changes-own-account");
    assert_eq!(fleet.mutations("box"), 0);
    fleet.trueup(&["apply", "--yes", "--allow", "changes-own-account"]).exits(0);
    let sent = fleet.calls("box");
    assert_eq!(sent.mutations().last(), Some(&"user.update"));
    assert_eq!(account(&fleet, "truenas_admin")["sshpubkey"], KEY);
    fleet.trueup(&["drift"]).exits(0);
}

#[test]
fn its_groups_lock_and_access_are_left_to_people() {
    let fleet = system("groups: { ours: { gid: 4002 } }");
    named(&fleet, "truenas_admin", "locked: true\ngroups: { names: [ours] }");
    let plan = fleet.trueup(&["plan", "--format", "json"]).exits(0).json();
    let reasons: Vec<&str> = plan["blocked"]
        .as_array()
        .expect("a list")
        .iter()
        .filter_map(|it| it["reason"].as_str())
        .collect();
    assert_eq!(reasons, ["own-account", "own-account"]);
    assert_eq!(plan["steps"], json!([]));
}
