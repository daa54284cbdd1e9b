//! Whatever systems answer, it is decoded or refused; what is planned from it can be saved, and what
//! the audit log says of it can be searched.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde_json::Value;

use super::answers::Answers;
use super::choices::Choices;
use super::edits::edit;
use super::laws;
use super::manifest::{environment, parse};
use crate::blame::search::Search;
use crate::manifest::Manifest;
use crate::model::{Address, Desired};
use crate::plan::{Drift, Inputs, Selection};
use crate::truenas_wire::{Observed, ReadError};

/// The manifests that the systems are compared with.
static MANIFESTS: LazyLock<Vec<Manifest>> = LazyLock::new(|| {
    let texts = [
        include_str!("../../../examples/quickstart.yaml"),
        include_str!("../../../examples/least-privilege.yaml"),
        include_str!("../../../examples/documented.yaml"),
        include_str!("base/everything.yaml"),
    ];
    let lowered = texts.map(|text| {
        let document = parse(text).expect("the manifest must be right");
        document.lower(&environment).expect("the manifest must be lowered")
    });
    lowered.into()
});

/// Reads two systems that answer what the input makes of the recorded answers.
pub fn replies(input: &[u8]) {
    let mut choices = Choices::new(input);
    let manifest = &MANIFESTS[choices.below(MANIFESTS.len())];
    let answers = changed_answers(&mut choices);
    let resources = manifest.resources.values().chain(&manifest.named);
    let desired: BTreeMap<Address, Desired> =
        resources.map(|want| (want.address.clone(), want.clone())).collect();
    let observed = answers.observe(manifest, &desired);
    laws::holds_no_secret(&format!("{observed:?}"));
    let Some((plan, report)) = laws::check_plan_of(manifest, &desired, &observed) else { return };
    laws::holds_no_secret(&format!("{plan:?}{report:?}"));
    for call in plan.steps.iter().flat_map(|step| &step.calls) {
        call.params.iter().for_each(check_lists);
    }
    search_log(manifest, &desired, &observed, report, &answers);
}

/// The recorded answers, changed.
pub fn changed_answers(choices: &mut Choices<'_>) -> Answers {
    let mut answers =
        if choices.once_in(4) { Answers::nothing_there() } else { Answers::recorded() };
    answers.ignores_filters = choices.once_in(8);
    for _ in 0..choices.below(6) {
        let systems = answers.replies.as_object_mut().expect("answers by system");
        let system = choices.pick(&["boston", "chicago"]);
        let methods = systems[system].as_object_mut().expect("answers by method");
        let at = choices.below(methods.len());
        let (method, reply) = methods.iter_mut().nth(at).expect("it is counted");
        if choices.once_in(8) {
            let error = match choices.below(3) {
                0 => ReadError::Denied,
                1 => ReadError::Missing("no such thing\nPlan: nothing to do".into()),
                _ => ReadError::Failed("\u{1b}[2J failed".into()),
            };
            answers.errors.insert(method.clone(), error);
        } else {
            edit(reply, 3, choices);
        }
    }
    answers
}

/// Lists that are sent have no member that is several lines.
fn check_lists(value: &Value) {
    match value {
        Value::Array(members) => {
            for text in members.iter().filter_map(Value::as_str) {
                assert!(!text.contains(['\n', '\r']), "it is sent as one of a list: {text:?}");
            }
            members.iter().for_each(check_lists);
        }
        Value::Object(members) => members.values().for_each(check_lists),
        _ => {}
    }
}

/// Searches the audit log for whoever changed what differs.
fn search_log(
    manifest: &Manifest,
    desired: &BTreeMap<Address, Desired>,
    observed: &Observed,
    mut report: Drift,
    answers: &Answers,
) {
    let inputs = Inputs {
        desired,
        named: &manifest.named,
        observed,
        links: &manifest.links(),
        manifest_digest: &manifest.digest,
        selection: &Selection::default(),
    };
    let items = report.items.clone();
    let searches = items.iter().enumerate();
    for mut search in searches.filter_map(|(at, item)| Search::new(at, item, &inputs)) {
        let system = &search.want.address.system;
        let entries = answers.replies.get(system).map(|it| &it["audit.query"]);
        let entries = entries.and_then(Value::as_array).into_iter().flatten();
        entries.for_each(|entry| search.look(entry));
        let (at, blame) = search.ended("the log ends here");
        assert!(!blame.is_empty(), "nothing is said of an item");
        report.items[at].blame = blame;
    }
    laws::check_drift(&report);
}
