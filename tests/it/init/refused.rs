//! First contact: what is said when something is missing, and that no key is sent too early.

use super::{init, pair};
use crate::support::{Fleet, Ran};

const URLS: [&str; 2] = ["BOSTON_URL", "CHICAGO_URL"];

/// Runs init with only the URLs and these arguments.
fn bare(fleet: &Fleet, more: &[&str], env: &[(&str, &str)]) -> Ran {
    let known = fleet.env();
    let mut args = vec!["init"];
    args.extend(URLS.iter().map(|name| known[*name].as_str()));
    args.extend(more);
    let mut command = fleet.command(&args);
    command.envs(env.iter().copied());
    Ran::of(command.output().expect("trueup runs"), fleet)
}

#[track_caller]
fn nothing_was_sent(fleet: &Fleet) {
    nothing_was_sent_to(fleet, "boston");
    nothing_was_sent_to(fleet, "chicago");
    assert!(!fleet.path("trueup.yaml").exists(), "something was written");
}

#[track_caller]
fn nothing_was_sent_to(fleet: &Fleet, system: &str) {
    assert_eq!(fleet.calls(system).logins, 0, "{system} was sent a key");
    assert_eq!(fleet.calls(system).requests, 0, "{system} was asked something");
}

#[test]
fn keys_that_are_not_set() {
    let fleet = pair("", "");
    let ran = bare(&fleet, &[], &[]).exits(64);
    insta::assert_snapshot!(ran.stderr);
    nothing_was_sent(&fleet);
}

#[test]
fn certificates_that_nobody_vouches_for() {
    let fleet = pair("", "");
    let env = [("SOURCE_API_KEY", "1-secret"), ("DESTINATION_API_KEY", "1-secret")];
    let ran = bare(&fleet, &[], &env).exits(1);
    insta::assert_snapshot!(ran.stderr);
    nothing_was_sent(&fleet);
}

#[test]
fn another_certificate_than_the_pinned_one() {
    let fleet = pair("", "");
    let (wrong, right) = ("AB:".repeat(31) + "AB", fleet.env()["CHICAGO_TLS_SHA256"].clone());
    let pins = ["--source-sha256", &wrong, "--destination-sha256", &right];
    let env = [("SOURCE_API_KEY", "1-secret"), ("DESTINATION_API_KEY", "1-secret")];
    let mut ran = bare(&fleet, &pins, &env).exits(1);
    ran.stderr = ran.stderr.split_whitespace().collect::<Vec<_>>().join(" ");
    ran.says("AB:AB:AB").says("`source` ($BOSTON_URL)").says("`trueup trust $BOSTON_URL`");
    assert_eq!(fleet.calls("boston").logins, 0, "boston was sent a key");
    assert!(!fleet.path("trueup.yaml").exists());
}

#[test]
fn a_key_that_is_refused() {
    let fleet = pair("", "");
    let mut args = vec!["--source-username", "nobody"];
    args.extend(["--out", "x.yaml"]);
    let ran = init(&fleet, &args).exits(1);
    insta::assert_snapshot!(ran.stderr);
    assert!(!fleet.path("x.yaml").exists());
}

#[test]
fn a_host_where_nothing_listens() {
    let fleet = pair("", "");
    let env = fleet.env();
    let args = [
        "init",
        &env["BOSTON_URL"],
        "https://127.0.0.1:9",
        "--source-key-env=BOSTON_API_KEY",
        "--destination-key-env=CHICAGO_API_KEY",
        "--source-sha256",
        &env["BOSTON_TLS_SHA256"],
    ];
    let ran = fleet.trueup(&args).exits(1);
    insta::assert_snapshot!(ran.stderr);
}

#[test]
fn a_manifest_that_is_there() {
    let fleet = pair("", "");
    fleet.write("trueup.yaml", "mine");
    let ran = init(&fleet, &[]).exits(64);
    insta::assert_snapshot!(ran.stderr);
    assert_eq!(fleet.calls("boston").requests, 0);
    assert_eq!(std::fs::read_to_string(fleet.path("trueup.yaml")).expect("a file"), "mine");
    init(&fleet, &["--force"]).exits(0);
    fleet.trueup(&["validate"]).exits(0);
}

#[test]
fn what_makes_no_sense() {
    let fleet = pair("", "");
    fleet.trueup(&["init"]).exits(64);
    fleet.trueup(&["init", "https://a"]).exits(64);
    let same = fleet.trueup(&["init", "https://a", "https://A/"]).exits(64);
    same.says("both URLs are the same system");
    fleet.trueup(&["init", "http://a", "https://b"]).exits(64).says("never sent in the clear");
    let pin = fleet.trueup(&["init", "https://a", "https://b", "--source-sha256", "12"]).exits(64);
    pin.says("64 hexadecimal digits");
    let named = fleet.trueup(&["init", "https://a.lan", "https://b.lan"]).exits(64);
    named.says("`A_API_KEY`").says("`B_API_KEY`");
    let one_name = fleet.trueup(&["init", "https://nas.lan", "https://nas.local"]).exits(64);
    one_name.says("`SOURCE_API_KEY`").says("`DESTINATION_API_KEY`");
}

#[test]
fn a_manifest_that_pins_nothing() {
    let fleet = pair("", "");
    fleet.write(
        "trueup.yaml",
        "version: 1\nsystems:\n  boston:\n    url: { env: BOSTON_URL }\n    username: truenas_admin\n    \
         api_key: { env: BOSTON_API_KEY }\n    datasets: { tank/data: {} }\n",
    );
    let ran = fleet.trueup(&["plan"]).exits(1);
    let text = ran.stderr.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(text.contains("`trueup trust $BOSTON_URL` shows its fingerprint"), "{text}");
    nothing_was_sent_to(&fleet, "boston");
}
