//! The contract with TrueNAS: every request that the test suite makes trueup send is one that the
//! release's own schemas allow, and every reply that those schemas allow is one that the kinds
//! understand.
//!
//! What no schema tells, the pitfalls, is looked for in the same requests.

mod limits;
mod pitfalls;
mod replies;
mod schemas;

use serde_json::json;
use trueup_sim::call_log::{CallLog, CallRecord};

pub use schemas::Schemas;

/// The releases that there are schemas for.
const RELEASES: [&str; 4] = ["25.04", "25.10", "26.0", "27.0"];

/// What trueup sent to a system of a release that its schemas do not allow, or that falls into a
/// pitfall.
pub fn violations(release: &str, log: &CallLog) -> Vec<String> {
    let schemas = Schemas::all();
    let line = RELEASES.iter().find(|line| release.starts_with(**line)).expect("a known release");
    // 27 is not simulated: what is sent to 26.0 is sent to it too.
    let lines: &[&str] = if *line == "26.0" { &["26.0", "27.0"] } else { &[*line] };
    let mut all = Vec::new();
    for call in log.of_client("trueup/") {
        for line in lines {
            all.extend(pitfalls::fallen_into(line, call));
            all.extend(schemas.violations(line, call));
        }
    }
    all
}

fn call(method: &str, params: serde_json::Value) -> CallRecord {
    let params = params.as_array().expect("a list").clone();
    CallRecord { method: method.into(), params, mutates: false, connection: 1 }
}

#[test]
fn requests_that_a_system_would_refuse_are_found() {
    let schemas = Schemas::all();
    let long = "x".repeat(1025);
    let wrong = [
        call("user.update", json!([1, { "nonsense": true }])),
        call("user.update", json!([1, { "locked": 1 }])),
        call("user.update", json!(["1", { "locked": true }])),
        call("user.update", json!([1])),
        call("user.update", json!([1, {}, {}])),
        call("user.update", json!([1, { "full_name": long }])),
        call("ssh.update", json!([{ "tcpport": "22" }])),
        call("ssh.update", json!([{ "tcpport": 0 }])),
        call("service.update", json!(["ssh", {}])),
        call("service.update", json!(["ssh", { "enable": null }])),
        call("keychaincredential.create", json!([{ "name": "k", "type": "SSH_KEY_PAIR" }])),
        call("filesystem.stat", json!([])),
        call("nonsense.create", json!([])),
    ];
    for release in RELEASES {
        for call in &wrong {
            assert_ne!(schemas.violations(release, call), [""; 0], "{release}: {call:?}");
        }
    }
    let key = call("user.update", json!([1, { "sshpubkey": long }]));
    let control = call("service.control", json!(["START", "ssh", { "silent": false }]));
    let start = call("service.start", json!(["ssh", { "silent": false }]));
    for release in RELEASES {
        assert_eq!(schemas.violations(release, &key), [""; 0], "{release}: keys may be long");
        assert_eq!(schemas.violations(release, &control).is_empty(), release != "25.04");
        let has_start = ["25.04", "25.10"].contains(&release);
        assert_eq!(schemas.violations(release, &start).is_empty(), has_start);
    }
}
