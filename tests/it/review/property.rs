//! Text, JSON and Markdown of one plan agree on every count and every change: for random plans.

use std::collections::BTreeSet;

use proptest::prelude::*;
use serde_json::Value;
use trueup::manifest::planned;
use trueup::model::Address;
use trueup::plan::{Action, Plan};
use trueup::render::markdown;
use trueup::render::plan::PlanText;
use trueup::truenas_wire::Observed;

use crate::planner::{both, make};

/// What a document says is done, blocked and unchanged.
#[derive(Debug, Default, PartialEq)]
struct Said {
    counts: Vec<(String, usize)>,
    /// Verb, address and field of every change; a step without one has an empty field.
    changes: BTreeSet<(String, String, String)>,
    blocked: BTreeSet<(String, String)>,
}

fn by_json(plan: &Plan) -> Said {
    let json = serde_json::to_value(plan).expect("JSON");
    let count =
        |name: &str| (name.to_string(), json["summary"][name].as_u64().expect("a count") as usize);
    let text = |value: &Value| value.as_str().unwrap_or_default().to_string();
    let mut said = Said {
        counts: ["blocked", "create", "delete", "unchanged", "update"].map(count).into(),
        ..Said::default()
    };
    for step in json["steps"].as_array().expect("steps") {
        let changes = step["changes"].as_array().expect("changes");
        let fields = changes.iter().map(|change| text(&change["field"]));
        for field in fields.chain(changes.is_empty().then(String::new)) {
            said.changes.insert((text(&step["action"]), text(&step["address"]), field));
        }
    }
    for blocked in json["blocked"].as_array().expect("blocked") {
        said.blocked.insert((text(&blocked["address"]), text(&blocked["reason"])));
    }
    said
}

/// The number before a word in a line: `3 to create`.
fn number(line: &str, after: &str) -> usize {
    let Some((before, _)) = line.split_once(after) else { return 0 };
    let digits = before.rsplit(|c: char| !c.is_ascii_digit()).next().unwrap_or_default();
    digits.parse().unwrap_or_default()
}

fn counts(create: &str, rest: &str) -> Vec<(String, usize)> {
    let of = |name: &str, line: &str, after: &str| (name.to_string(), number(line, after));
    vec![
        of("blocked", create, " blocked"),
        of("create", create, " to create"),
        of("delete", create, " to delete"),
        of("unchanged", rest, " unchanged"),
        of("update", create, " to update"),
    ]
}

fn by_text(plan: &Plan) -> Said {
    let shown = PlanText { plan, calls: false, width: 4000 }.to_string();
    let shown = anstream::adapter::strip_str(&shown).to_string();
    let headline = shown.lines().next().unwrap_or_default();
    let mut said = Said { counts: counts(headline, headline), ..Said::default() };
    let (mut system, mut step) = (String::new(), None::<(String, String, usize)>);
    let end = |step: Option<(String, String, usize)>, said: &mut Said| {
        if let Some((verb, address, 0)) = step {
            said.changes.insert((verb, address, String::new()));
        }
    };
    for line in shown.lines().skip(1) {
        let words: Vec<&str> = line.split_whitespace().collect();
        let indent = line.len() - line.trim_start().len();
        match (indent, words.as_slice()) {
            (0, [name, ..]) => {
                system = (*name).to_string();
                end(step.take(), &mut said);
            }
            (2, [sign, kind, rest @ ..]) => {
                end(step.take(), &mut said);
                let address = match (*kind, rest.first()) {
                    ("ssh_service", _) | (_, None) => format!("{system}/{kind}"),
                    (_, Some(name)) => format!("{system}/{kind}/{name}"),
                };
                let verb = match *sign {
                    "+" => "create",
                    "~" => "update",
                    "-" => "delete",
                    _ => {
                        let reason = words.iter().skip_while(|it| **it != "blocked:").nth(1);
                        let reason = reason.expect("a reason").to_string();
                        said.blocked.insert((address, reason));
                        continue;
                    }
                };
                step = Some((verb.into(), address, 0));
            }
            (6, [field, ..]) if step.is_some() && *field != "!" => {
                let (verb, address, fields) = step.as_mut().expect("a step");
                *fields += 1;
                said.changes.insert((verb.clone(), address.clone(), (*field).to_string()));
            }
            _ => {}
        }
    }
    end(step.take(), &mut said);
    said
}

