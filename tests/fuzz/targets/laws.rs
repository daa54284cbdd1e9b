//! Laws that several targets check.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::Value;

use crate::kinds;
use crate::manifest::{Manifest, planned};
use crate::model::visible::visible_layout;
use crate::model::{Address, Desired};
use crate::plan::check::check;
use crate::plan::{Baseline, Drift, Inputs, Occasion, Plan, Selection, drift, plan, saved};
use crate::render::drift::DriftText;
use crate::render::markdown;
use crate::render::plan::PlanText;
use crate::render::prometheus::Metrics;
use crate::truenas_wire::Observed;

/// A secret that is known by its form: an API key.
pub const SECRET: &str = "1-canary5ecretcanary5ecretcanary5ecretcanary5ecretcanary5ecretcanary5ec";

/// A secret that is known by where it stands in what the systems answer.
const ANSWERED_SECRET: &str = "canary-5ecret";

/// That a text holds none of the secrets that the systems' answers hold. Whoever makes inputs could
/// have put that text anywhere else, so it is looked for only where inputs are decisions.
pub fn holds_no_secret(text: &str) {
    assert!(!text.contains(ANSWERED_SECRET), "a secret comes back: {text}");
}

/// That a text does not hold the secret that is known by its form.
pub fn holds_no_api_key(text: &str) {
    assert!(!text.contains(SECRET), "an API key comes back: {text}");
}

/// That no member of a list that is sent could be read as several.
pub fn lists_are_of_single_lines(want: &Desired) {
    let kind = kinds::find(&want.address.kind).expect("every resource has a kind");
    for list in kind.shared_lists() {
        let members = want.get(list.field).and_then(Value::as_array).into_iter().flatten();
        for member in members.filter_map(Value::as_str) {
            assert!(!member.contains(['\n', '\r']), "{}#{}: {member:?}", want.address, list.field);
        }
    }
}

/// Plans and compares, unless resources need each other, and checks what comes of it.
pub fn check_plan_of(
    manifest: &Manifest,
    desired: &BTreeMap<Address, Desired>,
    observed: &Observed,
) -> Option<(Plan, Drift)> {
    let selection = Selection::default();
    let links = manifest.links();
    let inputs = Inputs {
        desired,
        named: &manifest.named,
        observed,
        links: &links,
        manifest_digest: &manifest.digest,
        selection: &selection,
    };
    let made = plan(&inputs).ok()?.proving(links.clone());
    check_plan(&made);
    let occasion = Occasion { made_at: Timestamp::UNIX_EPOCH, manifest: &[], baseline: None };
    let report = drift(&inputs, &occasion);
    check_drift(&report);
    Some((made, report))
}

/// That a plan keeps its invariants and is read back as it was saved.
pub fn check_plan(plan: &Plan) {
    assert_eq!(check(plan), Vec::<String>::new());
    let text = serde_json::to_string_pretty(plan).expect("a plan is JSON");
    let read = saved::parse(&text, &planned::refusals).expect("a saved plan is read");
    // What is only looked up while it is made is not saved, so the texts are compared.
    let written = serde_json::to_string_pretty(&read).expect("a plan is JSON");
    assert_eq!(written, text, "it is read as another plan");
    Baseline::parse(&text).expect("a saved plan is a baseline");
    show_plan(plan);
}

/// That a plan can be shown in every format, and no text in it acts on a terminal.
pub fn show_plan(plan: &Plan) {
    for (calls, width) in [(true, 40), (false, 120)] {
        check_shown(&PlanText { plan, calls, width }.to_string());
    }
    check_shown(&markdown::plan::plan(plan));
}

/// That a report is read back as it was written, and can be shown.
pub fn check_drift(report: &Drift) {
    let text = serde_json::to_string_pretty(report).expect("a report is JSON");
    let read: Drift = serde_json::from_str(&text).expect("a report is read");
    let written = serde_json::to_string_pretty(&read).expect("a report is JSON");
    assert_eq!(written, text, "it is read as another report");
    let baseline = Baseline::parse(&text);
    assert!(baseline.is_ok(), "a report is a baseline: {:?}", baseline.err());
    check_shown(&DriftText { drift: report, width: 100 }.to_string());
    check_shown(&markdown::drift::drift(report));
    check_shown(&Metrics(report).to_string());
}

/// That a text holds nothing that hides or moves a cursor.
pub fn check_shown(text: &str) {
    let plain = anstream::adapter::strip_str(text).to_string();
    assert_eq!(visible_layout(&plain), plain);
}
