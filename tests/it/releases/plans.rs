//! The same manifest gives the same plan on every release, but for the calls.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::{EXAMPLES, RELEASES, pair};
use crate::support::Fleet;

/// What a plan on this release is, without its calls and what is another in every fleet.
fn plan(release: &str, example: &str) -> (Value, BTreeSet<String>) {
    let fleet = pair(release, release, example);
    let output = fleet.command(&["plan", "--format", "json"]).output().expect("trueup runs");
    let mut plan: Value = serde_json::from_slice(&output.stdout).expect("a plan");
    assert_eq!(plan["systems"]["chicago"]["release"], release);
    let mut methods = BTreeSet::new();
    for step in plan["steps"].as_array_mut().expect("steps") {
        let step = step.as_object_mut().expect("a step");
        let calls = step.remove("calls").expect("calls");
        let names = calls.as_array().expect("calls").iter();
        methods.extend(names.map(|call| call["method"].as_str().expect("a name").to_owned()));
        // Digests of values, ports included: which fields they are of is what counts.
        for fields in step["expects"].as_object_mut().expect("expectations").values_mut() {
            fields.as_object_mut().expect("fields").values_mut().for_each(|it| *it = json!(""));
        }
    }
    for volatile in ["fingerprint", "manifest_digest", "systems"] {
        plan.as_object_mut().expect("a plan").remove(volatile);
    }
    without_ports(&mut plan, &fleet);
    (plan, methods)
}

/// Replaces the port of every system's SSH service by its name.
fn without_ports(value: &mut Value, fleet: &Fleet) {
    match value {
        Value::Array(members) => members.iter_mut().for_each(|it| without_ports(it, fleet)),
        Value::Object(members) => members.values_mut().for_each(|it| without_ports(it, fleet)),
        Value::Number(number) => {
            let env = fleet.env();
            let text = number.to_string();
            let named = env.iter().find(|(name, it)| name.ends_with("_SSH_PORT") && **it == text);
            if let Some((name, _)) = named {
                *value = json!(name);
            }
        }
        _ => {}
    }
}

#[test]
fn the_same_manifest_gives_the_same_plan_but_for_the_calls() {
    for example in EXAMPLES {
        let (expected, _) = plan("25.10.6", example);
        for release in RELEASES {
            let (plan, methods) = plan(release, example);
            assert_eq!(plan, expected, "{example} on {release}");
            let older = release.starts_with("25.04");
            assert_eq!(methods.contains("service.start"), older, "{example} on {release}");
            assert_eq!(methods.contains("service.control"), !older, "{example} on {release}");
        }
    }
}
