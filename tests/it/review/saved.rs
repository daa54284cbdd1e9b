//! A plan saved by one process and applied by another: on what it was made for, and only there.

use serde_json::{Value, json};

use super::{apply, forge, planned, refuses, saved, sent};
use crate::spine::PAIR;
use crate::support::{Fleet, Ran, repository};

#[test]
fn on_an_unchanged_pair_it_applies_and_the_second_time_there_is_nothing_to_do() {
    let fleet = planned();
    let shown = fleet.trueup(&["show", "plan.json"]).exits(0).stdout;
    assert_eq!(shown, fleet.trueup(&["plan"]).exits(0).stdout, "shown as it was planned");
    let json = fleet.trueup(&["show", "plan.json", "--format", "json"]).exits(0).json();
    assert_eq!(json["steps"], saved(&fleet)["steps"]);
    assert_eq!(json["fingerprint"], saved(&fleet)["fingerprint"]);
    let ran = apply(&fleet).exits(0);
    assert!(!ran.stderr.contains("warning"), "{ran:?}");
    fleet.trueup(&["plan", "--detailed-exitcode"]).exits(0);
    let before = sent(&fleet);
    // Nothing to do never asks: no `--yes`.
    let again = fleet.trueup(&["apply", "--plan", "plan.json"]).exits(0);
    assert!(again.stdout.contains("Nothing to do: every step of the plan holds already"));
    assert_eq!(sent(&fleet), before);
}

#[test]
fn without_a_terminal_and_without_yes_nothing_is_sent() {
    let fleet = planned();
    fleet.trueup(&["apply", "--plan", "plan.json"]).exits(4).says("--yes");
    assert_eq!(sent(&fleet), 0);
}

#[test]
fn of_the_manifest_it_reads_only_how_systems_are_reached() {
    let fleet = planned();
    let only = format!(
        "version: 1\nsystems:\n{}{}",
        fleet.connection("boston"),
        fleet.connection("chicago")
    );
    fleet.write("only.yaml", &only);
    fleet.write("trueup.yaml", "this is no manifest any more");
    let ran = fleet.trueup(&["apply", "--plan", "plan.json", "-f", "only.yaml", "--yes"]).exits(0);
    assert!(!ran.stderr.contains("warning"), "{ran:?}");

    let fleet = planned();
    let other = "datasets: { tank/other: {} }";
    fleet.manifest(&[("boston", other), ("chicago", "ssh: { port: 2222 }")]);
    apply(&fleet).exits(0).says("the manifest is not the one that this plan was made from");
    let names = fleet.call("boston", "pool.dataset.query", json!([[], { "select": ["id"] }]));
    assert!(!names.to_string().contains("tank/other"), "{names}");
}

#[test]
fn a_manifest_without_a_system_of_the_plan() {
    let fleet = planned();
    let text = format!("version: 1\nsystems:\n{}", fleet.connection("boston"));
    fleet.write("trueup.yaml", &text);
    apply(&fleet).exits(64).says("chicago");
}

#[test]
fn a_relevant_field_that_changed_is_named_with_both_values() {
    let fleet = planned();
    fleet.call("chicago", "ssh.update", json!([{ "passwordauth": false }]));
    let before = sent(&fleet);
    let ran = apply(&fleet).exits(1);
    insta::assert_snapshot!(ran.stderr);
    assert_eq!(sent(&fleet), before);
}

#[test]
fn a_resource_that_appeared_otherwise_than_planned() {
    let fleet = planned();
    let wrong = json!([{ "name": "backup/boston", "compression": "OFF" }]);
    fleet.call("chicago", "pool.dataset.create", wrong);
    refuses(&fleet, "`chicago/dataset/backup/boston` was to be created, and exists now");
}

#[test]
fn an_irrelevant_change_does_not_matter() {
    let fleet = planned();
    fleet.call("chicago", "ssh.update", json!([{ "compression": true, "kerberosauth": true }]));
    fleet.call("chicago", "pool.dataset.create", json!([{ "name": "backup/else" }]));
    fleet.call("boston", "pool.dataset.update", json!(["tank/data", { "atime": "OFF" }]));
    apply(&fleet).exits(0);
    let config = fleet.call("chicago", "ssh.config", json!([]));
    assert_eq!((&config["compression"], &config["kerberosauth"]), (&json!(true), &json!(true)));
}

