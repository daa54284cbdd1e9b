//! Secrets that a system repeats in the errors that it answers.

use serde_json::json;

use crate::links::{PRIVATE_A, example, pair};
use crate::support::{Fleet, Ran, each};

/// As `crypt(5)` writes one; systems show it to administrators.
const PASSWORD_HASH: &str = "$6$rounds=656000$q3vC0qvZgk2yGdlY$Yf5AbJ0mZ3sXl9tq7sL8uQ1";

/// A line of [`PRIVATE_A`] that holds more than its public half.
fn private_line() -> &'static str {
    PRIVATE_A.lines().nth(3).expect("a line")
}

/// A pair whose source answers every call of the method with an error that repeats its secrets.
fn repeating(method: &str) -> Fleet {
    let fleet = pair();
    example(&fleet, "quickstart");
    let key = &fleet.env()["BOSTON_API_KEY"];
    let (_, bare) = key.split_once('-').expect("an id");
    let reason = format!(
        "{key} {bare} is wrong: {PRIVATE_A} {PASSWORD_HASH} {private}, {key}",
        private = PRIVATE_A.replace('\n', "\\n")
    );
    let fault = json!({ "method": method, "do": { "error": { "reason": reason } } });
    fleet.fault("boston", &fault.to_string());
    fleet
}

#[track_caller]
fn repeats_none(fleet: &Fleet, ran: &Ran, saved: &str) {
    let key = &fleet.env()["BOSTON_API_KEY"];
    let (_, bare) = key.split_once('-').expect("an id");
    let said = format!("{}{}{saved}", ran.stdout, ran.stderr);
    assert!(saved.contains("*** *** is wrong: ***"), "{saved}");
    for secret in [bare, private_line(), "Yf5AbJ0mZ3sXl9tq7sL8uQ1"] {
        assert!(!said.contains(secret), "{secret} in\n{said}");
    }
}

fn file(fleet: &Fleet, name: &str) -> String {
    std::fs::read_to_string(fleet.path(name)).expect("a file")
}

#[test]
fn reads_that_fail_repeat_no_secret() {
    each(["keychaincredential.query", "pool.dataset.query"], |method| {
        let fleet = repeating(method);
        let ran = fleet.trueup(&["--log", "debug", "plan", "--out", "plan.json"]);
        repeats_none(&fleet, &ran, &file(&fleet, "plan.json"));
        let ran = fleet.trueup(&["drift", "--format", "json", "--report", "drift.json"]);
        repeats_none(&fleet, &ran, &file(&fleet, "drift.json"));
    });
}

#[test]
fn steps_that_fail_repeat_no_secret() {
    each(["keychaincredential.create", "replication.list_datasets"], |method| {
        let fleet = repeating(method);
        let ran = fleet.trueup(&["--log", "debug", "apply", "--yes", "--format", "json"]);
        repeats_none(&fleet, &ran, &ran.stdout);
    });
}
