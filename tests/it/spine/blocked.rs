//! What trueup will not do: text, remedy, and the exit codes 2 in plan, 4 in apply, 3 with
//! `--allow blocked`.

use serde_json::json;

use crate::support::Fleet;

const FLEET: &str = r#"
systems:
  box:
    release: "25.10.6"
    pools: { tank: {} }
    datasets:
      tank/replica: { readonly: "on" }
      tank/secret: { encrypted: true, locked: true }
      tank/zvol: { type: VOLUME, volsize: 1073741824 }
    directories:
      /mnt/tank/plain: { mode: "755", uid: 0, gid: 0 }
    limits: { logins_per_minute: 1000 }
"#;

/// Plans and applies one dataset that is blocked, beside one that is not.
fn is_blocked(dataset: &str, reason: &str) -> String {
    let fleet = Fleet::start(FLEET);
    fleet.manifest(&[("box", &format!("datasets:\n  {dataset}\n  tank/fine: {{}}"))]);
    let plan = fleet.trueup(&["plan", "--detailed-exitcode"]).exits(2);
    let json = fleet.trueup(&["plan", "--format", "json"]).exits(0).json();
    assert_eq!(json["blocked"][0]["reason"], reason, "{json:#}");
    assert_eq!(json["blocked"].as_array().map(Vec::len), Some(1));
    assert!(
        json["blocked"][0]["manifest"].as_str().is_some_and(|it| it.starts_with("trueup.yaml:"))
    );
    fleet.trueup(&["apply", "--yes"]).exits(4).says("--allow blocked");
    assert_eq!(fleet.mutations("box"), 0, "nothing was sent");
    fleet.trueup(&["apply", "--yes", "--allow", "blocked"]).exits(3);
    assert_eq!(fleet.calls("box").mutations(), ["pool.dataset.create"], "the rest was done");
    let again = fleet.trueup(&["plan", "--format", "json"]).exits(0).json();
    assert_eq!(again["steps"], json!([]));
    assert_eq!(again["blocked"], json["blocked"]);
    plan.stdout
}

#[test]
fn a_missing_parent() {
    insta::assert_snapshot!(is_blocked("tank/no/parent: {}", "no-parent"));
}

#[test]
fn a_read_only_parent() {
    insta::assert_snapshot!(is_blocked("tank/replica/child: {}", "parent-readonly"));
}

#[test]
fn a_locked_parent() {
    insta::assert_snapshot!(is_blocked("tank/secret/child: {}", "parent-locked"));
}

#[test]
fn a_volume_as_parent() {
    insta::assert_snapshot!(is_blocked("tank/zvol/child: {}", "parent-is-volume"));
}

#[test]
fn a_volume_of_that_name() {
    insta::assert_snapshot!(is_blocked("tank/zvol: { compression: zstd }", "is-volume"));
}

#[test]
fn a_locked_dataset() {
    insta::assert_snapshot!(is_blocked("tank/secret: { compression: zstd }", "locked"));
}

#[test]
fn a_pool_that_is_not_there() {
    insta::assert_snapshot!(is_blocked("nopool/x: {}", "no-such-pool"));
}

#[test]
fn a_plain_directory_in_the_way() {
    insta::assert_snapshot!(is_blocked("tank/plain: {}", "path-in-the-way"));
}

#[test]
fn what_needs_a_blocked_one_is_blocked_with_it() {
    let fleet = Fleet::start(FLEET);
    let part = "datasets:\n  tank/replica/child: {}\n  tank/replica/child/grandchild: {}";
    fleet.manifest(&[("box", part)]);
    insta::assert_snapshot!(fleet.trueup(&["plan"]).exits(0).stdout);
}

#[test]
fn a_parent_that_the_manifest_makes_writable_is_no_obstacle() {
    let fleet = Fleet::start(FLEET);
    let part = "datasets:\n  tank/replica: { readonly: off }\n  tank/replica/child: {}";
    fleet.manifest(&[("box", part)]);
    fleet.trueup(&["apply", "--yes"]).exits(0);
    fleet.trueup(&["drift"]).exits(0);
}

