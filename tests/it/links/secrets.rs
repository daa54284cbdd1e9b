//! The private key is in no output, whatever happens to the call that carries it.

use super::{applied, credential, example, pair, set_connection};
use crate::support::{Fleet, Ran};

/// How every private key in OpenSSH's form begins (`openssh-key-v1` in base64), and its frame.
const TRACES: [&str; 2] = ["b3BlbnNzaC1rZXktdjE", "PRIVATE KEY---"];

#[track_caller]
fn tells_no_key(ran: &Ran) {
    for trace in TRACES {
        assert!(!ran.stdout.contains(trace), "in stdout");
        assert!(!ran.stderr.contains(trace), "in stderr");
    }
}

/// The lines of boston's private key are nowhere in what was said.
#[track_caller]
fn tells_nothing_of(fleet: &Fleet, ran: &Ran) {
    tells_no_key(ran);
    let pair = credential(fleet, "boston-to-chicago");
    let private = pair["attributes"]["private_key"].as_str().expect("a key").to_string();
    let lines: Vec<&str> = private.lines().filter(|line| !line.starts_with("---")).collect();
    assert!(lines.len() > 3);
    // The first lines hold the public half too.
    for line in &lines[2..] {
        assert!(!ran.stdout.contains(line) && !ran.stderr.contains(line), "a line of the key");
    }
}

#[test]
fn when_it_is_made_read_and_proven() {
    let fleet = pair();
    example(&fleet, "quickstart");
    tells_no_key(&fleet.trueup(&["--log", "trace", "plan", "--calls", "--out", "plan.json"]));
    let saved = std::fs::read_to_string(fleet.path("plan.json")).expect("a plan");
    assert!(saved.contains(r#""$secret": "ed25519""#) && !saved.contains(TRACES[0]), "{saved}");
    let args = ["--log", "trace", "apply", "--yes", "--calls"];
    tells_nothing_of(&fleet, &fleet.trueup(&args).exits(0));
    for args in [
        &["--log", "trace", "apply", "--format", "json"][..],
        &["--log", "trace", "plan", "--format", "json"],
        &["--log", "trace", "drift"],
    ] {
        tells_nothing_of(&fleet, &fleet.trueup(args).exits(0));
    }
}

#[test]
fn when_its_creation_fails() {
    for fault in [
        r#"{ "error": { "reason": "no space left on device" } }"#,
        r#""drop-before""#,
        r#""drop-after""#,
    ] {
        let fleet = pair();
        example(&fleet, "quickstart");
        let met =
            format!(r#"{{ "method": "keychaincredential.create", "nth": 1, "do": {fault} }}"#);
        fleet.fault("boston", &met);
        let ran = fleet.trueup(&["--log", "trace", "apply", "--yes", "--calls"]);
        assert!([0, 3].contains(&ran.code), "{ran:?}");
        tells_no_key(&ran);
    }
}

#[test]
fn when_the_link_does_not_work() {
    let fleet = applied("quickstart");
    set_connection(&fleet, "chicago", serde_json::json!({ "username": "nobodyhere" }));
    let ran = fleet.trueup(&["--log", "trace", "apply", "--yes", "--format", "json"]).exits(0);
    tells_nothing_of(&fleet, &ran);
    fleet.call("chicago", "ssh.update", serde_json::json!([{ "options": "DenyUsers *" }]));
    let ran = fleet.trueup(&["--log", "trace", "apply", "--yes"]).exits(3);
    tells_nothing_of(&fleet, &ran);
}
