//! The simulator answers what the real middleware answered: the recorded scenarios, played against
//! it by `conformance.py`, over real sockets.
//!
//! A difference is a bug of the simulator, unless `tests/conformance/differences` lists it, one a
//! line: release, scenario, step, and the source that justifies it. A scenario that the simulator
//! does not answer yet stands in [`NOT_ANSWERED`].

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use trueup_sim::{Fleet, Running, start};

use crate::support::{python, repository, skip};

/// Enough for every scenario but `limits`, which meets the real limit.
const UNLIMITED: u32 = 100_000;
/// What is played in a second of its own, before the others. The audit log counts in whole seconds,
/// and 25.04 gives the oldest of a second first (`plugins/audit/audit.py` of TS-25.04.2.6: what it
/// sorts in Python comes from the database unsorted); the recorded system was too slow for two
/// scenarios to share one.
const FIRST: &str = "accounts";
const SCENARIOS: [&str; 16] = [
    "audit",
    "datasets",
    "files",
    "homes",
    "jobs",
    "keychain",
    "links",
    "login",
    "query",
    "reader",
    "reads",
    "repair",
    "ssh_service",
    "strict",
    "tasks",
    "wire",
];

/// What only 25.04 has: its own ways with jobs, login and services.
const LEGACY_SCENARIOS: [&str; 3] = ["legacy_jobs", "legacy_login", "legacy_service"];

/// What was recorded of 25.10 and 26.0 only.
const NEWER_SCENARIOS: [&str; 1] = ["groups"];

/// Recorded, and not answered by the simulator yet.
const NOT_ANSWERED: [&str; 2] = ["snapshots", "task_rules"];

/// A step that does not answer as recorded.
type Step = (String, String, u32);

#[tokio::test(flavor = "multi_thread")]
async fn release_25_04_answers_as_recorded() {
    play("25.04", "25.04.2.6", &LEGACY_SCENARIOS).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn release_25_10_answers_as_recorded() {
    play("25.10", "25.10.6", &NEWER_SCENARIOS).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn release_26_0_answers_as_recorded() {
    play("26.0", "26.0.0", &NEWER_SCENARIOS).await;
}

#[test]
fn every_recorded_scenario_is_played_or_listed() {
    let played = [&SCENARIOS[..], &LEGACY_SCENARIOS, &NEWER_SCENARIOS, &[FIRST, "limits"]].concat();
    let listed: BTreeSet<String> =
        played.iter().chain(&NOT_ANSWERED).map(|it| (*it).to_owned()).collect();
    let folder = repository("tests/conformance/scenarios");
    let recorded = std::fs::read_dir(folder).expect("the scenarios").map(|entry| {
        let path = entry.expect("an entry").path();
        path.file_stem().and_then(|it| it.to_str()).expect("a name").to_owned()
    });
    assert_eq!(recorded.collect::<BTreeSet<_>>(), listed);
    skip::note(&format!("conformance: not answered yet: {}", NOT_ANSWERED.join(", ")));
}

async fn play(recording: &'static str, release: &str, more: &[&'static str]) {
    let folder = repository("tests/conformance");
    let Some(python) = python::with("websocket yaml") else { return };
    let text = std::fs::read_to_string(folder.join("fleet.yaml")).expect("the fleet");
    let mut found = BTreeMap::new();
    let unlimited = [&SCENARIOS, more].concat();
    for (limit, parts) in
        [(Some(UNLIMITED), vec![vec![FIRST], unlimited]), (None, vec![vec!["limits"]])]
    {
        let mut fleet = Fleet::parse(&text).expect("a fleet");
        for system in fleet.systems.values_mut() {
            system.release = release.to_owned();
            system.limits.logins_per_minute = limit;
            // The recorded system had run its SSH service before (the README of the recordings).
            system.ssh.host_keys = Some(true);
        }
        let running = start(fleet).await.expect("the fleet starts");
        for scenarios in parts {
            found.extend(compare(python, &folder, recording, &running, scenarios).await);
            next_second().await;
        }
        running.stop().await;
    }
    let allowed = listed(recording);
    let unexpected: Vec<&str> =
        found.iter().filter(|(step, _)| !allowed.contains(*step)).map(|(_, t)| &**t).collect();
    assert!(unexpected.is_empty(), "differs from {recording}:\n{}", unexpected.join("\n"));
    let outdated: Vec<&Step> = allowed.iter().filter(|step| !found.contains_key(step)).collect();
    assert!(outdated.is_empty(), "listed, and equal by now: {outdated:?}");
}

/// Lets the clock's second end.
async fn next_second() {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).expect("a clock that is set");
    tokio::time::sleep(Duration::from_secs(since.as_secs() + 1).saturating_sub(since)).await;
}

