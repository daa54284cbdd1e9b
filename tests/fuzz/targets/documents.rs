//! Files that are read back: saved plans, reports of applies and of drift.

use std::sync::LazyLock;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::answers::Answers;
use super::choices::Choices;
use super::edits::edit;
use super::laws;
use super::manifest::{environment, parse};
use crate::apply::Report;
use crate::manifest::planned;
use crate::model::digest::digest_without;
use crate::plan::{Baseline, Inputs, Occasion, Selection, drift, saved};
use crate::render::apply::ReportText;
use crate::render::markdown;

/// Documents that trueup wrote.
static WRITTEN: LazyLock<[Value; 3]> = LazyLock::new(|| {
    let plan = include_str!("base/plan.json");
    let report = include_str!("base/report.json");
    let of = |text| serde_json::from_str(text).expect("it must be JSON");
    [of(plan), of(report), drift_report(None)]
});

/// Reads the file that the input is: as it is if it begins like JSON, else a known one, changed.
pub fn documents(input: &[u8]) {
    if input.first().is_some_and(|byte| byte.is_ascii_graphic()) {
        if let Ok(text) = str::from_utf8(input) {
            read(text);
        }
        return;
    }
    let mut choices = Choices::new(input.get(1..).unwrap_or_default());
    let mut document = choices.pick(&WRITTEN.each_ref()).clone();
    edit(&mut document, 6, &mut choices);
    // Whoever changes a plan can change its fingerprint too.
    if !choices.once_in(8) && document.get("fingerprint").is_some() {
        document["fingerprint"] =
            json!(digest_without(&document, &["fingerprint", "tool_version"]));
    }
    read(&document.to_string());
}

fn read(text: &str) {
    if let Ok(plan) = saved::parse(text, &planned::refusals) {
        laws::check_plan(&plan);
    }
    if let Ok(report) = serde_json::from_str::<Report>(text) {
        laws::check_shown(&ReportText { report: &report, width: 100 }.to_string());
        laws::check_shown(&markdown::report::report(&report));
        let written = serde_json::to_string(&report).expect("a report is JSON");
        let same = serde_json::from_str::<Report>(&written).is_ok_and(|read| read == report);
        assert!(same, "it is read as another report: {written}");
    }
    if let Ok(baseline) = Baseline::parse(text) {
        drift_report(Some(&baseline));
    }
}

/// What differs between systems with nothing on them and `quickstart.yaml`.
fn drift_report(baseline: Option<&Baseline>) -> Value {
    let document = parse(include_str!("../../../examples/quickstart.yaml"));
    let document = document.expect("the manifest must be right");
    let manifest = document.lower(&environment).expect("the manifest must be lowered");
    let observed = Answers::nothing_there().observe(&manifest, &manifest.resources);
    let inputs = Inputs {
        desired: &manifest.resources,
        named: &manifest.named,
        observed: &observed,
        links: &manifest.links(),
        manifest_digest: &manifest.digest,
        selection: &Selection::default(),
    };
    let occasion = Occasion { made_at: Timestamp::UNIX_EPOCH, manifest: &[], baseline };
    let report = drift(&inputs, &occasion);
    laws::check_drift(&report);
    serde_json::to_value(&report).expect("a report is JSON")
}
