//! Clients that we did not write find in the simulator what they find in a TrueNAS: each goes the
//! same round (`tests/strangers/tour.py`) through its own code for login, queries, jobs and events.

use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::support::{Fleet, python};

const PASSWORD: &str = "only-in-the-simulator";

/// Goes round on a new system of that release; gives what was the same for whoever asks, and what
/// is the client's own.
fn goes_round(client: &str, release: &str) -> Option<(Value, Value)> {
    let python = python::with(client)?;
    let fleet = Fleet::start(&format!(
        "systems: {{ nas: {{ release: '{release}', pools: {{ tank: {{}} }}, \
         users: {{ truenas_admin: {{ password: {PASSWORD} }} }} }} }}"
    ));
    let script = format!("tests/strangers/with_{client}.py");
    let mut command = Command::new(python);
    command.arg(Path::new(env!("CARGO_MANIFEST_DIR")).join(script));
    command.env("PYTHONDONTWRITEBYTECODE", "1").env("STRANGER_PASSWORD", PASSWORD);
    for (name, value) in fleet.env() {
        command.env(name.replacen("NAS_", "STRANGER_", 1), value);
    }
    let output = command.output().expect("Python runs");
    let told = String::from_utf8_lossy(&output.stdout);
    let failed = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{client} on {release}: {told}{failed}");
    let mut facts: Value = serde_json::from_str(&told).expect("what it found");
    let members = facts.as_object_mut().expect("an object");
    let own = ["own", "refusals"].map(|name| (name.to_owned(), members[name].take()));
    members.retain(|_, value| !value.is_null());
    Some((facts, own.into_iter().collect()))
}

fn check(client: &str) {
    for release in ["25.10.6", "26.0.0"] {
        let Some((facts, own)) = goes_round(client, release) else { return };
        // The same for every client, so that all of them tell the same.
        insta::assert_snapshot!(format!("facts_{release}"), pretty(&facts));
        insta::assert_snapshot!(format!("{client}_{release}"), pretty(&own));
    }
}

fn pretty(value: &Value) -> String {
    serde_json::to_string_pretty(value).expect("JSON")
}

#[test]
fn aiotruenas() {
    check("aiotruenas");
}

#[test]
fn pytruenas() {
    check("pytruenas");
}

#[test]
fn truenaspy() {
    check("truenaspy");
}