#[test]
fn what_somebody_did_already_is_done() {
    let fleet = planned();
    fleet.job("boston", "pool.dataset.create", json!([{ "name": "tank/home" }]));
    let before = fleet.mutations("boston");
    let ran = apply(&fleet).exits(0);
    assert!(ran.stdout.contains("Of the plan's steps, 1 held already."), "{}", ran.stdout);
    assert!(!fleet.mutations_since("boston", before).contains(&"pool.dataset.create".to_string()));
    fleet.trueup(&["plan", "--detailed-exitcode"]).exits(0);
}

#[test]
fn after_it_broke_off_it_goes_on_where_it_stopped() {
    let fleet = planned();
    fleet.fault("chicago", r#"{ "method": "pool.dataset.create", "nth": 2, "do": { "error": { "reason": "broken" } } }"#);
    apply(&fleet).exits(3);
    let ran = apply(&fleet).exits(0);
    assert!(ran.stdout.contains("held already"), "{}", ran.stdout);
    fleet.trueup(&["plan", "--detailed-exitcode"]).exits(0);
}

#[test]
fn an_altered_file() {
    let fleet = planned();
    let mut plan = saved(&fleet);
    let calls: Vec<Value> = [1, 0].map(|at| plan["steps"][at]["calls"].clone()).into();
    plan["steps"][0]["calls"] = calls[0].clone();
    plan["steps"][1]["calls"] = calls[1].clone();
    fleet.write("plan.json", &plan.to_string());
    refuses(&fleet, "it was altered after it was saved");
    fleet.trueup(&["show", "plan.json"]).exits(1).says("altered");
    fleet.write("plan.json", "{}");
    apply(&fleet).exits(64).says("it has no `format_version`");
    fleet.write("plan.json", "nonsense");
    apply(&fleet).exits(64).says("it is no saved plan");
    fleet.trueup(&["show", "nowhere.json"]).exits(64).says("trueup plan --out");
    assert_eq!(sent(&fleet), 0);
}

#[test]
fn another_url() {
    let fleet = planned();
    let mut command = fleet.command(&["apply", "--plan", "plan.json", "--yes"]);
    command.env("CHICAGO_URL", "https://127.0.0.1:9");
    let logins = fleet.calls("boston").logins;
    Ran::of(command.output().expect("trueup runs"), &fleet)
        .exits(1)
        .says("the plan was made for `chicago` at $CHICAGO_URL")
        .says("https://127.0.0.1:9");
    assert_eq!(fleet.calls("boston").logins, logins, "nobody was contacted");
}

#[test]
fn another_machine_or_another_release() {
    let fleet = planned();
    forge(&fleet, |plan| plan["systems"]["chicago"]["host_id"] = json!("0".repeat(64)));
    refuses(&fleet, "`chicago` is another machine");
    forge(&fleet, |plan| plan["systems"]["chicago"]["host_id"] = Value::Null);
    forge(&fleet, |plan| plan["systems"]["chicago"]["release"] = json!("26.0.1"));
    refuses(&fleet, "`chicago` ran 26.0.1 when the plan was made, and runs 26.0.0");
}

#[test]
fn another_version_of_the_format() {
    let fleet = planned();
    for other in ["1.0", "1.2", "2.1", "3.0"] {
        forge(&fleet, |plan| {
            plan["format_version"] = json!(other);
            plan["tool_version"] = json!("9.9.9");
        });
        refuses(&fleet, &format!("trueup 9.9.9 made it in format {other}"));
        refuses(&fleet, "reads 2.0");
    }
}

#[test]
fn blocked_items_and_lock_out_risks_are_guarded_as_without_a_file() {
    let fleet = Fleet::start(PAIR);
    fleet.manifest(&[("boston", ""), ("chicago", "ssh: { running: true }")]);
    fleet.trueup(&["apply", "--yes"]).exits(0);
    let part = "ssh: { running: false }\ndatasets: { backup/no/parent: {}, backup/fine: {} }";
    fleet.manifest(&[("boston", ""), ("chicago", part)]);
    fleet.trueup(&["plan", "--out", "plan.json"]).exits(0);
    let before = sent(&fleet);
    apply(&fleet).exits(4).says("--allow blocked").says("--allow stops-ssh");
    let some = ["apply", "--plan", "plan.json", "--yes", "--allow", "blocked"];
    fleet.trueup(&some).exits(4).says("--allow stops-ssh");
    assert_eq!(sent(&fleet), before);
    let all = [&some[..], &["--allow", "stops-ssh"]].concat();
    fleet.trueup(&all).exits(3);
    // Nothing is left that could lock anybody out.
    fleet.trueup(&some).exits(3);
}

#[test]
fn an_incomplete_plan_says_what_may_be_missing_and_needs_a_decision() {
    let fleet = Fleet::start(
        "systems:\n  box:\n    release: \"25.10.6\"\n    pools: { tank: {} }\n    users: { blind: { uid: 3000 } }\n    limits: { logins_per_minute: 1000 }\n    api_keys:\n      blind: { username: blind, roles: [DATASET_READ, SERVICE_READ, DATASET_WRITE] }\n",
    );
    fleet.manifest(&[("box", "ssh: { tcp_forwarding: true }\ndatasets: { tank/x: {} }")]);
    let blind = |args: &[&str]| {
        let mut command = fleet.command(args);
        command.env("BOX_API_KEY", fleet.api_key("box", "blind")).env("BOX_USERNAME", "blind");
        Ran::of(command.output().expect("trueup runs"), &fleet)
    };
    blind(&["plan", "--out", "plan.json"]).exits(0);
    for direct in [true, false] {
        let with: &[&str] = if direct { &[] } else { &["--plan", "plan.json"] };
        let args = [&["apply", "--yes"], with].concat();
        let ran = blind(&args).exits(4).says("--allow incomplete");
        ran.says("box/ssh_service: tcp_forwarding cannot be read; the login on box lacks the role SSH_READ");
    }
    assert_eq!(fleet.mutations("box"), 0);
    blind(&["apply", "--yes", "--plan", "plan.json", "--allow", "incomplete"]).exits(3);
    assert_eq!(fleet.calls("box").mutations(), ["pool.dataset.create"]);
}

#[test]
fn a_key_that_may_not_tell_which_system_it_is_applies_nothing() {
    let fleet = Fleet::start(
        "systems:\n  box:\n    release: \"25.10.6\"\n    pools: { tank: {} }\n    users: { blind: { uid: 3000 } }\n    limits: { logins_per_minute: 1000 }\n    api_keys:\n      blind: { username: blind, roles: [SERVICE_READ, SSH_WRITE, SYSTEM_GENERAL_READ] }\n",
    );
    fleet.manifest(&[("box", "datasets: { tank/x: { atime: off } }")]);
    fleet.trueup(&["apply", "--yes"]).exits(0);
    fleet.manifest(&[("box", "datasets: { tank/x: { atime: on } }")]);
    fleet.trueup(&["plan", "--out", "plan.json"]).exits(0);
    let before = fleet.mutations("box");
    let mut command = fleet.command(&["apply", "--plan", "plan.json", "--yes"]);
    command.env("BOX_API_KEY", fleet.api_key("box", "blind")).env("BOX_USERNAME", "blind");
    let ran = Ran::of(command.output().expect("trueup runs"), &fleet).exits(1);
    ran.says("shows none now");
    assert_eq!(fleet.mutations("box"), before);
}

/// `exclusive` is the manifest's word; the plan carries it, so that a key that stayed is noticed.
#[test]
fn a_key_is_taken_away_by_a_saved_plan() {
    use crate::users::{FOREIGN, KEY, account, system};
    let keys = format!("[\"{KEY}\", \"{FOREIGN}\"]");
    let fleet = system("");
    let admin = |keys: &str| {
        let home = "home: { path: /mnt/tank/home/repl }";
        let keys = format!("authorized_keys: {{ keys: {keys}, exclusive: true }}");
        fleet.manifest(&[("box", &format!("admins:\n  repl:\n    {home}\n    {keys}"))]);
    };
    admin(&keys);
    fleet.trueup(&["apply", "--yes"]).exits(0);
    admin(&format!("[\"{KEY}\"]"));
    fleet.trueup(&["plan", "--out", "plan.json"]).exits(0);
    apply_to_box(&fleet, &[]).exits(4).says("--allow removes-key");
    apply_to_box(&fleet, &["--allow", "removes-key"]).exits(0);
    assert_eq!(account(&fleet, "repl")["sshpubkey"], json!(KEY));
    let before = fleet.mutations("box");
    apply_to_box(&fleet, &[]).exits(0);
    assert_eq!(fleet.mutations("box"), before, "nothing is left to do or to decide");
}

fn apply_to_box(fleet: &Fleet, more: &[&str]) -> Ran {
    fleet.trueup(&[&["apply", "--plan", "plan.json", "--yes"], more].concat())
}

/// The quickstart's pair, with a saved plan.
fn quickstart() -> Fleet {
    let text = std::fs::read_to_string(repository("examples/fleet.yaml")).expect("a fleet");
    let fleet = Fleet::start(&text);
    let manifest = repository("examples/quickstart.yaml");
    fleet.write("trueup.yaml", &std::fs::read_to_string(manifest).expect("a manifest"));
    fleet.trueup(&["plan", "--out", "plan.json"]).exits(0);
    fleet
}

#[test]
fn the_whole_job_from_a_saved_plan_with_its_links_proven() {
    let fleet = quickstart();
    let names = format!(
        "version: 1\nsystems:\n{}{}",
        fleet.connection("boston"),
        fleet.connection("chicago")
    );
    fleet.write("only.yaml", &names);
    let args = ["apply", "--plan", "plan.json", "-f", "only.yaml", "--yes", "--format", "json"];
    for results in ["applied", "held-already"] {
        let report = fleet.trueup(&args).exits(0).json();
        let steps = report["steps"].as_array().expect("steps");
        assert!(steps.iter().all(|step| step["result"] == results), "{report:#}");
        assert_eq!(report["proofs"][0]["result"], "proven", "{report:#}");
        assert_eq!(report["proofs"][0]["connection"], "boston/ssh_connection/chicago");
    }
    fleet.trueup(&["plan", "--detailed-exitcode"]).exits(0);
}

#[test]
fn a_call_would_carry_over_what_somebody_changed() {
    let fleet = quickstart();
    fleet.trueup(&["apply", "--yes"]).exits(0);
    let text = std::fs::read_to_string(fleet.path("trueup.yaml")).expect("a manifest");
    let host = "{ name: chicago, host: elsewhere.example.net }";
    fleet.write("trueup.yaml", &text.replace("{ name: chicago }", host));
    fleet.trueup(&["plan", "--out", "plan.json"]).exits(0);
    let entries = fleet.call("boston", "keychaincredential.query", json!([]));
    let find = |name: &str| {
        let mut all = entries.as_array().expect("entries").iter();
        all.find(|entry| entry["name"] == name).expect("an entry").clone()
    };
    let mut attributes = find("chicago")["attributes"].clone();
    attributes["connect_timeout"] = json!(99);
    let params = json!([find("chicago")["id"], { "attributes": attributes }]);
    fleet.call("boston", "keychaincredential.update", params);
    refuses(&fleet, "trueup would now send");
}

#[test]
fn a_plan_file_holds_no_secret() {
    let fleet = quickstart();
    fleet.trueup(&["apply", "--yes"]).exits(0);
    let text = std::fs::read_to_string(fleet.path("trueup.yaml")).expect("a manifest");
    fleet.write("trueup.yaml", &text.replace("no_password: zfs", "no_password: all"));
    fleet.trueup(&["plan", "--out", "plan.json"]).exits(0);
    let plan = std::fs::read_to_string(fleet.path("plan.json")).expect("a plan");
    let keys: Vec<String> = fleet
        .env()
        .into_iter()
        .filter(|(name, _)| name.ends_with("API_KEY"))
        .map(|(_, key)| key.split_once('-').expect("a key").1.to_string())
        .collect();
    assert_eq!(keys.len(), 2);
    for secret in keys.iter().map(String::as_str).chain(["PRIVATE KEY", "unixhash", "$6$"]) {
        assert!(!plan.contains(secret));
    }
}

#[test]
fn filters_that_leave_nothing_are_a_mistake() {
    let fleet = planned();
    let of_boston = &saved(&fleet)["steps"];
    let of_boston =
        of_boston.as_array().expect("steps").iter().find_map(|step| {
            step["address"].as_str().filter(|address| address.starts_with("boston/"))
        });
    let only = ["--only", of_boston.expect("a step on boston")];
    fleet.trueup(&[&["plan", "--system", "boston"], &only[..]].concat()).exits(0);
    let ran = fleet.trueup(&[&["plan", "--system", "chicago"], &only[..]].concat()).exits(64);
    ran.says("narrow each other");
}

#[test]
fn it_is_applied_whole_or_not_at_all() {
    let fleet = planned();
    for narrow in [
        ["--system", "chicago"],
        ["--replication", "offsite"],
        ["--only", "chicago/dataset/backup/boston"],
    ] {
        let args = [&["apply", "--plan", "plan.json", "--yes"][..], &narrow].concat();
        fleet.trueup(&args).exits(64).says("cannot be used with");
    }
    assert_eq!(sent(&fleet), 0);
}
