//! Datasets that a replication names and that nobody declares: a typo is told.

use serde_json::Value;

use super::{changed_example, pair, pair_with};
use crate::support::{Fleet, Ran};

fn hints(fleet: &Fleet, args: &[&str]) -> Value {
    let args = [args, &["--format", "json"]].concat();
    let ran = fleet.trueup(&args);
    ran.json()["hints"].clone()
}

#[test]
fn a_dataset_that_nobody_has_is_a_hint() {
    let fleet = pair();
    let typos = [("tank/data]", "tank/dta]"), ("dataset: backup/boston", "dataset: backup/bostn")];
    changed_example(&fleet, "quickstart", &typos);
    let plan = hints(&fleet, &["plan"]);
    insta::assert_snapshot!(serde_json::to_string_pretty(&plan).expect("JSON"));
    assert_eq!(hints(&fleet, &["drift"]), plan);
    assert_eq!(hints(&fleet, &["plan", "--system", "boston"]).as_array().map(Vec::len), Some(1));
    assert_eq!(hints(&fleet, &["plan", "--only", "boston/ssh_connection/chicago"]), plan_none());
}

#[test]
fn a_dataset_that_is_there_or_will_be_is_none() {
    let fleet = pair();
    changed_example(&fleet, "quickstart", &[("dataset: backup/boston", "dataset: backup")]);
    assert_eq!(hints(&fleet, &["plan"]), plan_none());
    let on_the_way = [("backup/boston: {", "backup/a/b: { create_ancestors: true,")];
    let changes = [on_the_way[0], ("dataset: backup/boston", "dataset: backup/a")];
    changed_example(&fleet, "quickstart", &changes);
    assert_eq!(hints(&fleet, &["plan"]), plan_none());
}

#[test]
fn what_may_not_be_read_is_none() {
    let reader = "api_keys: { reader: { username: reader, roles: [KEYCHAIN_CREDENTIAL_READ] } }";
    let fleet = pair_with(reader, "");
    changed_example(&fleet, "quickstart", &[("tank/data]", "tank/dta]")]);
    let mut command = fleet.command(&["plan"]);
    command
        .env("BOSTON_USERNAME", "reader")
        .env("BOSTON_API_KEY", fleet.api_key("boston", "reader"));
    let said = Ran::of(command.output().expect("trueup runs"), &fleet).exits(0).stdout;
    assert!(said.contains("chicago"), "{said}");
    assert!(!said.contains("tank/dta"), "{said}");
}

fn plan_none() -> Value {
    Value::Array(Vec::new())
}
