//! Differences that the manifest accepts: shown, no step, no drift; and over one day.

use serde_json::json;

use super::{applied, compress, manifest, report, still};
use crate::support::Fleet;

fn accept(fleet: &Fleet, until: &str) {
    let entry = format!(
        "accept_drift:\n  - address: chicago/dataset/backup/boston\n    field: compression\n    \
         reason: vendor visit, ticket 4711\n    until: {until}\n"
    );
    manifest(fleet, "", &entry);
}

#[test]
fn an_accepted_difference_is_shown_and_neither_drift_nor_a_step() {
    let fleet = applied();
    compress(&fleet, "LZ4");
    accept(&fleet, "2999-12-31");
    insta::assert_snapshot!(still(&fleet.trueup(&["drift"]).exits(0).stdout));
    insta::assert_snapshot!(fleet.trueup(&["plan", "--detailed-exitcode"]).exits(0).stdout);
    let now = report(&fleet, &[], 0);
    assert_eq!(now["summary"]["accepted"], 1);
    assert_eq!(now["accepted"][0]["reason"], "vendor visit, ticket 4711");
    assert_eq!(now["replications"]["offsite"], json!({ "in_sync": true, "breaks": "no" }));
    let before = fleet.mutations("chicago");
    fleet.trueup(&["apply", "--yes"]).exits(0);
    assert_eq!(fleet.mutations("chicago"), before, "apply does not undo it");
    let shown = fleet.trueup(&["drift", "--quiet"]).exits(0).stdout;
    assert!(shown.contains("ticket 4711"), "never silent: {shown}");
    for format in ["markdown", "prometheus"] {
        let shown = fleet.trueup(&["drift", "--format", format]).exits(0).stdout;
        assert!(shown.contains("backup/boston"), "{shown}");
    }
}

#[test]
fn the_last_day_that_there_is_ends_in_the_metrics_too() {
    let fleet = applied();
    compress(&fleet, "LZ4");
    for (until, end) in [("2030-12-31", "1924992000"), ("9999-12-31", "253402300800")] {
        accept(&fleet, until);
        let shown = fleet.trueup(&["drift", "--format", "prometheus"]).exits(0).stdout;
        assert!(shown.lines().any(|line| line.ends_with(&format!("}} {end}"))), "{shown}");
    }
}

#[test]
fn an_acceptance_that_is_over_is_drift_again_and_says_so() {
    let fleet = applied();
    compress(&fleet, "LZ4");
    accept(&fleet, "2020-12-31");
    insta::assert_snapshot!(still(&fleet.trueup(&["drift"]).exits(2).stdout));
    let plan = fleet.trueup(&["plan", "--detailed-exitcode"]).exits(2).stdout;
    assert!(plan.contains("that is over"), "{plan}");
    fleet.trueup(&["apply", "--yes"]).exits(0);
    let shown = fleet.trueup(&["drift"]).exits(0).stdout;
    assert!(shown.contains("nothing differs that would have to be accepted"), "{shown}");
}

#[test]
fn other_changes_of_the_resource_are_made_and_read_back() {
    let fleet = applied();
    compress(&fleet, "LZ4");
    fleet.call("chicago", "pool.dataset.update", json!(["backup/boston", { "comments": "x" }]));
    accept(&fleet, "2999-12-31");
    let text = std::fs::read_to_string(fleet.path("trueup.yaml")).expect("the manifest");
    fleet
        .write("trueup.yaml", &text.replace("compression: zstd", "compression: zstd, comments: y"));
    fleet.trueup(&["apply", "--yes"]).exits(0);
    let query = json!([[["id", "=", "backup/boston"]], { "get": true }]);
    let now = fleet.call("chicago", "pool.dataset.query", query);
    assert_eq!(now["compression"]["value"], "LZ4");
    fleet.trueup(&["drift"]).exits(0);
}

#[test]
fn a_resource_that_is_made_is_made_as_the_manifest_wants_it() {
    let fleet = Fleet::start(super::PAIR);
    accept(&fleet, "2999-12-31");
    fleet.trueup(&["apply", "--yes"]).exits(0);
    let query = json!([[["id", "=", "backup/boston"]], { "get": true }]);
    assert_eq!(fleet.call("chicago", "pool.dataset.query", query)["compression"]["value"], "ZSTD");
}