/// Plays scenarios against the one system that runs; gives the steps that differ, and how.
async fn compare(
    python: &str,
    folder: &Path,
    recording: &'static str,
    running: &Running,
    scenarios: Vec<&'static str>,
) -> BTreeMap<Step, String> {
    let system = &running.systems()[0];
    let key = |name: &str, user: &str, key: &str| format!("--key={name}={user}:{key}");
    let recorded = with_port(&folder.join("recorded").join(recording), system.ssh_port);
    let arguments = [
        "compare".to_owned(),
        "--verbose".to_owned(),
        format!("--url={}", system.url.replace("https:", "wss:")),
        format!("--release={recording}"),
        format!("--recorded={}", recorded.path().display()),
        format!("--ssh={}:{}", system.ssh_host, system.ssh_port),
        key("admin", &system.username, &system.api_key),
        key("viewer", "viewer", &system.api_keys["viewer"]),
    ];
    let script = folder.join("conformance.py");
    let wanted = scenarios.len();
    let mut command = Command::new(python);
    command.arg(script).args(arguments).args(scenarios);
    let output = tokio::task::spawn_blocking(move || command.output());
    let output = output.await.expect("it ends").expect("it starts");
    let told = String::from_utf8_lossy(&output.stdout);
    let failed = String::from_utf8_lossy(&output.stderr);
    assert!(matches!(output.status.code(), Some(0 | 1)), "conformance.py: {told}{failed}");
    let played = told.lines().filter(|line| line.contains(" as recorded")).count();
    assert_eq!(played, wanted + 1, "not every scenario was played:\n{told}{failed}");
    steps(recording, &told)
}

/// The recordings as a system would have given them whose SSH port is not 22: the one departure
/// of the simulator, since 22 needs root.
fn with_port(recorded: &Path, port: u16) -> tempfile::TempDir {
    let changed = tempfile::TempDir::new().expect("a folder");
    for entry in std::fs::read_dir(recorded).expect("the recordings") {
        let path = entry.expect("an entry").path();
        let text = std::fs::read_to_string(&path).expect("a recording");
        let text = text.replace("\"tcpport\": 22,", &format!("\"tcpport\": {port},")).replace(
            "Unable to connect to port 22 ",
            &format!("Unable to connect to port {port} "),
        );
        let name = path.file_name().expect("a name");
        std::fs::write(changed.path().join(name), text).expect("a file");
    }
    changed
}

/// What `conformance.py` tells: `SCENARIO: …`, then per step that differs `  step N: …` and lines
/// that are indented further.
fn steps(recording: &str, told: &str) -> BTreeMap<Step, String> {
    let mut steps: BTreeMap<Step, String> = BTreeMap::new();
    let mut scenario = "";
    let mut last = None;
    for line in told.lines() {
        if let Some(rest) = line.strip_prefix("  step ") {
            let number = rest.split(':').next().and_then(|n| n.parse().ok()).expect("a number");
            let step = (recording.to_owned(), scenario.to_owned(), number);
            steps.insert(step.clone(), format!("{scenario} step {rest}"));
            last = Some(step);
        } else if let (Some(step), true) = (&last, line.starts_with("    ")) {
            let text = steps.entry(step.clone()).or_default();
            text.push('\n');
            text.push_str(line);
        } else if let Some((name, _)) = line.split_once(':') {
            (scenario, last) = (name, None);
        }
    }
    steps
}

/// The differences that are allowed for a release.
fn listed(recording: &str) -> BTreeSet<Step> {
    let lines = include_str!("../conformance/differences").lines().map(str::trim);
    let lines = lines.filter(|line| !line.is_empty() && !line.starts_with('#'));
    let steps = lines.map(|line| {
        let words: Vec<&str> = line.splitn(4, ' ').collect();
        let [release, scenario, step, _source] = words[..] else {
            panic!("release, scenario, step and source are needed: {line}");
        };
        (release.to_owned(), scenario.to_owned(), step.parse().expect("a step's number"))
    });
    steps.filter(|(release, ..)| release == recording).collect()
}
