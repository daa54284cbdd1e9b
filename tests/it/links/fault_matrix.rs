//! Every call of a plan and of an apply, to both systems, met by every kind of fault: the command
//! ends with a code and a message, and the next apply ends as if nothing had happened.

use std::collections::BTreeMap;

use serde_json::Value;

use super::interrupted::{ends_the_same, fresh, state};
use super::proven;
use crate::support::{Fleet, Ran, each};

const SYSTEMS: [&str; 2] = ["boston", "chicago"];

/// The connection is lost before the call is carried out, or after it.
const LOST: [&str; 2] = [r#""drop-before""#, r#""drop-after""#];

/// What no command has to wait for.
const QUICK: [&str; 4] =
    [LOST[0], LOST[1], r#"{ "error": { "reason": "disk on fire" } }"#, r#""repeat-events""#];

const FAULTS: [&str; 7] = [
    QUICK[0],
    QUICK[1],
    QUICK[2],
    QUICK[3],
    // What a login gets that comes after too many others.
    r#"{ "error": { "errno": 16, "reason": "Rate Limit Exceeded" } }"#,
    r#"{ "restart_ms": 300 }"#,
    // Longer than [`PATIENCE`].
    r#"{ "delay_ms": 1500 }"#,
];

/// How long the commands wait for an answer.
const PATIENCE: [&str; 2] = ["--call-timeout", "1"];

/// A call that a fault meets.
struct Met {
    system: &'static str,
    call: usize,
    fault: &'static str,
}

/// Every call of a run, each with every fault; of them those that a test takes.
fn met(
    calls: &BTreeMap<&'static str, usize>,
    takes: impl Fn(usize, &'static str) -> bool,
) -> Vec<Met> {
    let calls = calls.iter().flat_map(|(system, count)| (1..=*count).map(move |it| (*system, it)));
    let met = calls.flat_map(|(system, call)| {
        FAULTS.into_iter().map(move |fault| Met { system, call, fault })
    });
    met.enumerate().filter(|(at, met)| takes(*at, met.fault)).map(|(_, met)| met).collect()
}

/// How many calls each system is sent by a run without a fault.
fn calls(fleet: &Fleet) -> BTreeMap<&'static str, usize> {
    SYSTEMS.into_iter().map(|system| (system, fleet.calls(system).calls.len())).collect()
}

/// The fleet with the fault.
fn broken(example: &str, met: &Met) -> Fleet {
    let fleet = fresh(example);
    let Met { system, call, fault } = met;
    fleet.fault(system, &format!(r#"{{ "call": {call}, "do": {fault} }}"#));
    fleet
}

/// The run ended as a run with trouble does: with a code of its own, and never by a panic.
#[track_caller]
fn ended_well(ran: &Ran, met: &Met) {
    let Met { system, call, fault } = met;
    assert!([0, 1, 3].contains(&ran.code), "{fault} at {call} on {system}: {ran:?}");
    assert!(!ran.stderr.contains("panicked"), "{fault} at {call} on {system}: {ran:?}");
    if ran.code != 0 {
        let told = ran.stdout.contains(system) || ran.stderr.contains(system);
        assert!(told, "{fault} at {call} on {system} is not named: {ran:?}");
    }
}

fn applies(example: &str, takes: impl Fn(usize, &'static str) -> bool) {
    let fleet = fresh(example);
    proven(&fleet.trueup(&["apply", "--yes", "--format", "json"]).exits(0));
    let calls = calls(&fleet);
    let end: Value = state(&fleet);
    each(met(&calls, takes), |met| {
        let fleet = broken(example, &met);
        ended_well(&fleet.trueup(&[&["apply", "--yes"], &PATIENCE[..]].concat()), &met);
        is_back(&fleet);
        ends_the_same(&fleet, &end, &format!("{} at {} on {}", met.fault, met.call, met.system));
    });
}

fn plans(example: &str, takes: impl Fn(usize, &'static str) -> bool) {
    let fleet = fresh(example);
    fleet.trueup(&["plan"]).exits(0);
    let calls = calls(&fleet);
    each(met(&calls, takes), |met| {
        let fleet = broken(example, &met);
        let ran = fleet.trueup(&[&["plan"], &PATIENCE[..]].concat());
        ended_well(&ran, &met);
        assert!(
            SYSTEMS.iter().all(|system| fleet.mutations(system) == 0),
            "a plan changes nothing"
        );
        is_back(&fleet);
    });
}

/// Waits until both systems can be read again.
fn is_back(fleet: &Fleet) {
    fleet.wait_until("the middleware is back", || fleet.trueup(&["plan"]).code == 0);
}

#[test]
fn some_calls_of_a_plan_and_an_apply() {
    plans("quickstart", |at, _| at % 10 == 0);
    applies("quickstart", |at, _| at % 15 == 0);
}

#[test]
#[ignore = "a step of CI"]
fn quick_faults_at_every_call_of_the_quickstart() {
    plans("quickstart", |_, fault| QUICK.contains(&fault));
    applies("quickstart", |_, fault| QUICK.contains(&fault));
}

#[test]
#[ignore = "takes minutes"]
fn slow_faults_at_every_call_of_the_quickstart() {
    plans("quickstart", |_, fault| !QUICK.contains(&fault));
    applies("quickstart", |_, fault| !QUICK.contains(&fault));
}

#[test]
#[ignore = "takes minutes"]
fn lost_connections_at_every_call_of_the_other_examples() {
    for example in others() {
        plans(example, |_, fault| LOST.contains(&fault));
        applies(example, |_, fault| LOST.contains(&fault));
    }
}

#[test]
#[ignore = "takes half an hour"]
fn other_faults_at_every_call_of_the_other_examples() {
    for example in others() {
        plans(example, |_, fault| !LOST.contains(&fault));
        applies(example, |_, fault| !LOST.contains(&fault));
    }
}

fn others() -> impl Iterator<Item = &'static str> {
    super::EXAMPLES.into_iter().filter(|example| *example != "quickstart")
}
