//! A plan file is input: one that was written to do harm, with a fingerprint that fits, makes
//! trueup send nothing that trueup would not send for the changes that the file shows.

use serde_json::{Value, json};

use super::{apply, forge, planned, refuses, saved, sent};

/// Where the plan has the step of that address.
fn step(plan: &Value, address: &str) -> usize {
    let steps = plan["steps"].as_array().expect("steps");
    steps.iter().position(|step| step["address"] == address).expect("a step")
}

const DATASET: &str = "chicago/dataset/backup/boston";
const SSH: &str = "chicago/ssh_service";

/// Forges the plan, and sees it refused with this text.
#[track_caller]
fn is_refused(text: &str, change: impl FnOnce(&mut Value)) {
    let fleet = planned();
    forge(&fleet, change);
    refuses(&fleet, text);
}

#[test]
fn a_method_that_trueup_never_sends() {
    is_refused("`system.reboot \"because\"`", |plan| {
        let at = step(plan, DATASET);
        plan["steps"][at]["calls"] = json!([{ "method": "system.reboot", "params": ["because"] }]);
    });
}

#[test]
fn one_call_more() {
    is_refused("`pool.dataset.delete \"tank\"`", |plan| {
        let at = step(plan, DATASET);
        let calls = plan["steps"][at]["calls"].as_array_mut().expect("calls");
        calls.push(json!({ "method": "pool.dataset.delete", "params": ["tank"] }));
    });
}

#[test]
fn a_call_of_another_shape() {
    is_refused("trueup would now send", |plan| {
        let at = step(plan, DATASET);
        plan["steps"][at]["calls"][0]["params"][0]["share_type"] = json!("SMB");
    });
}

#[test]
fn a_call_of_another_step() {
    is_refused("trueup would now send", |plan| {
        let (one, other) = (step(plan, DATASET), step(plan, SSH));
        let calls = plan["steps"][one]["calls"].clone();
        plan["steps"][one]["calls"] = plan["steps"][other]["calls"].clone();
        plan["steps"][other]["calls"] = calls;
    });
}

#[test]
fn a_field_that_there_is_not() {
    is_refused("has no field `encryption`", |plan| {
        let at = step(plan, DATASET);
        let changes = plan["steps"][at]["changes"].as_array_mut().expect("changes");
        changes.push(json!({ "field": "encryption", "before": null, "after": "on" }));
    });
}

#[test]
fn a_step_that_expects_nothing() {
    is_refused("does not expect", |plan| {
        let at = step(plan, SSH);
        plan["steps"][at]["expects"] = json!({});
    });
}

#[test]
fn a_deletion() {
    is_refused("which this version never does", |plan| {
        let at = step(plan, DATASET);
        plan["steps"][at]["action"] = json!("delete");
        plan["summary"]["create"] = json!(plan["summary"]["create"].as_u64().expect("a count") - 1);
        plan["summary"]["delete"] = json!(1);
    });
}

#[test]
fn a_kind_that_there_is_not() {
    is_refused("is of no kind that there is", |plan| {
        let at = step(plan, DATASET);
        plan["steps"][at]["address"] = json!("chicago/system/reboot");
    });
}

#[test]
fn a_reference_to_what_the_plan_has_nothing_to_do_with() {
    is_refused("refers to `boston/user/root#home.path`", |plan| {
        let at = step(plan, DATASET);
        plan["steps"][at]["changes"][0]["after"] = json!({ "$ref": "boston/user/root#home.path" });
    });
}

#[test]
fn a_completeness_that_is_none() {
    is_refused("not as complete as it says", |plan| plan["complete"] = json!(false));
}

#[test]
fn a_member_that_nobody_knows() {
    is_refused("unknown field `more`", |plan| plan["more"] = json!(1));
}

#[test]
fn a_step_before_what_it_refers_to() {
    let fleet = crate::links::pair();
    crate::links::example(&fleet, "quickstart");
    fleet.trueup(&["plan", "--out", "plan.json"]).exits(0);
    forge(&fleet, |plan| {
        let steps = plan["steps"].as_array_mut().expect("steps");
        let refers = |step: &Value| step["calls"].to_string().contains("$ref");
        let at = steps.iter().position(refers).expect("a step that refers to another");
        let mut step = steps.remove(at);
        step["needs"] = json!([]);
        steps.insert(0, step);
    });
    refuses(&fleet, "does not come after it");
}

#[test]
fn counts_that_only_add_up() {
    is_refused("the summary does not count", |plan| {
        let summary = &mut plan["summary"];
        let [create, update] = ["create", "update"].map(|it| summary[it].as_u64().expect("it"));
        summary["create"] = json!(create - 1);
        summary["update"] = json!(update + 1);
    });
}

#[test]
fn a_blocked_resource_of_nowhere() {
    is_refused("is on a system that the plan does not name", |plan| {
        plan["summary"]["blocked"] = json!(1);
        plan["blocked"] = json!([{ "address": "denver/user/x", "field": null, "before": null,
            "after": null, "reason": "locked", "remedy": "x", "manifest": null }]);
    });
}