/// A box where `tank/a` is there, writable, and a manifest of these datasets.
fn below(datasets: &str) -> Fleet {
    let fleet = Fleet::start(
        &FLEET.replace("tank/replica: {", "tank/a: { readonly: \"off\" }\n      tank/replica: {"),
    );
    fleet.manifest(&[("box", &format!("datasets:\n  {datasets}"))]);
    fleet
}

#[test]
fn a_parent_that_the_manifest_makes_read_only() {
    let fleet = below("tank/a: { readonly: on }\n  tank/a/child: {}");
    insta::assert_snapshot!(fleet.trueup(&["plan"]).exits(0).stdout);
    fleet.trueup(&["apply", "--yes", "--allow", "blocked"]).exits(3);
    assert_eq!(fleet.calls("box").mutations(), ["pool.dataset.update"]);
}

#[test]
fn a_new_parent_that_the_manifest_makes_read_only() {
    let fleet = below("tank/new: { readonly: on }\n  tank/new/child: {}");
    insta::assert_snapshot!(fleet.trueup(&["plan"]).exits(0).stdout);
}

#[test]
fn a_parent_that_inherits_what_the_manifest_makes_read_only() {
    let fleet = below("tank/a: { readonly: on }\n  tank/a/b/child: {}");
    fleet.call("box", "pool.dataset.create", json!([{ "name": "tank/a/b" }]));
    insta::assert_snapshot!(fleet.trueup(&["plan"]).exits(0).stdout);
}

#[test]
fn a_read_only_parent_whose_drift_is_accepted_stays_an_obstacle() {
    let fleet = below("tank/replica: { readonly: off }\n  tank/replica/child: {}");
    let manifest = std::fs::read_to_string(fleet.path("trueup.yaml")).expect("the manifest");
    let accept = "accept_drift: [{ address: box/dataset/tank/replica, field: readonly, \
                  reason: a target, until: 2999-12-31 }]\n";
    fleet.write("trueup.yaml", &(manifest + accept));
    insta::assert_snapshot!(fleet.trueup(&["plan"]).exits(0).stdout);
}

#[test]
fn a_parent_that_is_left_out_is_no_obstacle_where_it_differs_elsewhere() {
    let fleet = below("tank/a: { compression: zstd }\n  tank/a/child: {}");
    fleet.trueup(&["apply", "--yes", "--only", "box/dataset/tank/a/child"]).exits(0);
    assert_eq!(fleet.calls("box").mutations(), ["pool.dataset.create"]);
}

#[test]
fn a_parent_that_is_left_out_is_an_obstacle_until_it_is_writable() {
    let fleet = below("tank/replica: { readonly: off }\n  tank/replica/child: {}");
    let only = ["plan", "--only", "box/dataset/tank/replica/child"];
    insta::assert_snapshot!(fleet.trueup(&only).exits(0).stdout);
}

#[test]
fn an_interface_that_is_not_there() {
    let fleet = Fleet::start(FLEET);
    fleet.manifest(&[("box", "ssh: { interfaces: [nonsense0] }")]);
    let plan = fleet.trueup(&["plan", "--detailed-exitcode"]).exits(2);
    insta::assert_snapshot!(plan.stdout);
    fleet.trueup(&["apply", "--yes"]).exits(4);
}

#[test]
fn a_lock_out_risk_needs_its_name_although_yes_is_given() {
    let fleet = Fleet::start(FLEET);
    fleet.manifest(&[("box", "ssh: { running: true }")]);
    fleet.trueup(&["apply", "--yes"]).exits(0);
    fleet.manifest(&[("box", "ssh: { running: false }")]);
    insta::assert_snapshot!(fleet.trueup(&["plan"]).exits(0).stdout);
    let before = fleet.mutations("box");
    fleet.trueup(&["apply", "--yes"]).exits(4).says("--allow stops-ssh");
    assert_eq!(fleet.mutations("box"), before);
    fleet.trueup(&["apply", "--yes", "--allow", "stops-ssh"]).exits(0);
}

