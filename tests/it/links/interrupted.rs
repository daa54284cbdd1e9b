//! A whole apply of both systems, cut off at every call and started again: the same end state,
//! one pair, one connection, one line of the key.

use serde_json::{Value, json};

use super::{account, example, pair, proven, public_key};
use crate::support::{Fleet, each};

pub fn fresh(name: &str) -> Fleet {
    let fleet = pair();
    example(&fleet, name);
    fleet
}

/// Both systems without what is new in every run: keys, ports, what counts time.
pub fn state(fleet: &Fleet) -> Value {
    let key = public_key(fleet, "boston-to-chicago");
    let key = key.split(' ').nth(1).expect("a key");
    let mut all = json!([fleet.snapshot("boston"), fleet.snapshot("chicago")]);
    forget(&mut all, key);
    all
}

fn forget(value: &mut Value, key: &str) {
    const NEW_EACH_TIME: [&str; 7] = [
        "last_password_change",
        "port",
        "private_key",
        "remote_host_key",
        "smbhash",
        "tcpport",
        "unixhash",
    ];
    match value {
        Value::Array(members) => members.iter_mut().for_each(|it| forget(it, key)),
        Value::Object(members) => {
            members.retain(|name, _| {
                let host_key = name.starts_with("host_") || name == "privatekey";
                !host_key && !NEW_EACH_TIME.contains(&name.as_str())
            });
            members.values_mut().for_each(|it| forget(it, key));
        }
        Value::String(text) => *text = text.replace(key, "KEY"),
        _ => {}
    }
}

/// The end state without an interruption, and every call of it: which system's, which one.
fn undisturbed(name: &str) -> (Value, Vec<(&'static str, usize)>) {
    let fleet = fresh(name);
    proven(&fleet.trueup(&["apply", "--yes", "--format", "json"]).exits(0));
    let calls_of = |system| {
        let calls = fleet.mutations(system);
        assert!(calls > 0);
        (1..=calls).map(move |nth| (system, nth))
    };
    (state(&fleet), ["boston", "chicago"].into_iter().flat_map(calls_of).collect())
}

/// Started again, it ends as if nothing had happened.
#[track_caller]
pub fn ends_the_same(fleet: &Fleet, end: &Value, when: &str) {
    proven(&fleet.trueup(&["apply", "--yes", "--format", "json"]).exits(0));
    fleet.trueup(&["plan", "--detailed-exitcode"]).exits(0);
    let all = fleet.call("boston", "keychaincredential.query", json!([]));
    assert_eq!(all.as_array().map(Vec::len), Some(2), "{when}: a pair and a connection");
    let keys = account(fleet)["sshpubkey"].as_str().expect("keys").to_string();
    let key = public_key(fleet, "boston-to-chicago");
    assert_eq!((keys.lines().count(), keys.matches(&key).count()), (1, 1), "{when}: {keys}");
    assert_eq!(state(fleet), *end, "{when}");
}

fn cut_off(name: &str, fault: &str, codes: &[i32]) {
    let (end, calls) = undisturbed(name);
    each(calls, |(system, nth)| {
        let fleet = fresh(name);
        fleet.fault(system, &format!(r#"{{ "mutation": {nth}, "do": {fault} }}"#));
        let first = fleet.trueup(&["apply", "--yes"]);
        assert!(codes.contains(&first.code), "{fault} {nth} on {system}: {first:?}");
        ends_the_same(&fleet, &end, &format!("{fault} {nth} on {system}"));
    });
}

#[test]
fn before_a_call() {
    cut_off("quickstart", r#""drop-before""#, &[3]);
}

#[test]
fn after_a_call_whose_reply_is_lost() {
    cut_off("documented", r#""drop-after""#, &[0, 3]);
}

#[test]
fn by_a_refusal() {
    cut_off("quickstart", r#"{ "error": { "reason": "disk on fire" } }"#, &[0, 3]);
}

#[test]
fn killed_during_a_call() {
    let (end, calls) = undisturbed("quickstart");
    each(calls, |(system, nth)| {
        let fleet = fresh("quickstart");
        let late = format!(r#"{{ "mutation": {nth}, "do": {{ "delay_ms": 200 }} }}"#);
        fleet.fault(system, &late);
        let mut child = fleet.spawn(&["apply", "--yes"]);
        fleet.wait_until("the call has come", || fleet.mutations(system) >= nth);
        child.kill().expect("it runs");
        child.wait().expect("it ends");
        // What was under way may come about while the next run looks around.
        let second = fleet.trueup(&["apply", "--yes"]);
        assert!([0, 1, 3].contains(&second.code), "{second:?}");
        ends_the_same(&fleet, &end, &format!("killed at {nth} on {system}"));
    });
}

#[test]
fn a_pair_whose_step_was_cut_off_is_found_and_used() {
    let fleet = fresh("quickstart");
    let lost = r#"{ "method": "keychaincredential.create", "nth": 1, "do": "drop-after" }"#;
    fleet.fault("boston", lost);
    fleet.trueup(&["apply", "--yes"]);
    let made = super::credential(&fleet, "boston-to-chicago");
    assert_eq!(made["type"], "SSH_KEY_PAIR");
    proven(&fleet.trueup(&["apply", "--yes", "--format", "json"]).exits(0));
    assert_eq!(super::credential(&fleet, "boston-to-chicago"), made);
}

#[test]
fn a_connection_that_is_lost_during_the_proof_is_tried_once_more() {
    for method in ["replication.list_datasets", "replication.run_onetime"] {
        for lost in ["drop-before", "drop-after"] {
            let fleet = fresh("quickstart");
            let met = format!(r#"{{ "method": "{method}", "nth": 1, "do": "{lost}" }}"#);
            fleet.fault("boston", &met);
            proven(&fleet.trueup(&["apply", "--yes", "--format", "json"]).exits(0));
        }
    }
}

#[test]
fn a_connection_that_is_lost_twice_during_the_proof_leaves_it_not_proven() {
    let fleet = fresh("quickstart");
    fleet.fault("boston", r#"{ "method": "replication.list_datasets", "do": "drop-before" }"#);
    let ran = fleet.trueup(&["apply", "--yes", "--format", "json"]).exits(3);
    let report = ran.json();
    assert_eq!(report["proofs"][0]["result"], "not-proven", "{report:#}");
    assert!(report["proofs"][0]["causes"].is_null(), "{report:#}");
    let asked = fleet.calls("boston");
    let asked = asked.mutations().iter().filter(|it| **it == "replication.list_datasets").count();
    assert!(asked <= 2, "{asked}");
}