/// Whoever leaves a risk out of the file does not get around the question.
#[test]
fn a_lock_out_risk_that_was_left_out() {
    let fleet = crate::support::Fleet::start(crate::spine::PAIR);
    fleet.manifest(&[("boston", ""), ("chicago", "ssh: { running: true }")]);
    fleet.trueup(&["apply", "--yes"]).exits(0);
    fleet.manifest(&[("boston", ""), ("chicago", "ssh: { running: false }")]);
    fleet.trueup(&["plan", "--out", "plan.json"]).exits(0);
    forge(&fleet, |plan| {
        plan["steps"][0]["risks"] = json!([]);
        plan["steps"][0]["consequences"] = json!({});
    });
    let before = sent(&fleet);
    apply(&fleet).exits(1).says("the plan does not say that its change is a risk, stops-ssh");
    assert_eq!(sent(&fleet), before);
}

/// Adds an entry to the keys that the quickstart's plan adds.
fn adds_key(plan: &mut Value, entry: &Value) {
    let at = step(plan, "chicago/user/replicator");
    let step = &mut plan["steps"][at];
    let changes = step["changes"].as_array_mut().expect("changes");
    let change = changes.iter_mut().find(|it| it["field"] == "authorized_keys.keys");
    let change = change.expect("keys");
    for list in ["after", "adds"] {
        change[list].as_array_mut().expect("a list").push(entry.clone());
    }
}

/// Sets what the quickstart's connection is made with.
fn connects(plan: &mut Value, field: &str, value: &Value) {
    let at = step(plan, "boston/ssh_connection/chicago");
    let changes = plan["steps"][at]["changes"].as_array_mut().expect("changes");
    let change = changes.iter_mut().find(|it| it["field"] == field);
    change.expect("a field")["after"] = value.clone();
}

/// What no manifest can ask for is in no plan, whatever its calls and digests say.
#[test]
fn values_that_no_manifest_can_hold() {
    let key = crate::links::PUBLIC_A;
    let blanks = " ".repeat(500);
    let after_blanks = json!(format!("# kept{blanks}\n{key}"));
    let two_lines = json!(format!("{key}\n{key}"));
    let no_key = json!("ssh-ed25519 AAAA");
    let elsewhere = json!({ "$ref": "boston/ssh_keypair/boston-to-chicago#id" });
    let host = json!("nas.lan\n-oProxyCommand=x");
    let option = json!("-oProxyCommand=x");
    let port = json!({ "$ref": "chicago/ssh_service#running" });
    let secret = json!({ "$secret": "ed25519" });
    type Forge<'a> = Box<dyn FnOnce(&mut Value) + 'a>;
    let forgeries: [(&str, Forge<'_>); 8] = [
        ("invalid public key", Box::new(|plan| adds_key(plan, &after_blanks))),
        ("invalid public key", Box::new(|plan| adds_key(plan, &two_lines))),
        ("invalid public key", Box::new(|plan| adds_key(plan, &no_key))),
        ("it cannot refer to", Box::new(|plan| adds_key(plan, &elsewhere))),
        ("this is no host", Box::new(|plan| connects(plan, "host", &host))),
        ("this is no host", Box::new(|plan| connects(plan, "host", &option))),
        ("it cannot refer to", Box::new(|plan| connects(plan, "port", &port))),
        ("expected the name of a credential", Box::new(|plan| connects(plan, "key", &secret))),
    ];
    let fleet = crate::links::pair();
    crate::links::example(&fleet, "quickstart");
    for (text, change) in forgeries {
        let _ = std::fs::remove_file(fleet.path("plan.json"));
        fleet.trueup(&["plan", "--out", "plan.json"]).exits(0);
        forge(&fleet, change);
        refuses(&fleet, text);
    }
}

/// What a file holds moves no cursor and writes no line of its own.
#[test]
fn texts_that_a_terminal_would_act_on() {
    let fleet = planned();
    forge(&fleet, |plan| {
        plan["hints"] = json!(["\u{1b}[2J\u{1b}[1;1Hall is well\u{202e}"]);
        plan["systems"]["boston"]["release"] = json!("1\u{1b}]0;title\u{7}");
    });
    let shown = fleet.trueup(&["--color", "always", "show", "plan.json"]).exits(0).stdout;
    assert!(shown.contains("\\u{1b}[2J"), "{shown}");
    assert!(
        !shown.contains("\u{1b}[2J") && !shown.contains("\u{1b}]0") && !shown.contains('\u{202e}')
    );
    let markdown = fleet.trueup(&["show", "plan.json", "--format", "markdown"]).exits(0).stdout;
    assert!(!markdown.contains('\u{1b}') && !markdown.contains('\u{202e}'), "{markdown}");
}

#[test]
fn the_same_file_unforged_is_taken() {
    let fleet = planned();
    forge(&fleet, |_| {});
    assert_eq!(saved(&fleet)["steps"], saved(&fleet)["steps"]);
    apply(&fleet).exits(0);
}

/// What is too large to be a plan costs no more than looking at its size.
#[test]
fn a_file_that_is_no_plan_by_its_size() {
    let fleet = planned();
    fleet.write("plan.json", &format!("{{{}}}", " ".repeat(17 << 20)));
    fleet.trueup(&["show", "plan.json"]).exits(64).says("`plan.json` is larger than 16 MiB");
}