#[test]
fn without_a_terminal_and_without_yes_nothing_is_sent() {
    let fleet = Fleet::start(FLEET);
    fleet.manifest(&[("box", "datasets: { tank/fine: {} }")]);
    fleet.trueup(&["apply"]).exits(4).says("--yes");
    assert_eq!(fleet.mutations("box"), 0);
}

#[test]
fn a_service_that_does_not_start_is_a_failure_although_the_api_calls_it_a_success() {
    let fleet = Fleet::start(FLEET);
    fleet.call("box", "ssh.update", json!([{ "options": "NonsenseKeyword yes" }]));
    fleet.manifest(&[("box", "ssh: { running: true }\ndatasets: { tank/fine: {} }")]);
    let ran = fleet.trueup(&["apply", "--yes"]).exits(3);
    insta::assert_snapshot!(ran.stdout);
    assert_eq!(ran.stderr.matches("trying again").count(), 0, "{}", ran.stderr);
    assert_eq!(fleet.calls("box").count("service.control"), 1, "time does not mend a bad option");
    let plan = fleet.trueup(&["plan", "--format", "json"]).exits(0).json();
    assert_eq!(plan["steps"][0]["changes"][0]["field"], "running");
}

#[test]
fn a_start_that_systemd_refuses_after_a_repair_is_tried_again() {
    let fleet = Fleet::start(FLEET);
    // The journal still has what was wrong when systemd last tried.
    let journal = "Nov 03 12:00:01 sshd[9]: /etc/ssh/sshd_config: line 25: Bad configuration \
                   option: Nonsense\\nNov 03 12:00:09 systemd[1]: ssh.service: Start request \
                   repeated too quickly.";
    let fault = format!(
        r#"{{ "method": "service.control", "nth": 1, "do": {{ "error": {{ "reason": "{journal}" }} }} }}"#
    );
    fleet.fault("box", &fault);
    fleet.manifest(&[("box", "ssh: { running: true }")]);
    fleet.trueup(&["apply", "--yes"]).exits(0).says("trying again");
    assert_eq!(fleet.calls("box").count("service.control"), 2);
}

#[test]
fn plans_that_a_person_must_decide_about_fail_on_request() {
    let fleet = Fleet::start(FLEET);
    fleet.manifest(&[("box", "ssh: { running: true }")]);
    fleet.trueup(&["apply", "--yes"]).exits(0);
    fleet
        .manifest(&[("box", "ssh: { running: false }\ndatasets: { tank/fine: {}, nopool/x: {} }")]);
    let shown = fleet.trueup(&["plan"]).exits(0).stdout;
    for (conditions, code, told) in [
        ("changes", 2, "error: the plan has 2 steps (--fail-on changes)\n"),
        ("incomplete", 0, ""),
        ("blocked", 4, "error: the plan has 1 blocked item (--fail-on blocked)\n"),
        ("risk", 4, "error: the plan has the lock-out risk stops-ssh (--fail-on risk)\n"),
        (
            "changes,risk",
            4,
            "error: the plan has the lock-out risk stops-ssh (--fail-on risk)\n\
             error: the plan has 2 steps (--fail-on changes)\n",
        ),
    ] {
        let ran = fleet.trueup(&["plan", "--fail-on", conditions]).exits(code);
        assert_eq!((ran.stdout.as_str(), ran.stderr.as_str()), (shown.as_str(), told));
    }
    let twice = ["plan", "--fail-on", "incomplete", "--fail-on", "changes"];
    fleet.trueup(&twice).exits(2);
    fleet.trueup(&["plan", "--fail-on", "anything"]).exits(64).says("[possible values: ");
    fleet.manifest(&[("box", "")]);
    let all = ["plan", "--fail-on", "blocked,risk,incomplete,changes"];
    assert_eq!(fleet.trueup(&all).exits(0).stderr, "");
}
