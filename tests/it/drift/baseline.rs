//! What was changed on a system and what is not applied yet are told apart, as far as a baseline
//! can.

use serde_json::{Value, json};

use super::{PAIR, applied, compress, manifest, report, still, stop_ssh};
use crate::support::Fleet;

/// `address#field: origin` of every difference.
fn origins(report: &Value) -> Vec<String> {
    let mut all = Vec::new();
    for item in report["items"].as_array().expect("items") {
        let address = item["address"].as_str().expect("an address");
        if let Some(origin) = item["origin"].as_str() {
            all.push(format!("{address}: {origin}"));
            continue;
        }
        for field in item["fields"].as_array().expect("fields") {
            let text = |name: &str| field[name].as_str().expect("a text").to_string();
            all.push(format!("{address}#{}: {}", text("field"), text("origin")));
        }
    }
    all
}

/// Drift from both sides: two on the system, one in the manifest, one in both.
fn drifted(fleet: &Fleet) {
    compress(fleet, "LZ4");
    stop_ssh(fleet);
    fleet.call("chicago", "ssh.update", json!([{ "passwordauth": true }]));
    manifest(fleet, ", password_login: false, tcp_forwarding: true", "");
}

const DRIFTED: [&str; 4] = [
    "chicago/ssh_service#password_login: manifest",
    "chicago/ssh_service#running: system",
    "chicago/ssh_service#tcp_forwarding: manifest",
    "chicago/dataset/backup/boston#compression: system",
];

#[test]
fn by_the_report_of_an_apply() {
    let fleet = Fleet::start(PAIR);
    manifest(&fleet, "", "");
    let applied = fleet.trueup(&["apply", "--yes", "--format", "json"]).exits(0).json();
    fleet.write("apply.json", &applied.to_string());
    assert_eq!(report(&fleet, &["--baseline", "apply.json"], 0)["items"], json!([]));
    drifted(&fleet);
    let now = report(&fleet, &["--baseline", "apply.json"], 2);
    assert_eq!(origins(&now), DRIFTED);
    assert_eq!(now["baseline"]["kind"], "apply-report");
    let shown = fleet.trueup(&["drift", "--baseline", "apply.json"]).exits(2).stdout;
    insta::assert_snapshot!(still(&shown));
    let page = fleet.trueup(&["drift", "--baseline", "apply.json", "--format", "markdown"]);
    insta::assert_snapshot!(still(&page.exits(2).stdout));
}

#[test]
fn by_an_earlier_drift_report() {
    let fleet = applied();
    compress(&fleet, "LZ4");
    fleet.trueup(&["drift", "--report", "last.json"]).exits(2);
    drifted(&fleet);
    let now = report(&fleet, &["--baseline", "last.json"], 2);
    let mut expected = DRIFTED.map(String::from);
    expected[3] = "chicago/dataset/backup/boston#compression: earlier".into();
    assert_eq!(origins(&now), expected);
    compress(&fleet, "GZIP");
    let now = report(&fleet, &["--baseline", "last.json"], 2);
    assert_eq!(origins(&now)[3], "chicago/dataset/backup/boston#compression: system");
}

#[test]
fn by_a_saved_plan_that_is_taken_as_applied() {
    let fleet = Fleet::start(PAIR);
    manifest(&fleet, "", "");
    fleet.trueup(&["plan", "--out", "plan.json"]).exits(0);
    let now = report(&fleet, &["--baseline", "plan.json"], 2);
    let all = origins(&now);
    assert!(all.iter().all(|it| it.ends_with(": unknown")), "it was never applied: {all:?}");
    fleet.trueup(&["apply", "--yes"]).exits(0);
    compress(&fleet, "GZIP");
    fleet.call(
        "chicago",
        "pool.dataset.delete",
        json!(["backup/home", { "recursive": true, "force": true }]),
    );
    let now =
        report(&fleet, &["--baseline", "plan.json", "--only", "chicago/dataset/backup/boston"], 2);
    assert_eq!(origins(&now), ["chicago/dataset/backup/boston#compression: system"]);
    manifest(&fleet, ", tcp_forwarding: true", "");
    let now = report(&fleet, &["--baseline", "plan.json", "--only", "chicago/ssh_service"], 2);
    assert_eq!(origins(&now), ["chicago/ssh_service#tcp_forwarding: manifest"]);
}

#[test]
fn a_resource_that_is_gone() {
    let fleet = applied();
    fleet.trueup(&["drift", "--report", "last.json"]).exits(0);
    fleet.call("chicago", "pool.dataset.delete", json!(["backup/boston"]));
    let now = report(&fleet, &["--baseline", "last.json"], 2);
    assert_eq!(origins(&now), ["chicago/dataset/backup/boston: system"]);
}

#[test]
fn without_one_nothing_is_guessed_and_a_file_that_is_none_is_refused() {
    let fleet = applied();
    compress(&fleet, "LZ4");
    let now = report(&fleet, &[], 2);
    assert_eq!(origins(&now), ["chicago/dataset/backup/boston#compression: unknown"]);
    assert_eq!(now["baseline"], Value::Null);
    let before = fleet.calls("chicago").requests;
    for (text, says) in [
        ("nonsense", "not JSON"),
        ("{}", "no saved plan"),
        (r#"{"format_version":"9.0","items":[],"found":{}}"#, "9.0"),
        (r#"{"format_version":"1.0","items":[],"found":{},"failure":"x"}"#, "could read nothing"),
    ] {
        fleet.write("bad.json", text);
        fleet.trueup(&["drift", "--baseline", "bad.json"]).exits(64).says(says);
    }
    assert_eq!(fleet.calls("chicago").requests, before, "nothing was contacted");
}
