//! A system says what it likes in names, values and errors; none of it becomes a line, a command
//! to the CI system or a hidden text of trueup's output.

use serde_json::json;

use crate::links::{example, pair};
use crate::support::{Fleet, Ran, each};

/// What every text of a hostile system ends with: lines of trueup's, commands of GitHub's runner,
/// characters that hide, end a line or turn the direction.
const FORGED: &str = "x\nPlan: nothing to do\n::add-mask::a\r\n##[error]b\u{85}Drift: none\u{2028}\
                      Applied: 1 of 1 step\u{9b}2J\u{200b}\u{202e}\u{61c}\u{ad}\u{3164}\u{feff}\u{e0041}";

/// Runs trueup as GitHub's runner does.
fn in_workflow(fleet: &Fleet, args: &[&str]) -> Ran {
    let mut command = fleet.command(args);
    command.env("GITHUB_ACTIONS", "true");
    Ran::of(command.output().expect("trueup runs"), fleet)
}

#[track_caller]
fn assert_nothing_forged(what: &str, text: &str) {
    let hidden = |c: char| {
        !matches!(c, '\n' | '\t')
            && trueup::model::visible::visible(&c.to_string()) != c.to_string()
    };
    assert!(!text.contains(hidden), "{what}: {text:?}");
    assert!(!text.contains("##["), "{what}: {text}");
    for line in text.lines().map(str::trim_start) {
        let forged = ["::", "Plan: nothing", "Drift: none", "Applied: 1"];
        assert!(!forged.iter().any(|start| line.starts_with(start)), "{what}: {line:?} in\n{text}");
    }
}

/// Every format for people, and what is said beside it.
#[track_caller]
fn forges_nothing(fleet: &Fleet, args: &[&str]) {
    for format in ["text", "markdown"] {
        let mut args = args.to_vec();
        args.extend(["--format", format]);
        let ran = in_workflow(fleet, &args);
        let what = format!("{args:?}");
        assert!(!ran.stdout.is_empty() || !ran.stderr.is_empty(), "{what}");
        assert_nothing_forged(&what, &ran.stdout);
        assert_nothing_forged(&what, &ran.stderr);
    }
}

#[test]
fn texts_of_a_system_are_not_lines_of_ours() {
    let texts = [
        ("chicago", "pool.dataset.query", json!({ "error": { "reason": FORGED } })),
        ("chicago", "user.query", json!({ "error": { "reason": FORGED, "errno": 2 } })),
        ("chicago", "system.info", json!({ "result": { "hostname": FORGED, "version": FORGED } })),
        ("chicago", "system.version", json!({ "result": FORGED })),
        ("chicago", "system.hostname", json!({ "result": FORGED })),
        ("chicago", "auth.login_ex", json!({ "result": { "response_type": FORGED } })),
        ("chicago", "auth.login_ex", json!({ "error": { "reason": FORGED } })),
        (
            "boston",
            "keychaincredential.query",
            json!({ "result": [{
            "id": 7, "name": FORGED, "type": "SSH_CREDENTIALS", "attributes": {
                "remote_host": "127.0.0.1", "remote_host_key": FORGED, "port": 22, "username": FORGED,
                "private_key": 1, "connect_timeout": 10 } }] }),
        ),
        (
            "chicago",
            "ssh.config",
            json!({ "result": {
            "id": 1, "bindiface": [FORGED], "tcpport": 22, "passwordauth": false, "options": FORGED,
            "tcpfwd": false, "compression": false, "weak_ciphers": [], "host_rsa_key_pub": FORGED } }),
        ),
    ];
    each(texts, |(system, method, action)| {
        let fleet = pair();
        example(&fleet, "quickstart");
        fleet.fault(system, &json!({ "method": method, "do": action }).to_string());
        forges_nothing(&fleet, &["--log", "debug", "plan", "--calls"]);
        forges_nothing(&fleet, &["drift"]);
        forges_nothing(&fleet, &["apply", "--yes"]);
    });
}

#[test]
fn errors_of_a_failed_apply_are_not_lines_of_ours() {
    let calls = [
        ("chicago", "pool.dataset.create"),
        ("chicago", "user.create"),
        ("chicago", "ssh.update"),
        ("chicago", "service.control"),
        ("boston", "keychaincredential.create"),
        ("boston", "replication.list_datasets"),
        ("boston", "replication.run_onetime"),
    ];
    each(calls, |(system, method)| {
        let fleet = pair();
        example(&fleet, "quickstart");
        let reason = format!("{FORGED}\n/etc/ssh/sshd_config line 1: {FORGED}");
        let fault = json!({ "method": method, "do": { "error": { "reason": reason } } });
        fleet.fault(system, &fault.to_string());
        forges_nothing(&fleet, &["apply", "--yes"]);
    });
}

#[test]
fn texts_of_a_manifest_are_not_lines_of_ours() {
    let fleet = pair();
    let seen = "version: 1\nsystems:\n  a: { ##[error]: 1, \u{ad}\u{3164}\u{e0041}: 2 }\n";
    fleet.write("trueup.yaml", &format!("{seen}::add-mask::a: 3\n::error::b\n"));
    let ran = in_workflow(&fleet, &["validate"]).exits(64);
    assert_nothing_forged("validate", &ran.stderr);
    fleet.write("trueup.yaml", &format!("{seen}\"::add-mask::a\": 3\n"));
    let ran = in_workflow(&fleet, &["validate"]).exits(64);
    assert_nothing_forged("validate", &ran.stderr);
}

#[test]
fn a_manifest_that_init_writes_holds_none_of_it() {
    let connection = json!([{ "id": 7, "name": FORGED, "type": "SSH_CREDENTIALS", "attributes": {
        "remote_host": "127.0.0.1", "remote_host_key": "", "port": 22, "username": "replicator",
        "private_key": 1, "connect_timeout": 10 } }]);
    for (system, method, action) in [
        ("boston", "keychaincredential.query", json!({ "result": connection })),
        ("boston", "replication.query", json!({ "error": { "reason": FORGED } })),
        ("chicago", "user.query", json!({ "error": { "reason": FORGED } })),
        ("chicago", "system.info", json!({ "result": { "hostname": FORGED } })),
    ] {
        let fleet = pair();
        fleet.fault(system, &json!({ "method": method, "do": action }).to_string());
        let ran = crate::init::init(&fleet, &["--out", "-"]);
        // Outside of a workflow these three characters are like any others.
        for text in [&ran.stdout, &ran.stderr] {
            assert_nothing_forged(method, &text.replace("##[", ""));
        }
        assert!(ran.code != 0 || ran.stdout.contains("version: 1"), "{ran:?}");
    }
}
