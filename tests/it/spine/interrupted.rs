//! Cut off anywhere and started again: the same end state, and nothing twice.

use super::{PAIR, pair};
use crate::support::{Fleet, Ran, each, interrupt};

/// Parts of a manifest whose calls follow one another, so that a connection that breaks meets
/// exactly one of them.
const CHAINS: [&str; 2] = [
    "datasets: { backup/a: {}, backup/a/b: { comments: x }, backup/a/b/c: { readonly: on } }",
    "ssh: { running: true, start_automatically: true, password_login: false }",
];

fn chain(part: &str) -> Fleet {
    let fleet = Fleet::start(PAIR);
    fleet.manifest(&[("chicago", part)]);
    fleet
}

/// The end state without an interruption, and how many calls it takes on chicago.
fn undisturbed() -> (Vec<String>, usize) {
    let fleet = pair();
    fleet.trueup(&["apply", "--yes"]).exits(0);
    (state(&fleet), fleet.mutations("chicago"))
}

fn state(fleet: &Fleet) -> Vec<String> {
    let hide_keys = |text: String| {
        let mut value: serde_json::Value = serde_json::from_str(&text).expect("JSON");
        for settings in value.as_object_mut().into_iter() {
            settings.retain(|name, _| !name.contains("key") && name != "tcpport");
        }
        value.to_string()
    };
    ["boston", "chicago"]
        .iter()
        .flat_map(|system| {
            let snapshot = fleet.snapshot(system);
            ["pool.dataset.query", "ssh.config", "service.query"]
                .map(|method| hide_keys(snapshot[method].to_string()))
        })
        .collect()
}

#[test]
fn a_lost_answer_is_observed_and_the_call_not_repeated() {
    for part in CHAINS {
        let undisturbed = chain(part);
        undisturbed.trueup(&["apply", "--yes"]).exits(0);
        let (end, calls) = (state(&undisturbed), undisturbed.mutations("chicago"));
        each(1..=calls, |nth| {
            let fleet = chain(part);
            fleet.fault("chicago", &format!(r#"{{ "mutation": {nth}, "do": "drop-after" }}"#));
            let first = fleet.trueup(&["apply", "--yes"]);
            assert!([0, 3].contains(&first.code), "{first:?}");
            fleet.trueup(&["apply", "--yes"]).exits(0);
            assert_eq!(state(&fleet), end, "cut after call {nth}");
            assert_eq!(fleet.mutations("chicago"), calls, "nothing twice after call {nth}");
        });
    }
}

#[test]
fn a_connection_that_breaks_before_the_call_leaves_it_to_the_next_run() {
    let (end, calls) = undisturbed();
    each(1..=calls, |nth| {
        let fleet = pair();
        fleet.fault("chicago", &format!(r#"{{ "mutation": {nth}, "do": "drop-before" }}"#));
        fleet.trueup(&["apply", "--yes"]).exits(3);
        fleet.trueup(&["apply", "--yes"]).exits(0);
        assert_eq!(state(&fleet), end, "cut before call {nth}");
    });
}

#[test]
fn killed_after_any_call() {
    let (end, calls) = undisturbed();
    each(1..=calls, |nth| {
        let fleet = pair();
        fleet.fault("chicago", &format!(r#"{{ "mutation": {nth}, "do": {{ "delay_ms": 300 }} }}"#));
        let mut child = fleet.spawn(&["apply", "--yes"]);
        fleet.wait_until("the call has come", || fleet.mutations("chicago") >= nth);
        child.kill().expect("it runs");
        child.wait().expect("it ends");
        // What was under way may still be carried out; the next run finds whatever is there.
        let second = fleet.trueup(&["apply", "--yes"]);
        if second.code != 0 {
            fleet.trueup(&["apply", "--yes"]).exits(0);
        }
        fleet.trueup(&["drift"]).exits(0);
        assert_eq!(state(&fleet), end, "killed at call {nth}");
    });
}

#[test]
fn ctrl_c_lets_the_call_end_and_starts_nothing_new() {
    let fleet = pair();
    fleet.fault(
        "chicago",
        r#"{ "method": "pool.dataset.create", "nth": 1, "do": { "delay_ms": 700 } }"#,
    );
    let child = fleet.spawn(&["apply", "--yes", "--system", "chicago"]);
    fleet.wait_until("the call has come", || {
        fleet.calls("chicago").count("pool.dataset.create") == 1
    });
    interrupt(&child);
    let ran = Ran::of(child.wait_with_output().expect("it ends"), &fleet).exits(3);
    assert_eq!(fleet.calls("chicago").count("pool.dataset.create"), 1, "nothing new began");
    assert!(ran.stdout.contains("Stopped:"), "{}", ran.stdout);
    assert!(
        ran.stdout.contains("chicago/dataset/backup/boston/home not started"),
        "{}",
        ran.stdout
    );
    let json = fleet.trueup(&["plan", "--format", "json"]).exits(0).json();
    let left: Vec<&str> = json["steps"]
        .as_array()
        .expect("steps")
        .iter()
        .filter_map(|step| step["address"].as_str())
        .collect();
    assert!(!left.contains(&"chicago/dataset/backup/boston"), "what was under way ended: {left:?}");
}

#[test]
fn ctrl_c_does_not_wait_for_steps_that_had_their_turn_before_them() {
    const DATASETS: usize = 60;
    let fleet = Fleet::start(PAIR);
    let datasets: String = (0..DATASETS).map(|n| format!("  backup/d{n}: {{}}\n")).collect();
    fleet.manifest(&[("chicago", &format!("datasets:\n{datasets}"))]);
    fleet.fault("chicago", r#"{ "method": "pool.dataset.create", "do": { "delay_ms": 2000 } }"#);
    let child = fleet.spawn(&["apply", "--yes"]);
    fleet.wait_until("a call has come", || fleet.calls("chicago").count("pool.dataset.create") > 0);
    interrupt(&child);
    let ran = Ran::of(child.wait_with_output().expect("it ends"), &fleet).exits(3);
    let made = fleet.calls("chicago").count("pool.dataset.create");
    assert!(made < DATASETS / 2, "{made} datasets were made after all");
    assert!(ran.stdout.contains("stopped before it began"), "{}", ran.stdout);
}

#[test]
fn a_second_ctrl_c_stops_at_once() {
    let fleet = pair();
    fleet.fault(
        "chicago",
        r#"{ "method": "pool.dataset.create", "nth": 1, "do": { "delay_ms": 60000 } }"#,
    );
    let mut child = fleet.spawn(&["apply", "--yes", "--system", "chicago"]);
    fleet.wait_until("the call has come", || {
        fleet.calls("chicago").count("pool.dataset.create") == 1
    });
    let stderr = child.stderr.take().expect("stderr");
    interrupt(&child);
    // The first one has been seen once trueup says so.
    let mut lines = std::io::BufRead::lines(std::io::BufReader::new(stderr));
    assert!(lines.any(|line| line.is_ok_and(|line| line.contains("stopping"))));
    interrupt(&child);
    assert_eq!(child.wait().expect("it ends").code(), Some(3));
}
