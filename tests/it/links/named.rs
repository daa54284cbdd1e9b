//! Datasets that a replication names and that nobody has: a typo is told.

use serde_json::{Value, json};

use super::{applied, changed_example, pair, pair_with};
use crate::support::{Fleet, Ran};

fn hints(fleet: &Fleet, args: &[&str]) -> Value {
    let args = [args, &["--format", "json"]].concat();
    let ran = fleet.trueup(&args);
    ran.json()["hints"].clone()
}

#[test]
fn without_the_dataset_that_it_sends_a_replication_fails() {
    let fleet = applied("quickstart");
    changed_example(&fleet, "quickstart", &[("tank/data]", "tank/dta]")]);
    let args = ["plan", "--detailed-exitcode", "--quiet"];
    insta::assert_snapshot!(fleet.trueup(&args).exits(2).stdout);
    insta::assert_snapshot!(fleet.trueup(&["drift", "--quiet"]).exits(2).stdout);
    breaks_and_is_refused(&fleet);
}

/// Drift says that the replication breaks, and apply asks for a person.
#[track_caller]
fn breaks_and_is_refused(fleet: &Fleet) {
    let effects = fleet.trueup(&["drift", "--format", "json"]).exits(2).json();
    let effect = &effects["replications"]["offsite"];
    assert_eq!((&effect["in_sync"], &effect["breaks"]), (&json!(false), &json!("yes")));
    let refused = fleet.trueup(&["apply", "--yes"]).exits(4).stderr;
    assert!(refused.contains("--allow blocked"), "{refused}");
}

#[test]
fn a_dataset_that_is_sent_may_be_declared_or_made_on_the_way() {
    let fleet = pair();
    let (sent, systems) = (("tank/data]", "tank/new]"), "    url: { env: BOSTON_URL }");
    let declared = "    datasets: { tank/new: {} }\n    url: { env: BOSTON_URL }";
    changed_example(&fleet, "quickstart", &[sent, (systems, declared)]);
    let plan = fleet.trueup(&["plan", "--format", "json"]).exits(0).json();
    assert_eq!(plan["summary"]["blocked"], 0);
    assert_eq!(steps(&plan, "boston/dataset/"), ["boston/dataset/tank/new"]);
    let missing = fleet.trueup(&["drift", "--only", "boston/dataset/tank/new"]).exits(2).stdout;
    assert!(missing.contains("Tonight's replication will fail: offsite"), "{missing}");
    let on_the_way =
        "    datasets: { tank/new/home: { create_ancestors: true } }\n    url: { env: BOSTON_URL }";
    changed_example(&fleet, "quickstart", &[sent, (systems, on_the_way)]);
    let plan = fleet.trueup(&["plan", "--format", "json"]).exits(0).json();
    assert_eq!(plan["summary"]["blocked"], 0);
    assert_eq!(steps(&plan, "boston/dataset/"), ["boston/dataset/tank/new/home"]);
}

/// The addresses of the steps that begin so.
fn steps<'a>(plan: &'a Value, prefix: &str) -> Vec<&'a str> {
    let steps = plan["steps"].as_array().expect("steps");
    let addresses = steps.iter().filter_map(|step| step["address"].as_str());
    addresses.filter(|it| it.starts_with(prefix)).collect()
}

#[test]
fn a_dataset_to_go_into_that_nobody_has_is_a_hint() {
    let fleet = pair();
    changed_example(&fleet, "quickstart", &[("dataset: backup/boston", "dataset: backup/bostn")]);
    let plan = hints(&fleet, &["plan"]);
    insta::assert_snapshot!(serde_json::to_string_pretty(&plan).expect("JSON"));
    assert_eq!(hints(&fleet, &["drift"]), plan);
    assert_eq!(hints(&fleet, &["plan", "--system", "boston"]), plan_none());
    changed_example(&fleet, "quickstart", &[("dataset: backup/boston", "dataset: backup/vms")]);
    let told = "the first replication creates it, unless you declare it under \
                `systems.chicago.datasets`";
    assert!(hints(&fleet, &["plan"])[0].as_str().is_some_and(|it| it.ends_with(told)));
}

#[test]
fn into_a_pool_that_is_not_there_a_replication_fails() {
    let fleet = applied("quickstart");
    changed_example(&fleet, "quickstart", &[("dataset: backup/boston", "dataset: bakup/boston")]);
    let args = ["plan", "--detailed-exitcode", "--quiet"];
    insta::assert_snapshot!(fleet.trueup(&args).exits(2).stdout);
    insta::assert_snapshot!(fleet.trueup(&["drift", "--quiet"]).exits(2).stdout);
    breaks_and_is_refused(&fleet);
    let only = ["plan", "--only", "chicago/dataset/bakup/boston", "--detailed-exitcode"];
    fleet.trueup(&only).exits(2);
    changed_example(&fleet, "quickstart", &[("dataset: backup/boston", "dataset: old/x")]);
    let plan = fleet.trueup(&["plan", "--system", "chicago"]).exits(0).stdout;
    assert!(plan.contains("no replication makes one; correct the name"), "{plan}");
}

#[test]
fn a_dataset_that_is_there_or_will_be_is_none() {
    let fleet = pair_with("", "datasets: { backup/there: {} }");
    changed_example(&fleet, "quickstart", &[("dataset: backup/boston", "dataset: backup/there")]);
    assert_eq!(hints(&fleet, &["plan"]), plan_none());
    let on_the_way = [("backup/boston: {", "backup/a/b: { create_ancestors: true,")];
    let changes = [on_the_way[0], ("dataset: backup/boston", "dataset: backup/a")];
    changed_example(&fleet, "quickstart", &changes);
    assert_eq!(hints(&fleet, &["plan"]), plan_none());
}

#[test]
fn what_may_not_be_read_is_neither_there_nor_missing() {
    let reader = "api_keys: { reader: { username: reader, roles: [KEYCHAIN_CREDENTIAL_READ] } }";
    let fleet = pair_with(reader, "");
    changed_example(&fleet, "quickstart", &[("tank/data]", "tank/dta]")]);
    let mut command = fleet.command(&["plan"]);
    command
        .env("BOSTON_USERNAME", "reader")
        .env("BOSTON_API_KEY", fleet.api_key("boston", "reader"));
    let said = Ran::of(command.output().expect("trueup runs"), &fleet).exits(0).stdout;
    assert!(said.contains("chicago"), "{said}");
    let said = said.split_whitespace().collect::<Vec<_>>().join(" ");
    let told = "boston/dataset/tank/dta: existence cannot be read; the login on boston lacks the role \
                DATASET_READ";
    assert!(said.contains(told), "{said}");
}

fn plan_none() -> Value {
    Value::Array(Vec::new())
}
