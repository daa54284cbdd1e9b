//! Somebody changes a setting through the API: drift names exactly that, apply restores exactly
//! that with the fewest calls.

use serde_json::{Value, json};

use super::pair;
use crate::support::Fleet;

struct Case {
    by_hand: fn(&Fleet),
    field: &'static str,
    live: Value,
    desired: Value,
    calls: &'static [&'static str],
}

fn update(fleet: &Fleet, name: &str, properties: Value) {
    fleet.call("chicago", "pool.dataset.update", json!([name, properties]));
}

#[test]
fn one_field_at_a_time() {
    let cases = [
        Case {
            by_hand: |fleet| update(fleet, "backup/boston", json!({ "compression": "LZ4" })),
            field: "chicago/dataset/backup/boston#compression",
            live: json!("lz4"),
            desired: json!("zstd"),
            calls: &["pool.dataset.update"],
        },
        Case {
            by_hand: |fleet| update(fleet, "backup/boston/home", json!({ "readonly": "OFF" })),
            field: "chicago/dataset/backup/boston/home#readonly",
            live: json!("off"),
            desired: json!("on"),
            calls: &["pool.dataset.update"],
        },
        Case {
            by_hand: |fleet| update(fleet, "backup/boston/home", json!({ "quota": null })),
            field: "chicago/dataset/backup/boston/home#quota",
            live: json!("none"),
            desired: json!("10G"),
            calls: &["pool.dataset.update"],
        },
        Case {
            by_hand: |fleet| {
                fleet.call("chicago", "ssh.update", json!([{ "passwordauth": true }]));
            },
            field: "chicago/ssh_service#password_login",
            live: json!(true),
            desired: json!(false),
            calls: &["ssh.update"],
        },
        Case {
            by_hand: |fleet| {
                fleet.call("chicago", "service.update", json!(["ssh", { "enable": false }]));
            },
            field: "chicago/ssh_service#start_automatically",
            live: json!(false),
            desired: json!(true),
            calls: &["service.update"],
        },
        Case {
            by_hand: |fleet| {
                fleet.job("chicago", "service.control", json!(["STOP", "ssh", {}]));
            },
            field: "chicago/ssh_service#running",
            live: json!(false),
            desired: json!(true),
            calls: &["service.control"],
        },
    ];
    let fleet = pair();
    fleet.trueup(&["apply", "--yes"]).exits(0);
    for case in cases {
        (case.by_hand)(&fleet);
        let report = fleet.trueup(&["drift", "--format", "json"]).exits(2).json();
        let items = report["items"].as_array().expect("items");
        let named: Vec<String> = items
            .iter()
            .flat_map(|item| {
                let fields = item["fields"].as_array().expect("fields");
                fields.iter().map(|field| {
                    let (address, field) = (item["address"].as_str(), field["field"].as_str());
                    format!("{}#{}", address.expect("text"), field.expect("text"))
                })
            })
            .collect();
        assert_eq!(named, [case.field]);
        assert_eq!(items[0]["fields"][0]["live"], case.live, "{}", case.field);
        assert_eq!(items[0]["fields"][0]["desired"], case.desired, "{}", case.field);
        let before = fleet.mutations("chicago");
        fleet.trueup(&["apply", "--yes"]).exits(0);
        assert_eq!(fleet.mutations_since("chicago", before), case.calls, "{}", case.field);
        fleet.trueup(&["drift"]).exits(0);
    }
}

#[test]
fn the_report_reads_well() {
    let fleet = pair();
    insta::assert_snapshot!(fleet.trueup(&["drift"]).exits(2).stdout);
    fleet.trueup(&["apply", "--yes"]).exits(0);
    insta::assert_snapshot!(fleet.trueup(&["drift"]).exits(0).stdout);
}

#[test]
fn plan_and_drift_send_no_call_that_changes_anything() {
    let fleet = pair();
    for args in [["plan"], ["drift"]] {
        fleet.trueup(&args);
    }
    assert_eq!(fleet.mutations("boston") + fleet.mutations("chicago"), 0);
}