fn by_markdown(plan: &Plan) -> Said {
    let shown = markdown::plan::plan(plan);
    let mut lines = shown.lines();
    let headline = lines.nth(1).unwrap_or_default();
    let about = lines.nth(1).unwrap_or_default();
    let mut said = Said { counts: counts(headline, about), ..Said::default() };
    let code =
        |text: &str| text.split('`').skip(1).step_by(2).map(String::from).collect::<Vec<_>>();
    let mut in_blocked = false;
    for line in shown.lines() {
        in_blocked = (in_blocked && !line.starts_with("**")) || line.starts_with("**Blocked");
        if let Some(row) = line.strip_prefix("| ").filter(|row| !row.starts_with(['|', '-'])) {
            let cells: Vec<&str> = row.trim_end_matches(" |").split(" | ").collect();
            let address = format!("{}/{}", code(cells[1])[0], code(cells[2])[0].replace(' ', "/"));
            let fields = cells.get(3).map(|it| code(it)).unwrap_or_default();
            let none = fields.is_empty().then(String::new);
            for field in fields.into_iter().chain(none) {
                said.changes.insert((cells[0].into(), address.clone(), field));
            }
        }
        if in_blocked && line.starts_with("- ") {
            let reason = line.split("**").nth(1).expect("a reason");
            said.blocked.insert((code(line)[0].clone(), reason.into()));
        }
    }
    said
}

/// The folded part names each change once more, and with both values.
fn folded(plan: &Plan) -> BTreeSet<(String, String, String)> {
    let shown = markdown::plan::plan(plan);
    let mut found = BTreeSet::new();
    let mut step = (String::new(), String::new());
    let Some((_, part)) = shown.split_once("Every change, old → new") else { return found };
    for line in part.lines().take_while(|line| !line.contains("The exact API calls")) {
        let code = line.split('`').nth(1).unwrap_or_default().to_string();
        if let Some(rest) = line.strip_prefix("**") {
            step = (rest.split(' ').next().unwrap_or_default().into(), code);
        } else if line.starts_with("- ") {
            found.insert((step.0.clone(), step.1.clone(), code));
        }
    }
    found
}

/// What is known of a dataset's parent is what the parent says of itself.
fn consistent(mut observed: Observed) -> Observed {
    let known = observed.live.clone();
    for (address, live) in &mut observed.live {
        let Some(ancestor) = live.facts.get_mut("ancestor") else { continue };
        let name = ancestor["name"].as_str().expect("a name");
        let parent = known.get(&Address::new(&address.system, "dataset", name));
        if let Some(parent) = parent {
            ancestor["readonly"] = Value::from(parent.get("readonly") == Some(&Value::from("on")));
        }
    }
    observed
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    #[test]
    fn text_json_and_markdown_agree((desired, observed) in both()) {
        let plan = make(&desired, &observed);
        let json = by_json(&plan);
        prop_assert_eq!(&by_text(&plan), &json);
        prop_assert_eq!(&by_markdown(&plan), &json);
        let with_field: BTreeSet<_> =
            json.changes.iter().filter(|(_, _, field)| !field.is_empty()).cloned().collect();
        prop_assert_eq!(folded(&plan), with_field);
        prop_assert!(plan.steps.iter().all(|step| step.action != Action::Delete));
    }

    #[test]
    fn a_saved_plan_is_read_as_it_was_made((desired, observed) in both()) {
        let plan = make(&desired, &observed);
        let text = serde_json::to_string(&plan).expect("JSON");
        prop_assert_eq!(trueup::plan::saved::parse(&text, &planned::refusals), Ok(plan));
    }

    #[test]
    fn on_what_it_was_made_for_a_plan_is_ready_and_after_it_done((desired, observed) in both()) {
        let observed = consistent(observed);
        let plan = make(&desired, &observed);
        let before = trueup::plan::rehearsal::rehearse(&plan, &observed);
        prop_assert_eq!(&before.stale, &Vec::new());
        prop_assert!(before.done.is_empty());
        let after = trueup::plan::rehearsal::rehearse(&plan, &crate::planner::after(&plan, &observed));
        prop_assert_eq!(&after.stale, &Vec::new());
        prop_assert_eq!(after.done.len(), plan.steps.len());
    }
}
